"""The queue of a printer: every label acknowledged, and after a jam the rest, from the label that does not count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from scanners.labels import Label
from spd import labelling
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs import printing
from spd.labelling import JobState, NotWaiting, Printer, PrintJob, QueuedLabel, ReasonMissing, UnknownPrinter
from spd.labelling.queue import ABANDONED, find_same
from spd.ledger import KeyReused
from spd.staff import Staff
from tests import build
from tests.build import Hospital
from tests.labelling.fake import NO_PAPER, FakePrinter

LABELS = [(f"P{n}", f"^XA^FDP{n}^FS^XZ\n") for n in range(8)]


def now() -> datetime:
    return build.NOW


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakePrinter]:
    with FakePrinter(getattr(request, "param", None)) as printer:
        yield printer


def queued(database: Database, fake: FakePrinter) -> int:
    with transaction(database) as session:
        h = build.hospital(session)
        printer = Printer(code="ZT-1", host="127.0.0.1", port=fake.port)
        session.add(printer)
        session.flush()  # the job names it
        return labelling.enqueue(session, build.occasion(h.keeper), printer, LABELS).id


def told(database: Database, job: int) -> tuple[str, int, str]:
    with reading(database) as session:
        kept = labelling.get_job(session, job)
        return kept.state, kept.printed, kept.trouble_en


def acknowledged(database: Database, job: int) -> list[int]:
    with reading(database) as session:
        query = select(QueuedLabel.number).where(QueuedLabel.job_id == job, QueuedLabel.printed_at.is_not(None))
        return list(session.scalars(query.order_by(QueuedLabel.number)))


def test_every_label_is_acknowledged_and_the_job_is_done(database: Database, fake: FakePrinter) -> None:
    job = queued(database, fake)
    assert printing.send_waiting(database, now=now) == 1
    assert told(database, job) == ("done", 8, "")
    assert acknowledged(database, job) == list(range(8))
    assert [text.decode() for text in fake.printed] == [zpl for _, zpl in LABELS]
    assert printing.send_waiting(database, now=now) == 0


@pytest.mark.parametrize("fake", [{4: "drop"}, {4: "drop after"}, {1: "drop"}, {8: "drop after"}], indirect=True)
def test_after_a_dropped_line_it_goes_on_at_the_label_that_does_not_count(
    database: Database, fake: FakePrinter
) -> None:
    stopped_at = next(iter(fake.script)) - 1
    job = queued(database, fake)
    assert printing.send(database, job, now=now)
    state, printed, trouble = told(database, job)
    assert (state, printed) == ("jammed", stopped_at)
    assert "broke" in trouble
    assert acknowledged(database, job) == list(range(stopped_at))
    assert printing.send_waiting(database, now=now) == 0  # it waits for somebody to see to the printer
    assert printing.send(database, job, now=now)
    assert told(database, job) == ("done", 8, "")
    assert sorted({text.decode() for text in fake.printed}) == sorted(zpl for _, zpl in LABELS)
    assert len(fake.printed) - len(LABELS) <= 1  # the one in the jam may come out twice, and is the same


@pytest.mark.parametrize("fake", [{3: NO_PAPER}], indirect=True)
def test_trouble_is_kept_with_the_job(database: Database, fake: FakePrinter) -> None:
    job = queued(database, fake)
    printing.send(database, job, now=now)
    assert told(database, job) == ("jammed", 2, "The labels are used up")


def test_a_printer_that_is_away_loses_nothing(database: Database) -> None:
    with FakePrinter() as gone:
        pass
    job = queued(database, gone)
    printing.send(database, job, now=now, timeout_seconds=1)
    assert told(database, job)[:2] == ("jammed", 0)


def test_two_senders_print_nothing_twice_and_a_dead_one_is_taken_over(database: Database, fake: FakePrinter) -> None:
    job = queued(database, fake)
    with transaction(database) as session:
        assert labelling.claim(session, job, at=build.NOW)
    assert not printing.send(database, job, now=now)
    assert fake.printed == []
    later = build.NOW + ABANDONED + timedelta(seconds=1)
    assert printing.send_waiting(database, now=lambda: later) == 1
    assert told(database, job)[:2] == ("done", 8)


def test_one_printer_takes_one_job_at_a_time(database: Database, fake: FakePrinter) -> None:
    job = queued(database, fake)
    with transaction(database) as session:
        first = session.get_one(PrintJob, job)
        printer = session.get_one(Printer, first.printer_id)
        keeper = build.occasion(session.get_one(Staff, first.staff_id))
        second = labelling.enqueue(session, keeper, printer, LABELS).id
        assert labelling.claim(session, job, at=build.NOW)
        assert labelling.claim(session, second, at=build.NOW) is None


def test_what_is_not_printed_may_be_given_up(session: Session, h: Hospital) -> None:
    printer = Printer(code="ZT-1", host="127.0.0.1", port=1)
    session.add(printer)
    session.flush()  # the job names it
    job = labelling.enqueue(session, build.occasion(h.keeper), printer, LABELS).id
    assert labelling.cancel(session, job).state == JobState.CANCELLED
    assert labelling.cancel(session, job).state == JobState.CANCELLED
    assert labelling.claim(session, job, at=build.NOW) is None
    other = labelling.enqueue(session, build.occasion(h.keeper), printer, LABELS).id
    labelling.claim(session, other, at=build.NOW)
    with pytest.raises(NotWaiting):
        labelling.cancel(session, other)
    with pytest.raises(UnknownPrinter):
        labelling.get_printer(session, "ZT-9")


def test_a_request_sent_again_is_the_same_job(session: Session, h: Hospital) -> None:
    printer = Printer(code="ZT-1", host="127.0.0.1", port=1)
    session.add(printer)
    session.flush()  # the job names it
    once = build.occasion(h.keeper, said="labels")
    job = labelling.enqueue(session, once, printer, LABELS)
    same = find_same(session, once)
    assert same is not None
    assert same.id == job.id
    with pytest.raises(KeyReused):
        find_same(session, build.occasion(h.keeper, key=once.request_key, said="others"))


def test_a_reprint_keeps_its_code_says_so_and_needs_a_reason(session: Session, h: Hospital) -> None:
    label = Label(code="P1", name="纱布")
    (first,) = labelling.count_prints(session, build.occasion(h.keeper), [label], medium="pdf")
    assert (first.code, first.reprint) == ("P1", 0)
    with pytest.raises(ReasonMissing):
        labelling.count_prints(session, build.occasion(h.keeper), [label], medium="pdf")
    (again,) = labelling.count_prints(session, build.occasion(h.nurse), [label], medium="zpl", reason="torn")
    assert (again.code, again.reprint) == ("P1", 1)
    kept = labelling.prints_of(session, "P1")
    assert [(one.number, one.staff_id, one.reason) for one in kept] == [(0, h.keeper.id, ""), (1, h.nurse.id, "torn")]


@pytest.mark.parametrize(
    ("kind", "code", "carries"),
    [
        ("location", "STORE", "L-STORE"),
        ("badge", "keeper", "S-KEEPER"),
        ("wristband", "E-1", "W-1"),
        ("chart", "E-1", own.derive("chart_copy", b"chart:E-1")),
    ],
)
def test_a_label_carries_the_code_of_what_it_is_for(
    session: Session, h: Hospital, kind: str, code: str, carries: str
) -> None:
    assert labelling.subject(session, kind, code).label.code == carries


def test_an_item_s_label_says_its_lot_and_day(session: Session, h: Hospital) -> None:
    (pack, *_) = build.packs(session, h, 1)
    label = labelling.subject(session, "item", pack).label
    assert (label.code, bool(label.lot), label.expires_on is not None) == (pack, True, True)
