"""Months: the list says what is open, a lock keeps it, opening again takes two, and what was is the same for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import closing, costing, ledger, policies, reconciliation, settlement
from spd.accounting import booked
from spd.closing import Asking, Check, CheckedLine, Month, Rule
from spd.closing.days import DaySaid, close_day
from spd.closing.proof import are_whole
from spd.core.job_runs import JobRun
from spd.core.separation import SamePerson
from spd.ledger import PeriodStep
from tests import build
from tests.build import Hospital
from tests.settlement import bills

APRIL = datetime(2026, 4, 2, 2, tzinfo=UTC)
MARCH = "2026-03"


def month(at: datetime = APRIL) -> Month:
    return Month(
        period=MARCH, first=date(2026, 3, 1), last=date(2026, 3, 31), end=datetime(2026, 3, 31, 16, tzinfo=UTC),
        at=at, today=(at + timedelta(hours=8)).date(),
    )  # fmt: skip


def proved(session: Session, outcome: str = "clean", *, at: datetime = APRIL - timedelta(hours=3)) -> None:
    row = {"job": "verify", "period": at.isoformat()[:19], "started_at": at, "finished_at": at, "outcome": outcome}
    session.execute(insert(JobRun).values(detail="" if outcome == "clean" else '[{"a": 1}, {"b": 2}]', **row))


def line(session: Session, check: Check, at: datetime = APRIL) -> closing.Line:
    return next(one for one in closing.checklist(session, month(at)) if one.check is check)


def wave_all(session: Session, h: Hospital) -> None:
    for one in closing.checklist(session, month()):
        if one.stops:
            closing.wave_through(session, build.occasion(h.nurse, at=APRIL), month(), one.check, reason="known")


def locked(session: Session, h: Hospital, *, at: datetime = APRIL) -> PeriodStep:
    return closing.lock(session, build.occasion(h.keeper, at=at), month(at))


def reopened(session: Session, h: Hospital, *, at: datetime, hours: int = 24) -> PeriodStep:
    asked = Asking(period=MARCH, reason="an invoice was forgotten", hours=hours, roles={"finance"})
    closing.ask(session, build.occasion(h.keeper, at=at), asked)
    return closing.decide(
        session, build.occasion(h.nurse, at=at), MARCH, agrees=True, reason="", roles={"system_admin"}
    )


def test_each_line_counts_what_its_worklist_shows(session: Session, h: Hospital) -> None:
    proved(session)
    build.use(session, h, build.stents(session, h)[0])
    bills.entered(session, h.gauzes.code, bills.line("GAUZE", 40, "3.60"))
    close_day(
        session,
        build.occasion(h.nurse),
        DaySaid(department=h.surgery, day=date(2026, 3, 31) - timedelta(29), end=month().end),
    )
    found = {one.check: (one.count, one.amount) for one in closing.checklist(session, month())}
    assert found == {
        Check.DAYS: (59, Decimal(0)),  # two departments from the second on, but one day that is signed
        Check.DISPUTES: (0, Decimal(0)),
        Check.CHARGES: (1, Decimal(8600)),
        Check.UNKEPT: (0, Decimal(0)),
        Check.DIFFERENCES: (0, Decimal(0)),
        Check.STATEMENTS: (1, Decimal(8600)),
        Check.INVOICES: (1, Decimal(144)),
        Check.ACCRUALS: (1, Decimal(8600)),
        Check.STEP_DOWN: (1, Decimal(8600)),
        Check.PROOF: (0, Decimal(0)),
    }


def test_charges_of_his_that_are_not_here_stop_the_lock(session: Session, h: Hospital) -> None:
    proved(session)
    hour, end = timedelta(hours=1), month().end

    def sent(since: datetime, until: datetime) -> None:
        window = reconciliation.Window(since=since, until=until)
        reconciliation.keep_charges(session, build.occasion(h.keeper), [], window=window)

    sent(end - 10 * hour, end - 5 * hour)
    assert line(session, Check.UNKEPT).count == 1  # until the month's end
    sent(end - 4 * hour, end + hour)
    assert line(session, Check.UNKEPT).count == 1  # the hour between
    sent(end + 3 * hour, end + 4 * hour)
    seen = [(end - hour, 1), (end + timedelta(days=2), 2), (end + timedelta(days=4), 2)]
    for number, (at, _) in enumerate(seen):
        row = reconciliation.Rejected(number=f"X{number}", row={"n": str(number)}, code="bad", zh="坏", en="bad")
        reconciliation.note_rejects(session, [row], at=at)
    there = line(session, Check.UNKEPT)
    assert (there.count, there.stops) == (3, True)
    sent(end - 5 * hour, end - 4 * hour)
    for one in session.scalars(select(reconciliation.ChargeReject)):
        reconciliation.set_aside(session, build.occasion(h.keeper), one.id, reason="a test of theirs")
    assert line(session, Check.UNKEPT).state == "done"


def test_a_list_is_whole_by_the_lines_there_were_then() -> None:
    now = {one.value for one in Check}
    before = now - {Check.UNKEPT.value}
    assert list(are_whole([before, before, now, now])) == [True] * 4
    assert list(are_whole([now, before, before - {"days"}, now - {"days"}])) == [True, False, False, False]


@pytest.mark.parametrize(
    ("outcome", "hours", "count"), [("clean", 3, 0), ("clean", 27, 1), ("problems", 3, 2), ("failed", 3, 1)]
)
def test_the_proof_must_be_clean_and_fresh(session: Session, h: Hospital, outcome: str, hours: int, count: int) -> None:
    assert line(session, Check.PROOF).count == 1  # there is none
    proved(session, outcome, at=APRIL - timedelta(hours=hours))
    there = line(session, Check.PROOF)
    assert (there.count, there.known_at, there.stops) == (count, APRIL - timedelta(hours=hours), count > 0)
    if count:
        with pytest.raises(closing.NothingToWave):
            closing.wave_through(session, build.occasion(h.nurse), month(), Check.PROOF, reason="no")


def test_what_is_open_stops_the_lock_until_somebody_waves_it_through(session: Session, h: Hospital) -> None:
    proved(session)
    build.use(session, h, build.stents(session, h)[0])
    with pytest.raises(closing.ListOpen) as refused:
        locked(session, h)
    assert refused.value.facts["count"] == 3  # the charge, the statement, the step-down
    wave_all(session, h)
    step = locked(session, h)
    kept = session.scalars(select(CheckedLine).where(CheckedLine.step_id == step.id).order_by(CheckedLine.id)).all()
    assert [one.check for one in kept] == [one.value for one in Check]
    assert {one.check: one.reason for one in kept if one.reason} == dict.fromkeys(
        ("charges", "statements", "step_down"), "known"
    )
    assert ledger.closed_through(session) == MARCH
    assert build.problems(session) == []


def test_a_waiver_covers_no_more_than_there_was(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    closing.wave_through(session, build.occasion(h.nurse, at=APRIL), month(), Check.CHARGES, reason="HIS is down")
    assert line(session, Check.CHARGES).state == "waived"
    build.use(session, h, codes[1])
    there = line(session, Check.CHARGES)
    assert (there.state, there.count, there.stops) == ("open", 2, True)


def test_the_hospitals_policy_says_what_a_line_does(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    for rule, stops in ((Rule.BLOCK, True), (Rule.TELL, False)):
        policies.settle(session, build.occasion(h.keeper), "closing.charges", rule.value)
        there = line(session, Check.CHARGES)
        assert (there.rule, there.stops) == (rule, stops)
        with pytest.raises(closing.NothingToWave):
            closing.wave_through(session, build.occasion(h.nurse), month(), Check.CHARGES, reason="x")


def test_locking_twice_with_one_key_is_once_and_with_another_refused(session: Session, h: Hospital) -> None:
    proved(session)
    one = build.occasion(h.keeper, at=APRIL)
    step = closing.lock(session, one, month())
    assert closing.lock(session, one, month()).id == step.id
    with pytest.raises(ledger.PeriodClosed):
        locked(session, h)


def test_opening_again_takes_two_people_in_two_roles(session: Session, h: Hospital) -> None:
    proved(session)
    locked(session, h)
    asked = Asking(period=MARCH, reason="an invoice was forgotten", hours=24, roles={"finance"})
    for wrong, error in (
        (replace(asked, roles={"nurse"}), closing.OtherRole), (replace(asked, hours=73), closing.TooLong),
        (replace(asked, period="2026-02"), ledger.NotTheLast),
    ):  # fmt: skip
        with pytest.raises(error):
            closing.ask(session, build.occasion(h.keeper, at=APRIL), wrong)
    at = build.occasion(h.keeper, at=APRIL)
    closing.ask(session, at, asked)
    with pytest.raises(closing.AskedAlready):
        closing.ask(session, build.occasion(h.nurse, at=APRIL), asked)
    said: dict[str, Any] = {"agrees": True, "reason": ""}
    with pytest.raises(SamePerson):
        closing.decide(session, build.occasion(h.keeper, at=APRIL), MARCH, roles={"finance", "system_admin"}, **said)
    with pytest.raises(closing.OtherRole):
        closing.decide(session, build.occasion(h.nurse, at=APRIL), MARCH, roles={"finance"}, **said)
    assert ledger.closed_through(session) == MARCH
    closing.decide(session, build.occasion(h.nurse, at=APRIL), MARCH, roles={"system_admin"}, **said)
    assert ledger.closed_through(session) == ""
    assert build.problems(session) == []


@pytest.mark.parametrize(("own", "step"), [(True, "withdrawn"), (False, "refused")])
def test_a_question_taken_back_or_refused_leaves_the_month_closed(
    session: Session, h: Hospital, own: bool, step: str
) -> None:
    proved(session)
    locked(session, h)
    asked = Asking(period=MARCH, reason="why not", hours=1, roles={"finance"})
    closing.ask(session, build.occasion(h.keeper, at=APRIL), asked)
    who, roles = (h.keeper, {"finance"}) if own else (h.nurse, {"system_admin"})
    closing.decide(session, build.occasion(who, at=APRIL), MARCH, agrees=False, reason="no", roles=roles)
    assert ledger.steps_of(session, MARCH)[-1].step == step
    assert ledger.closed_through(session) == MARCH
    with pytest.raises(closing.NothingAsked):
        closing.decide(session, build.occasion(h.nurse), MARCH, agrees=True, reason="", roles={"system_admin"})


def test_a_month_opened_for_a_time_is_locked_again_when_it_is_over(session: Session, h: Hospital) -> None:
    proved(session)
    locked(session, h)
    reopened(session, h, at=APRIL + timedelta(hours=1), hours=5)
    day = date(2026, 4, 2)
    assert closing.lock_again(session, at=APRIL + timedelta(hours=5), day=day) == []
    assert closing.lock_again(session, at=APRIL + timedelta(hours=6), day=day) == [MARCH]
    assert closing.lock_again(session, at=APRIL + timedelta(hours=7), day=day) == []
    last = ledger.steps_of(session, MARCH)[-1]
    assert (last.step, last.version, last.reason, last.done_by_id) == ("closed", 2, "time over", h.nurse.id)
    assert build.problems(session) == []


def test_figures_at_the_lock_are_the_same_for_ever(session: Session, h: Hospital) -> None:
    """Late entries, an opening, entries into the month itself and another lock: asked as of the lock, nothing moves."""
    codes = build.stents(session, h, 4)
    packs = build.packs(session, h, 2)
    build.use(session, h, codes[0])
    build.use(session, h, packs[0], encounter=None)
    proved(session)
    wave_all(session, h)
    step = locked(session, h)
    before = _figures(session, h, step.as_of)
    assert before == _figures(session, h, None)
    late = build.occasion(h.nurse, at=datetime(2026, 3, 31, 2, tzinfo=UTC))
    build.use(session, h, codes[1], occasion=replace(late, recorded_at=APRIL + timedelta(hours=1)))
    assert _figures(session, h, step.as_of) == before == _figures(session, h, None)
    reopened(session, h, at=APRIL + timedelta(hours=2))
    for code, hours in ((codes[2], 3), (packs[1], 4)):
        again = build.occasion(h.nurse, at=datetime(2026, 3, 30, 2, tzinfo=UTC))
        build.use(session, h, code, occasion=replace(again, recorded_at=APRIL + timedelta(hours=hours)))
    assert _figures(session, h, step.as_of) == before
    assert _figures(session, h, None) != before
    again_at = APRIL + timedelta(hours=5)
    proved(session, at=again_at)
    for one in closing.checklist(session, month(again_at)):
        if one.stops:
            closing.wave_through(session, build.occasion(h.nurse, at=again_at), month(again_at), one.check, reason="y")
    locked(session, h, at=again_at)
    assert _figures(session, h, step.as_of) == before
    assert _figures(session, h, None) != before
    assert build.problems(session) == []


def _figures(session: Session, h: Hospital, at: datetime | None) -> dict[str, Any]:
    """What finance asks about March: cost told apart in every way, the hospital's goods, the accounts."""
    said = costing.Filter(period=MARCH, at=at)
    return {
        "departments": costing.by_department(session, said),
        "products": costing.by_product(session, said),
        "cells": costing.cells_of(session, said),
        "posted": costing.posted(session, said),
        "totals": ledger.totals(session, MARCH, at=at),
    }


def test_what_the_hospitals_goods_were_worth_is_the_same_after_an_opening(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    proved(session)
    wave_all(session, h)
    step = locked(session, h)
    before = booked(session, at=step.as_of)
    reopened(session, h, at=APRIL + timedelta(hours=2))
    assert booked(session) == before


def test_a_draft_of_later_days_hides_nothing_that_a_month_owes(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    build.use(session, h, codes[1], occasion=build.occasion(h.nurse, at=APRIL))
    april = settlement.reach_of(session, None, date(2026, 4, 1), date(2026, 4, 2))
    settlement.draft(session, build.occasion(h.keeper, at=APRIL), period=april)
    assert line(session, Check.STATEMENTS).count == 1
