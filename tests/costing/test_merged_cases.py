"""A stay that was merged into another is one case with it, whenever the merge is told, until it is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import encounters
from spd.costing import CaseMethod, Payer, case_inputs, case_run, group_cases, groups, proof
from spd.costing.group_costs import CostBy
from spd.costing.groups import GroupsAsked
from spd.encounters import Encounter, EventKind, Told
from tests import build
from tests.build import NOW, Hospital
from tests.costing.given import MONTH, march, stepped_down, told
from tests.costing.test_identities import posted

LATER = NOW + timedelta(hours=5)
ANY = GroupsAsked(since=march().since, until=march().until, zone=march().zone, payer=Payer(region="示范", year=2026))


def tell(session: Session, h: Hospital, kind: EventKind, **more: str) -> None:
    event = Told(message=kind.value, kind=kind, encounter="E-1", occurred_at=LATER, **more)
    (verdict,) = encounters.record(session, build.occasion(h.keeper, at=LATER), [event])
    assert verdict.reason == ""


@pytest.fixture
def both(session: Session, h: Hospital) -> Hospital:
    """Two stays with a stent each, billed, one of them at the laboratory."""
    stents = build.stents(session, h, 2)
    build.use(session, h, stents[0])
    build.use(session, h, stents[1], encounter="E-2")
    build.use(session, h, build.packs(session, h, 1)[0], encounter=None)
    lines = f"E-1,{MONTH},LAB,laboratory,300\nE-1,{MONTH},CARD,drug,210\nE-2,{MONTH},CARD,service,9000\n"
    told(session, h, "case-revenue", f"encounter,period,department,revenue_kind,amount\n{lines}")
    for stay in session.scalars(select(Encounter)):
        stay.discharged_at = NOW + timedelta(days=2)
    session.flush()
    return h


def cost(session: Session, h: Hospital, method: CaseMethod = CaseMethod.MATERIALS) -> case_run.CaseRun:
    return case_run.run(session, build.occasion(h.keeper), case_run.CaseAsked(month=march(), method=method))


def of_run(session: Session, run: case_run.CaseRun) -> dict[str, Decimal]:
    """What the case-cost file shows of each case."""
    its = case_run.lines_of(run)
    found: dict[str, Decimal] = {}
    for row in session.execute(its.select.add_columns(its.stay.code, its.item, its.amount)):
        found[row.code] = found.get(row.code, Decimal(0)) + row.amount
    return found


def grouped(session: Session, run: case_run.CaseRun | None) -> dict[str, Decimal]:
    """What the report on groups shows of each case, by a run or by the ledger."""
    cost = CostBy(method=run.method, runs=(run.id,), months=(run.period,)) if run else None
    asked = replace(ANY, cost=cost)
    report = groups.report(session, asked)
    cases = [case for row in report.rows for case in group_cases.cases_in(session, asked, row.code)]
    assert sum((case.cost for case in cases), Decimal(0)) == report.cost
    assert sum((case.fee for case in cases), Decimal(0)) == 9510
    return {case.encounter: case.cost for case in cases}


def test_a_merge_before_the_run_makes_one_case_with_the_sum(session: Session, both: Hospital) -> None:
    tell(session, both, EventKind.MERGE, survivor="E-2")
    run = cost(session, both)
    assert (run.cases, run.assigned, run.unassigned) == (1, posted(session), 0)
    assert of_run(session, run) == grouped(session, run) == {"E-2": 17270}
    assert grouped(session, None) == {"E-2": 17200}
    assert proof.problems(session) == []


def test_a_merge_after_the_run_and_its_undoing(session: Session, both: Hospital) -> None:
    before = cost(session, both)
    assert of_run(session, before) == grouped(session, before) == {"E-1": 8635, "E-2": 8635}
    tell(session, both, EventKind.MERGE, survivor="E-2")
    assert of_run(session, before) == grouped(session, before) == {"E-2": 17270}
    assert grouped(session, None) == {"E-2": 17200}
    merged = cost(session, both)
    assert (merged.version, of_run(session, merged)) == (2, {"E-2": 17270})
    tell(session, both, EventKind.CANCEL_MERGE)
    assert of_run(session, before) == grouped(session, before) == {"E-1": 8635, "E-2": 8635}
    again = cost(session, both)
    assert (again.version, of_run(session, again)) == (3, of_run(session, before))
    assert before.total == merged.total == again.total == posted(session)
    assert proof.problems(session) == []


@pytest.mark.parametrize("method", [CaseMethod.TOP_DOWN, CaseMethod.COST_TO_CHARGE, CaseMethod.BOTTOM_UP])
def test_every_method_costs_merged_stays_as_one_case(session: Session, both: Hospital, method: CaseMethod) -> None:
    stepped = stepped_down(session, both)
    told(session, both, "service-unit-costs", "period,service,unit_cost\n2026-01,BED,120.5\n")
    lines = f"E-1,{MONTH},BED,3\nE-2,{MONTH},BED,9\n"
    told(session, both, "case-services", f"encounter,period,service,quantity\n{lines}")
    apart = cost(session, both, method)
    tell(session, both, EventKind.MERGE, survivor="E-2")
    one = cost(session, both, method)
    assert (apart.cases, one.cases, one.version) == (2, 1, 2)
    assert apart.total == one.total == stepped.total == one.assigned + one.unassigned
    assert of_run(session, one) == {"E-2": one.assigned} == {"E-2": sum(of_run(session, apart).values())}


def test_days_of_merged_stays_count_once_on_the_survivors_department(session: Session, h: Hospital) -> None:
    first, survivor = h.stay, h.other_stay
    first.department_id, first.admitted_at = h.surgery.id, march().since
    survivor.admitted_at, survivor.discharged_at = march().since + timedelta(days=4), march().since + timedelta(days=9)
    first.merged_at = march().since + timedelta(days=6)
    first.merged_into_id = survivor.id
    session.flush()
    days = case_inputs.weights(session, march(), "bed_days")
    assert days == {h.cardiology.id: {survivor.id: 5}, h.surgery.id: {survivor.id: 4}}
    assert case_inputs.weights(session, march(), "cases") == {h.cardiology.id: {survivor.id: 1}}


def test_a_cancelled_admission_lies_in_no_bed(session: Session, h: Hospital) -> None:
    h.stay.cancelled = True
    session.flush()
    assert set(case_inputs.weights(session, march(), "bed_days")[h.cardiology.id]) == {h.other_stay.id}
