"""The closing calendar: which month a day is of, decided in one place, the same for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.core.database import Database, address_of
from spd.core.transaction import transaction
from spd.ledger import EntryRow, calendar
from spd.ledger.calendar import Rule
from tests import build
from tests.build import TODAY, Hospital

TO_25 = (Rule(date(2026, 4, 1), 25),)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What a test sets is taken back with its transaction."""
    ledger.forget_calendars()
    yield
    ledger.forget_calendars()


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 3, 26), "2026-03"), (date(2026, 3, 31), "2026-03"), (date(2026, 4, 1), "2026-04"),
        (date(2026, 4, 25), "2026-04"), (date(2026, 4, 26), "2026-05"), (date(2026, 5, 25), "2026-05"),
        (date(2026, 12, 25), "2026-12"), (date(2026, 12, 26), "2027-01"), (date(2028, 2, 29), "2028-03"),
    ],
)  # fmt: skip
def test_a_month_runs_from_the_26th_to_the_25th_from_the_calendars_first_day_on(day: date, month: str) -> None:
    assert ledger.period_of(day, TO_25) == month


def test_back_to_whole_months_no_day_is_of_an_earlier_month_than_the_day_before() -> None:
    calendar = (*TO_25, Rule(date(2026, 7, 1), 31))
    days = [date.fromordinal(date(2026, 3, 1).toordinal() + n) for n in range(200)]
    months = [ledger.period_of(day, calendar) for day in days]
    assert months == sorted(months)
    assert ledger.period_of(date(2026, 7, 31), calendar) == "2026-07"


def test_acts_are_posted_by_it_and_its_months_close_after_their_last_day(session: Session, h: Hospital) -> None:
    ledger.set_calendar(session, build.occasion(h.keeper), last_day=25, from_on=date(2026, 4, 1), reason="finance")
    codes = build.stents(session, h, 2)
    for code, day in zip(codes, (25, 26), strict=True):
        at = datetime(2026, 4, day, 2, tzinfo=UTC)
        build.use(session, h, code, occasion=build.occasion(h.nurse, at=at))
    periods = session.scalars(select(EntryRow.period).order_by(EntryRow.id)).all()
    assert list(periods) == ["2026-04", "2026-05"]
    assert [one.late for one in accounting.vouchers(session, "2026-05")] == [False] * 3
    for day, may in ((25, False), (26, True)):
        occasion = build.occasion(h.keeper, at=datetime(2026, 4, day, 3, tzinfo=UTC))
        if may:
            ledger.close_period(session, occasion, "2026-04")
        else:
            with pytest.raises(ledger.NotInOrder):
                ledger.close_period(session, occasion, "2026-04")
    assert build.problems(session) == []


@pytest.mark.parametrize(
    ("last_day", "from_on"),
    [
        (25, date(2026, 3, 1)), (25, date(2026, 4, 2)), (25, date(2026, 2, 1)), (29, date(2026, 4, 1)),
        (0, date(2026, 4, 1)), (32, date(2026, 4, 1)),
    ],
)  # fmt: skip
def test_what_was_is_not_told_anew(session: Session, h: Hospital, last_day: int, from_on: date) -> None:
    with pytest.raises(ledger.BadCalendar):
        ledger.set_calendar(session, build.occasion(h.keeper), last_day=last_day, from_on=from_on, reason="x")


def test_one_that_is_set_stays(session: Session, h: Hospital) -> None:
    occasion = build.occasion(h.keeper)
    ledger.set_calendar(session, occasion, last_day=25, from_on=date(2026, 5, 1), reason="x")
    for from_on in (date(2026, 4, 1), date(2026, 5, 1)):
        with pytest.raises(ledger.BadCalendar):
            ledger.set_calendar(session, occasion, last_day=20, from_on=from_on, reason="x")
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE closing_calendars SET last_day = 20"))


def test_a_process_reads_it_once_a_day(session: Session, h: Hospital) -> None:
    assert ledger.posting_period(session, date(2026, 3, 2), "") == "2026-03"
    ledger.set_calendar(session, build.occasion(h.keeper), last_day=25, from_on=date(2026, 4, 1), reason="x")
    assert ledger.calendar_for(session, date(2026, 3, 2)) == ()
    assert ledger.calendar_for(session, date(2026, 4, 1)) == TO_25
    assert ledger.posting_period(session, date(2026, 4, 26), "") == "2026-05"


