"""Costing the cases of a month: every method a run, every whole its parts, what came after with what is summed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import costing
from spd.core.money import from_scaled, to_scaled
from spd.costing import (
    CaseMethod,
    Filter,
    Month,
    case_inputs,
    case_run,
    groups,
    proof,
    stays,
)
from spd.costing.bed_days import bed_days
from spd.costing.case_models import CaseLine, CaseRest, StayCost
from spd.costing.case_services import unpriced_of
from spd.costing.group_costs import cost_by
from spd.ledger import KeyReused
from tests import build
from tests.build import Hospital
from tests.costing.given import stepped_down, told
from tests.costing.test_groups import MARCH, SINCE, ZONE, asked, discharged
from tests.costing.test_identities import a_busy_month, posted


def test_consumables_of_a_month_are_encounters_and_what_is_on_none(session: Session) -> None:
    h = a_busy_month(session)
    run = case_run.run(session, build.occasion(h.keeper), case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS))
    assert run.total == posted(session) == run.assigned + run.unassigned
    assert (run.unassigned, run.cases) == (0, 2)  # both stays lie in cardiology, which used two packs on nobody
    assert case_run.totals(session, run) == {"chargeable_materials": Decimal(17200), "shared_materials": Decimal(140)}
    assert proof.problems(session) == []


def test_what_a_department_without_cases_used_is_shown_as_on_none(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, at=h.theatre)[0]
    build.use(session, h, pack, encounter=None, occasion=build.occasion(h.keeper))
    asked_ = case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS, driver="cases")
    run = case_run.run(session, build.occasion(h.keeper), asked_)
    (rest,) = session.scalars(select(CaseRest).where(CaseRest.run_id == run.id))
    assert (rest.department_id, rest.why, rest.amount) == (h.surgery.id, "no_case", Decimal(70))


def test_full_cost_goes_to_cases_by_every_method_and_a_run_is_kept(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    stepped = stepped_down(session, h)
    told(
        session,
        h,
        "case-revenue",
        """encounter,period,department,revenue_kind,amount
