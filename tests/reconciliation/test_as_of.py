"""Charges and uses as they stood at an instant: the same figures for ever, whatever came since."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import reconciliation
from spd.catalog.changes import change_product
from spd.reconciliation import (
    Asked,
    CaseAct,
    ChargeCase,
    ChargePastFact,
    NotKeptThen,
    Resolution,
    Tally,
    select_cases,
    wanting,
)
from tests import build
from tests.build import Hospital
from tests.reconciliation.given import LATER, begin, cases, keep, line, refund, run

EVER = Asked(since=date(2000, 1, 1), until=date(2100, 1, 1))
HOUR = timedelta(hours=1)


def told(session: Session, at: object = None) -> list[Tally]:
    asked = Asked(since=EVER.since, until=EVER.until, at=at)  # type: ignore[arg-type]
    rows = reconciliation.tallies(session, asked, daily=True)
    assert all(row.tie_out == 0 for row in rows)
    return rows


def test_a_late_refund_changes_no_earlier_figure(session: Session, h: Hospital) -> None:
    begin(session, h)
    code = build.stents(session, h)[0]
    used = build.use(session, h, code)
    first = line(h, item=code)
    keep(session, h, first)
    run(session)
    then = told(session)
    assert told(session, LATER) == then
    assert told(session, LATER - HOUR) == []
    keep(session, h, refund(first))
    build.reverse(session, h, used.movement_id)
    run(session, LATER + HOUR)
    assert told(session) != then
    assert told(session, LATER) == told(session, LATER + HOUR / 2) == then
    assert told(session, LATER + HOUR) == told(session)
    assert build.problems(session) == []


def test_a_case_that_ended_opens_as_it_stood(session: Session, h: Hospital) -> None:
    keep(session, h, line(h))
    run(session)
    (case,) = cases(session)
    seen = reconciliation.facts_of(session, case.id, case.encounter)
    build.use(session, h, build.stents(session, h)[0])
    run(session, LATER + HOUR)
    assert reconciliation.facts_of(session, case.id, case.encounter) == []
    assert reconciliation.facts_of(session, case.id, case.encounter, LATER) == seen
    of_then = select_cases(None, LATER).where(ChargeCase.id == case.id)
    assert session.execute(of_then).one().verdict == "charged_not_used"
    assert session.execute(select_cases(None).where(ChargeCase.id == case.id)).one_or_none() is None


def test_what_people_did_is_as_of_then_too(session: Session, h: Hospital) -> None:
    keep(session, h, line(h))
    run(session)
    (case,) = cases(session)
    hours = iter((1, 2, 3))

    def act() -> CaseAct:
        when = build.occasion(h.nurse, at=LATER + next(hours) * HOUR)
        return CaseAct(occasion=when, case=case.id, resolution=Resolution.REFUNDED, reason="asked HIS")

    reconciliation.take(session, act())
    reconciliation.resolve(session, act())
    reconciliation.reopen(session, act())
    renamed = build.occasion(h.keeper, at=LATER + 4 * HOUR)
    change_product(session, renamed, "STENT", {"name": "药物支架"}, moved=True)
    names = [session.execute(select_cases(None, at)).one().name for at in (LATER, None)]
    assert names == ["冠脉支架", "药物支架"]
    change_product(session, renamed, "STENT", {"charge_code": "HIS-OTHER"}, moved=True)
    assert session.execute(select_cases(None, LATER)).one().name == "冠脉支架"

    def stood(hours: int) -> tuple[str, bool, str]:
        row = session.execute(select_cases(None, LATER + hours * HOUR)).one()
        return row.owner, row.resolved_at is not None, row.resolution

    name = h.nurse.name
    assert [stood(number) for number in range(4)] == [
        ("", False, ""), (name, False, ""), (name, True, "refunded"), (name, False, "")
    ]  # fmt: skip
    now = session.execute(select_cases(None)).one()
    assert (now.owner, now.resolved_at, now.resolution) == (name, None, "")
    assert list(session.scalars(select(ChargeCase.id).where(wanting(LATER)))) == [case.id]
    assert list(session.scalars(select(ChargeCase.id).where(wanting(LATER - HOUR)))) == []


def test_what_was_not_kept_is_refused_rather_than_told_wrong(session: Session, h: Hospital) -> None:
    keep(session, h, line(h))
    run(session)
    (case,) = cases(session)
    case.ended_at = LATER + HOUR  # as a hospital's cases ended before anything was kept of them
    session.flush()
    with pytest.raises(NotKeptThen):
        told(session, LATER)
    assert reconciliation.refuse_unkept(session, LATER + HOUR) is None


def test_what_was_kept_is_never_changed_and_is_proved(session: Session, h: Hospital) -> None:
    first = line(h)
    keep(session, h, first)
    run(session)
    keep(session, h, refund(first))
    run(session, LATER + HOUR)
    kept = session.scalars(select(ChargePastFact)).one()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(delete(ChargePastFact))
    session.execute(
        text("UPDATE charge_cases SET charged = charged + 1, used = used + 0 WHERE id = :case"), {"case": kept.case_id}
    )
    assert "ended, and is not what was kept of it" in {one.says for one in reconciliation.problems(session)}