def test_a_refused_calendar_says_from_when_one_can_begin(session: Session, h: Hospital) -> None:
    when = build.occasion(h.keeper)
    ledger.set_calendar(session, when, last_day=25, from_on=date(2026, 4, 1), reason="x")
    with pytest.raises(ledger.CalendarNotToCome) as refused:
        ledger.set_calendar(session, when, last_day=20, from_on=date(2026, 4, 1), reason="x")
    assert "2026-05-01" in refused.value.sentence("en")
    assert "2026-05-01" in refused.value.sentence("zh")


def test_asked_again_by_the_same_person_it_is_the_same(session: Session, h: Hospital) -> None:
    when = build.occasion(h.keeper)
    said = {"last_day": 25, "from_on": date(2026, 4, 1), "reason": "x"}
    first = ledger.set_calendar(session, when, **said)
    assert ledger.set_calendar(session, when, **said).id == first.id
    with pytest.raises(ledger.CalendarNotToCome):
        ledger.set_calendar(session, build.occasion(h.nurse), **said)


def test_a_device_that_says_it_is_earlier_changes_no_day_that_was(session: Session, h: Hospital) -> None:
    """Said on the 2nd of April to have been decided on the 30th of March: April has begun."""
    said = build.occasion(h.keeper, at=datetime(2026, 3, 30, 2, tzinfo=UTC))
    late = replace(said, recorded_at=datetime(2026, 4, 2, 2, tzinfo=UTC))
    with pytest.raises(ledger.CalendarNotToCome):
        ledger.set_calendar(session, late, last_day=25, from_on=date(2026, 4, 1), reason="x")


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-03", date(2026, 3, 1), date(2026, 3, 31)), ("2026-04", date(2026, 4, 1), date(2026, 4, 25)),
        ("2026-05", date(2026, 4, 26), date(2026, 5, 25)), ("2026-07", date(2026, 6, 26), date(2026, 7, 31)),
        ("2026-08", date(2026, 8, 1), date(2026, 8, 31)),
    ],
)  # fmt: skip
def test_the_days_of_a_month_by_rules(period: str, first: date, last: date) -> None:
    assert ledger.days_by(period, (*TO_25, Rule(date(2026, 7, 1), 31))) == (first, last)


def test_asking_about_days_to_come_freezes_nothing(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        ledger.posting_period(session, TODAY)
    with transaction(database) as session:
        assert ledger.days_of(session, "2026-12")[1] == date(2026, 12, 31)
    with transaction(database) as session:
        occasion = build.occasion(session.merge(h.keeper))
        ledger.set_calendar(session, occasion, last_day=25, from_on=date(2026, 4, 1), reason="x")
        assert ledger.days_of(session, "2026-12")[1] == date(2026, 12, 25)
    with transaction(database) as session:
        assert ledger.days_of(session, "2026-12")[1] == date(2026, 12, 25)
        assert ledger.posting_period(session, date(2026, 4, 26)) == "2026-05"


def test_a_day_that_was_posted_to_is_asked_for_once(database: Database) -> None:
    with transaction(database) as session:
        build.hospital(session)
        ledger.posting_period(session, TODAY, "")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    with transaction(database) as session:
        session.execute(text("SELECT 1"))
        for day in (TODAY, TODAY - timedelta(days=40)):
            ledger.posting_period(session, day, "")
    assert [one for one in asked if "closing_calendars" in one] == []


def test_the_proof_finds_what_was_posted_by_another_calendar(session: Session, h: Hospital) -> None:
    ledger.set_calendar(session, build.occasion(h.keeper), last_day=25, from_on=date(2026, 4, 1), reason="x")
    build.gauze(session, h)
    late = build.occasion(h.nurse, at=datetime(2026, 4, 28, 3, tzinfo=UTC))
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0], occasion=late)
    assert build.problems(session) == []
    calendar._read[address_of(session)] = (date(2026, 12, 31), ())  # as a process that froze it had it
    build.use(session, h, codes[1], occasion=replace(late, request_key=uuid4()))
    (found,) = [one for one in build.problems(session) if one.check == "months"]
    assert found.says == "one of 1 of 2026-04-28 that are in 2026-04: their month is 2026-05"
