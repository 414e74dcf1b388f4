"""Accounting months: which one an act falls into, and how one is closed for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger
from spd.ledger import ClosedTotal, EntryRow
from spd.ledger.books import Step
from spd.ledger.periods import note_step
from tests import build
from tests.build import Hospital


def at(year: int, month: int, day: int) -> datetime:
    """Ten in the morning in Shanghai."""
    return datetime(year, month, day, 2, tzinfo=UTC)


def close(session: Session, h: Hospital, period: str, *, on: datetime) -> None:
    ledger.close_period(session, build.occasion(h.keeper, at=on), period)
    session.flush()  # what follows asks which months are closed


def period_of_last_entry(session: Session) -> str:
    return session.scalars(select(EntryRow.period).order_by(EntryRow.id.desc()).limit(1)).one()


@pytest.mark.parametrize(
    ("day", "closed", "posted_to"),
    [
        (date(2026, 3, 31), "", "2026-03"),
        (date(2026, 3, 31), "2026-02", "2026-03"),
        (date(2026, 3, 31), "2026-03", "2026-04"),
        (date(2026, 1, 1), "2026-03", "2026-04"),
        (date(2025, 12, 31), "2025-12", "2026-01"),
        (date(2028, 2, 29), "2028-01", "2028-02"),
    ],
)
def test_an_act_is_posted_to_its_own_month_or_the_first_one_open(day: date, closed: str, posted_to: str) -> None:
    assert ledger.open_period(day, closed) == posted_to


def test_december_is_followed_by_january() -> None:
    assert [ledger.following(month) for month in ("2026-11", "2026-12")] == ["2026-12", "2027-01"]


def test_a_use_is_posted_to_the_month_of_the_hospitals_day(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    before_midnight_utc = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)  # 02:00 on the first of April in Shanghai
    build.use(session, h, code, occasion=build.occasion(h.nurse, at=before_midnight_utc))
    assert period_of_last_entry(session) == "2026-04"


def test_a_use_heard_of_after_closing_goes_to_the_open_month(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    close(session, h, "2026-03", on=at(2026, 4, 2))
    use = build.use(session, h, code, occasion=build.occasion(h.nurse, at=at(2026, 3, 30)))
    assert period_of_last_entry(session) == "2026-04"
    assert ledger.get_movement(session, use.movement_id).day_on == date(2026, 3, 30)


def test_a_use_of_a_closed_month_is_reversed_in_the_open_one(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    close(session, h, "2026-03", on=at(2026, 4, 2))
    before = ledger.totals(session, "2026-03")
    build.reverse(session, h, use.movement_id, occasion=build.occasion(h.nurse, at=at(2026, 4, 2)))
    assert period_of_last_entry(session) == "2026-04"
    assert ledger.totals(session, "2026-03") == before


def test_closing_keeps_the_totals_of_each_account_and_department(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    expected = ledger.totals(session, "2026-03")
    close(session, h, "2026-03", on=at(2026, 4, 1))
    kept = session.scalars(select(ClosedTotal).order_by(ClosedTotal.id)).all()
    assert [(row.account, row.department, row.amount, row.lines) for row in kept] == expected
    assert ("5001.01", str(h.cardiology.id), 8600, 1) in expected


def test_the_totals_of_a_month_sum_to_zero(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    build.use(session, h, build.packs(session, h)[0], encounter=None)
    assert sum(amount for _, _, amount, _ in ledger.totals(session, "2026-03")) == 0


def test_a_month_is_closed_once(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    close(session, h, "2026-03", on=at(2026, 4, 1))
    with pytest.raises(ledger.PeriodClosed):
        close(session, h, "2026-03", on=at(2026, 4, 1))


def test_a_month_is_closed_only_after_its_last_day(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    with pytest.raises(ledger.NotInOrder):
        close(session, h, "2026-03", on=at(2026, 3, 31))
    close(session, h, "2026-03", on=at(2026, 4, 1))
    assert ledger.closed_through(session) == "2026-03"


def test_months_are_closed_one_after_the_other(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    with pytest.raises(ledger.NotInOrder) as refused:
        close(session, h, "2026-04", on=at(2026, 6, 1))
    assert refused.value.facts["next"] == "2026-03"
    close(session, h, "2026-03", on=at(2026, 6, 1))
    with pytest.raises(ledger.NotInOrder) as refused:
        close(session, h, "2026-05", on=at(2026, 6, 1))
    assert refused.value.facts["next"] == "2026-04"


def test_a_month_without_entries_is_closed_like_any(session: Session, h: Hospital) -> None:
    close(session, h, "2026-02", on=at(2026, 3, 1))
    close(session, h, "2026-03", on=at(2026, 4, 1))
    assert session.scalars(select(ClosedTotal)).all() == []
    assert ledger.closed_through(session) == "2026-03"


def test_the_days_and_instants_of_a_month_are_those_of_the_calendar(session: Session, h: Hospital) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert ledger.days_of(session, "2026-02") == (date(2026, 2, 1), date(2026, 2, 28))
    when = build.occasion(h.keeper)
    ledger.set_calendar(session, when, last_day=25, from_on=date(2026, 5, 1), reason="closing on the 25th")
    ledger.forget_calendars()
    try:
        found = {month: ledger.days_of(session, month) for month in ("2026-04", "2026-05", "2026-06")}
        since, until = ledger.instants_of(session, "2026-05", zone, until="2026-06")
    finally:
        ledger.forget_calendars()
    assert found == {
        "2026-04": (date(2026, 4, 1), date(2026, 4, 30)),
        "2026-05": (date(2026, 5, 1), date(2026, 5, 25)),
        "2026-06": (date(2026, 5, 26), date(2026, 6, 25)),
    }
    assert (since, until) == (datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 6, 25, 16, tzinfo=UTC))


def reopen(session: Session, h: Hospital, period: str, *, on: datetime) -> None:
    asking, last = build.occasion(h.nurse, at=on), ledger.steps_of(session, period)[-1]
    note_step(
        session, asking, period, Step.ASKED, version=last.version, closed=ledger.closed_through(session), as_of=on,
        said=ledger.StepSaid(reason="an invoice was forgotten", role="finance"),
    )  # fmt: skip
    said = ledger.StepSaid(reason="an invoice was forgotten", role="system_admin")
    ledger.reopen_period(session, build.occasion(h.keeper, at=on), period, said)


def test_a_month_opened_again_takes_entries_of_its_days_until_it_is_closed_again(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    build.use(session, h, codes[0])
    close(session, h, "2026-03", on=at(2026, 4, 2))
    first = ledger.totals(session, "2026-03")
    build.use(session, h, codes[1], occasion=build.occasion(h.nurse, at=at(2026, 3, 30)))
    assert period_of_last_entry(session) == "2026-04"
    reopen(session, h, "2026-03", on=at(2026, 4, 3))
    assert ledger.closed_through(session) == ""
    heard = build.occasion(h.nurse, at=at(2026, 3, 31))
    build.use(session, h, codes[2], occasion=replace(heard, recorded_at=at(2026, 4, 4)))
    assert period_of_last_entry(session) == "2026-03"
    assert build.problems(session) == []
    steps = ledger.steps_of(session, "2026-03")
    assert ledger.totals(session, "2026-03", at=steps[0].as_of) == first
    close(session, h, "2026-03", on=at(2026, 4, 5))
    assert [(step.step, step.version) for step in ledger.steps_of(session, "2026-03")] == [
        ("closed", 1), ("asked", 1), ("reopened", 1), ("closed", 2),
    ]  # fmt: skip
    assert ledger.totals(session, "2026-03") != first
    assert ledger.totals(session, "2026-03", at=steps[0].as_of) == first
    assert build.problems(session) == []


def test_only_the_last_closed_month_is_opened_again_and_then_the_one_before(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    for period, month in (("2026-03", 4), ("2026-04", 5)):
        close(session, h, period, on=at(2026, month, 2))
    with pytest.raises(ledger.NotTheLast) as refused:
        reopen(session, h, "2026-03", on=at(2026, 5, 3))
    assert refused.value.facts["last"] == "2026-04"
    reopen(session, h, "2026-04", on=at(2026, 5, 3))
    assert ledger.closed_through(session) == "2026-03"
    reopen(session, h, "2026-03", on=at(2026, 5, 4))
    with pytest.raises(ledger.NotInOrder):
        close(session, h, "2026-04", on=at(2026, 5, 5))
    for period in ("2026-03", "2026-04"):
        close(session, h, period, on=at(2026, 5, 5))
    assert ledger.closed_through(session) == "2026-04"
    assert build.problems(session) == []
