"""A patient who moved: days in bed and cost are of where they lay and what was used there, whoever has them now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import encounters
from spd.core.money import to_scaled
from spd.costing import CaseLine, CaseMethod, CaseRest, case_run
from spd.costing.bed_days import days_of_cases
from spd.costing.step_down import LEVELS, Basis, balances, passed_on, step_down
from spd.encounters import EventKind, Told
from spd.places import CostClass
from tests import build
from tests.build import Hospital
from tests.costing.given import march, stepped_down

ZONE = ZoneInfo("Asia/Shanghai")


def happened(session: Session, h: Hospital, code: str, *events: tuple[EventKind, str, str]) -> None:
    """What was told of a stay: what, in which department, when (in March)."""
    for number, (kind, department, when) in enumerate(events):
        said = Told(
            source="adt", message=f"{code}-{number}", kind=kind, encounter=code, patient=f"P{code}", patient_name="王*",
            department=department, encounter_class="inpatient",
            occurred_at=datetime.fromisoformat(f"2026-03-{when}").replace(tzinfo=ZONE),
        )  # fmt: skip
        at = said.occurred_at + timedelta(hours=1)
        (verdict,) = encounters.record(session, build.occasion(h.keeper, at=at), [said])
        assert verdict.reason == ""


A, T, D = EventKind.ADMIT, EventKind.TRANSFER, EventKind.DISCHARGE


def test_a_day_in_bed_is_of_the_department_where_the_patient_lay_at_its_end(session: Session, h: Hospital) -> None:
    happened(session, h, "E-M", (A, "CARD", "02T10:00"), (T, "SURG", "05T09:00"), (T, "LAB", "05T18:00"),
             (T, "CARD", "09T23:59"), (D, "CARD", "12T08:00"))  # fmt: skip
    happened(session, h, "E-D", (A, "CARD", "20T08:00"), (T, "SURG", "20T12:00"), (D, "SURG", "20T20:00"))
    numbers = {row.code: row.id for row in session.scalars(select(encounters.Encounter))}
    places = (h.cardiology.id, h.surgery.id, h.lab.id)
    days = days_of_cases(session, march(), one_each=False)
    assert [days.get(one, {}).get(numbers["E-M"], 0) for one in places] == [3 + 3, 0, 4]  # on the 5th in surgery by day
    assert [days.get(one, {}).get(numbers["E-D"], 0) for one in places] == [0, 1, 0]
    each = days_of_cases(session, march(), one_each=True)
    assert [each.get(one, {}).get(numbers["E-M"], 0) for one in places] == [1, 0, 1]
    before = days_of_cases(session, march(), one_each=False, at=datetime(2026, 3, 4, tzinfo=ZONE))
    assert before[h.cardiology.id][numbers["E-M"]] == 30  # it was not known to move, nor to leave


def test_what_was_used_comes_off_the_cost_of_who_used_it(session: Session, h: Hospital) -> None:
    """A stent of 8,600 used by cardiology: that its patient lies in surgery since changes nobody's cost but of days."""
    build.use(session, h, build.stents(session, h)[0])
    stepped_down(session, h)
    asked = case_run.CaseAsked(month=march(), method=CaseMethod.TOP_DOWN)
    first = case_run.run(session, build.occasion(h.keeper), asked)
    h.stay.department_id = h.surgery.id
    session.flush()  # read by the database alone
    moved = case_run.run(session, build.occasion(h.keeper), asked)
    shared = select(CaseLine.encounter_id, CaseLine.amount).where(CaseLine.item == "department")
    of = {made.id: dict(session.execute(shared.where(CaseLine.run_id == made.id)).all()) for made in (first, moved)}
    cardiology, surgery = (session.scalar(_left(first, why)) for why in (None, "no_case"))
    assert cardiology is None
    assert of[moved.id] == {h.other_stay.id: sum(of[first.id].values()), h.stay.id: surgery}
    assert (first.total, moved.assigned, moved.unassigned) == (moved.total, moved.total, 0)
    assert sum(of[first.id].values()) + 8600 == first.assigned


def _left(run: case_run.CaseRun, why: str | None) -> Any:
    query = select(CaseRest.amount).where(CaseRest.run_id == run.id)
    return query.where(CaseRest.why == why) if why else query.where(CaseRest.why != "no_case")


def test_what_is_part_of_a_departments_cost_goes_the_way_of_all_of_it() -> None:
    """A tenth of what the laboratory had, and all that an office had: passed on as the whole is."""
    office, laboratory, ward, other = 1, 2, 3, 4
    classes = {
        office: CostClass.ADMINISTRATIVE, laboratory: CostClass.TECHNOLOGY, ward: CostClass.CLINICAL,
        other: CostClass.CLINICAL,
    }  # fmt: skip
    weights = {laboratory: 50, ward: 30, other: 20}

    def basis(_level: int, _source: int, takers: frozenset[int]) -> Basis:
        return Basis(driver="x", weights={who: weights[who] for who in sorted(takers)})

    flows = step_down({("materials", office): 1000, ("materials", laboratory): 500}, classes, basis)
    assert set(LEVELS) >= {flow.level for flow in flows if flow.level}
    assert balances(flows) == {
        ("materials", office): 0, ("materials", laboratory): 0, ("materials", ward): 900, ("materials", other): 600
    }  # fmt: skip
    assert passed_on({office: to_scaled(10), laboratory: 50, ward: 7}, flows, "materials") == {
        ward: 60_000 + 30 + 7, other: 40_000 + 20
    }  # fmt: skip
    assert passed_on({office: 5}, flows, "drugs") == {office: 5}