E-1,2026-03,CARD,service,1500
E-1,2026-03,LAB,laboratory,300
E-1,2026-03,CARD,drug,210
""",
    )
    told(session, h, "service-unit-costs", "period,service,unit_cost\n2026-01,BED,120.5\n")
    told(session, h, "case-services", "encounter,period,service,quantity\nE-1,2026-03,BED,9\n")
    for method in (CaseMethod.TOP_DOWN, CaseMethod.COST_TO_CHARGE, CaseMethod.BOTTOM_UP):
        first = build.occasion(h.keeper)
        run = case_run.run(session, first, case_run.CaseAsked(month=MARCH, method=method))
        assert run.total == stepped.total == run.assigned + run.unassigned, method
        assert case_run.run(session, first, case_run.CaseAsked(month=MARCH, method=method)).id == run.id
        again = case_run.run(session, build.occasion(h.keeper), case_run.CaseAsked(month=MARCH, method=method))
        assert again.id == run.id
        assert sum(case_run.totals(session, run).values()) == run.assigned
    with pytest.raises(KeyReused):
        key = first.request_key
        case_run.run(session, build.occasion(h.keeper, key=key), case_run.CaseAsked(month=MARCH, method=method))
    with pytest.raises(costing.step_run.UnknownStepDown):
        february = Month(period="2026-02", since=SINCE - timedelta(days=28), until=SINCE, zone=ZONE)
        case_run.run(session, build.occasion(h.keeper), case_run.CaseAsked(month=february, method=CaseMethod.TOP_DOWN))
    assert proof.problems(session) == []  # fmt: skip


@settings(max_examples=10, deadline=None, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    acts=st.lists(st.tuples(st.sampled_from(["drg", "stay", "alone", "undo", "roll"]), st.integers(1, 7)), max_size=7)
)
def test_departments_are_postings_are_encounters_are_groups(session: Session, acts: list[tuple[str, int]]) -> None:
    """departments = postings = encounters + unallocated = DRGs + ungrouped, whatever is used and summed up when."""
    with session.begin_nested() as story:
        h = build.hospital(session)
        pack = build.packs(session, h, 1, quantity=50)[0]
        for kind, quantity in acts:
            if kind == "roll":
                stays.roll(session, at=build.NOW)
                continue
            stay = {"drg": h.stay.code, "stay": h.other_stay.code}.get(kind)
            used = build.use(session, h, pack, encounter=stay, quantity=quantity)
            if kind == "undo":
                build.reverse(session, h, used.movement_id)
        discharged(session, h.stay, h.other_stay)
        told(session, h, "payment-groups", "region,year,drg_code,name,weight\n示范,2026,FM19,支架植入,2.35\n")
        whole = posted(session)
        assert sum((row.total for row in costing.by_department(session, Filter(period="2026-03"))), Decimal(0)) == whole
        known = case_inputs.known(session, MARCH)
        on_cases = from_scaled(sum(sum(of.values()) for of in known.traced.values()))
        on_nobody = from_scaled(sum(case_inputs.on_nobody(session, "2026-03").values()))
        assert on_cases + on_nobody == whole
        report = groups.report(session, asked())
        assert sum((row.cost for row in report.rows), Decimal(0)) == report.cost == on_cases
        if whole:
            asked_ = case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS)
            run = case_run.run(session, build.occasion(h.keeper), asked_)
            assert run.total == whole == run.assigned + run.unassigned
            by_group = groups.report(session, asked(cost=cost_by(session, run.method, run.period)))
            assert by_group.cost == run.assigned
        assert proof.problems(session) == []
        story.rollback()


def test_services_without_a_unit_cost_are_told_with_the_run(session: Session, h: Hospital) -> None:
    told(session, h, "service-unit-costs", "period,service,unit_cost\n2026-03,S1,100\n")
    told(session, h, "case-services",
         "encounter,period,service,quantity\nE-1,2026-03,S1,1\nE-1,2026-03,S2,50\nE-2,2026-03,S2,3\n")  # fmt: skip
    asked_ = case_run.CaseAsked(month=MARCH, method=CaseMethod.BOTTOM_UP)
    run = case_run.run(session, build.occasion(h.keeper), asked_)
    assert (run.assigned, [(one.service, one.cases, one.quantity) for one in unpriced_of(session, run)]) == (
        100, [("S2", 2, 53)],
    )  # fmt: skip
    told(session, h, "case-services", "encounter,period,service,quantity\nE-2,2026-03,S2,4\n")
    again = case_run.run(session, build.occasion(h.keeper), asked_)
    assert (again.version, [unpriced_of(session, one)[0].quantity for one in (run, again)]) == (2, [53, 54])


def test_what_is_summed_up_is_read_with_what_came_after(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    build.use(session, h, codes[0])
    assert stays.roll(session, at=build.NOW) > 0
    assert stays.roll(session, at=build.NOW) == 0
    build.use(session, h, codes[1])
    rows = session.execute(select(stays.stay_costs(session))).all()
    assert sum(to_scaled(row.amount) for row in rows) == to_scaled(Decimal(17200))
    stays.roll(session, at=build.NOW)
    assert session.scalar(select(func.sum(StayCost.amount))) == Decimal(17200)
    session.execute(StayCost.__table__.update().values(amount=Decimal(1)))
    assert [one.check for one in stays.problems(session)] == ["stay-costs"]


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("admitted", "left", "days"),
    [
        (at(5), at(14), 9), (at(5), at(5, 20), 1), (at(27, month=2), at(3), 2), (at(30), None, 2),
        (at(30), at(2, month=4), 2), (at(31), at(1, month=4), 1), (at(1, month=4), None, 0),
    ],
)  # fmt: skip
def test_bed_days_are_nights_within_the_month(admitted: datetime, left: datetime | None, days: int) -> None:
    assert bed_days(MARCH, admitted, left) == days


def test_lines_of_a_run_are_written_once(session: Session) -> None:
    h = a_busy_month(session)
    case_run.run(session, build.occasion(h.keeper), case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(CaseLine.__table__.update().values(amount=Decimal(1)))
