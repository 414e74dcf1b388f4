"""Thousands of codes in the background: in parts, taken up where it broke off, nothing twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from spd import receiving
from spd.catalog import Lot
from spd.core import tasks
from spd.core.database import Database
from spd.core.tasks import Claimed
from spd.core.transaction import reading, transaction
from spd.jobs import receipts
from spd.jobs.running import Work
from spd.ledger import Item
from tests import build
from tests.build import NOW
from tests.receiving.arriving import PALLET, pallet


def now() -> datetime:
    return NOW


def asked(database: Database, codes: str, **more: Any) -> Claimed:
    """A note of five stents, and a list of codes asked for by its keeper."""
    with transaction(database) as session:
        h = build.hospital(session)
        note = pallet(session, h) if more.get("source") == "cases" else build.note(session, h, h.stents, ("STENT", 5))
        said = {
            "delivery": note.code, "source": "list", "location": "STORE", "product": "STENT", "lot": "L1",
            "expires_on": "2028-09-30", "day": "2026-03-02",
        } | more  # fmt: skip
        task = tasks.ask(
            session, receipts.RECEIVE, said, title="x", asked_by_id=h.keeper.id, at=NOW, content=codes.encode()
        )
        return Claimed(
            id=task.id, kind=task.kind, said=said, asked_by_id=h.keeper.id, asked_at=NOW, content=codes.encode()
        )


def come(database: Database, task: Claimed) -> list[int]:
    with reading(database) as session:
        assert build.problems(session) == []
        note = receiving.get_delivery(session, task.said["delivery"])
        return [line.received for line in receiving.lines_received(session, note)]


def test_a_list_is_received_and_told_line_by_line(database: Database) -> None:
    labels = f"(01){build.STENT_DI}(17)280930(10)L9(21)X1"
    task = asked(database, f"A1\nA2\n\nA2\n支架\n{labels}\n(01)06999999999999(10)Q\n")
    told = receipts.receive_all(Work(database, task, now)).told
    assert (told["received"], told["aside"], told["already"], len(told["unreadable"])) == (3, 1, 0, 1)
    assert come(database, task) == [3]


def test_a_label_in_a_list_is_whole_though_a_separator_stands_in_it(database: Database) -> None:
    labels = [f"]d201{build.STENT_DI}1728093010L{n}\x1d21X{n}" for n in (8, 9)]
    task = asked(database, "\ufeff" + "\r\n".join(labels))
    told = receipts.receive_all(Work(database, task, now)).told
    assert (told["received"], told["aside"], len(told["unreadable"])) == (2, 0, 0)
    with reading(database) as session:
        found = select(Item.serial, Lot.code).join(Lot, Lot.id == Item.lot_id).order_by(Item.serial)
        assert [tuple(row) for row in session.execute(found)] == [("X8", "L8"), ("X9", "L9")]


def test_a_run_that_broke_off_is_taken_up_and_nothing_is_received_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "AT_ONCE", 2)
    task = asked(database, "A1\nA2\nA3\nA4\nA5\nA6\n")
    real, seen = receipts._receive, []

    def breaks(work: Work, number: int, part: list[receiving.Arrived]) -> receiving.Receipt:
        seen.append(number)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(work, number, part)

    monkeypatch.setattr(receipts, "_receive", breaks)
    with pytest.raises(KeyboardInterrupt):
        receipts.receive_all(Work(database, task, now))
    assert come(database, task) == [2]
    told = receipts.receive_all(Work(database, task, now)).told
    assert (told["received"], told["aside"]) == (5, 1)
    assert seen == [0, 1, 0, 1, 2]
    assert come(database, task) == [5]


def test_asked_for_anew_the_same_list_finds_everything_received(database: Database) -> None:
    task = asked(database, "A1\nA2\n")
    receipts.receive_all(Work(database, task, now))
    again = Claimed(**(vars(task) | {"id": task.id + 1}))
    told = receipts.receive_all(Work(database, again, now)).told
    assert (told["received"], told["already"]) == (0, 2)
    assert come(database, task) == [2]


def test_every_case_that_the_note_lists_is_received_once(database: Database) -> None:
    task = asked(database, "", source="cases")
    for _ in range(2):
        told = receipts.receive_all(Work(database, task, now)).told
        assert told["received"] == 4
    anew = Claimed(**(vars(task) | {"id": task.id + 1}))
    told = receipts.receive_all(Work(database, anew, now)).told
    assert (told["received"], told["already"]) == (0, 1)
    assert come(database, task) == [100, 2]
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 4
    assert PALLET
