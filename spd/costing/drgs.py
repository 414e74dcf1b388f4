"""This file is DRG cost: cases, total, mean; what the payer pays by weight and rate; the margin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.money import to_cent
from spd.costing.stays import by_case, discharged
from spd.encounters import DrgRate, DrgWeight, Encounter
from spd.places import Department


@dataclass(frozen=True, kw_only=True)
class DrgCost:
    """One group: what its cases' consumables cost against what they are paid.

    `weight`, `payment` and `margin` are None where the group has no weight in the region's set for the year.
    The empty code is the cases no group was found for.
    """

    drg_code: str
    name: str
    cases: int
    total: Decimal
    mean: Decimal
    weight: Decimal | None
    rate: Decimal | None
    payment: Decimal | None
    margin: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Discharges:
    """Which cases: discharged from `since` up to but not at `until`, weighed by a region's set of a year."""

    since: datetime
    until: datetime
    year: int
    region: str | None = None
    at: datetime | None = None
    """By the cost that was recorded until then."""


def by_drg(session: Session, cases: Discharges) -> list[DrgCost]:
    """The groups of the cases discharged in a span, the dearest first. Cases that used nothing count too; one that was
    merged into another is no case, and what was used on it is the other's."""
    out = discharged(cases.since, cases.until)
    cost = by_case(session, out, cases.at)
    code = func.coalesce(Encounter.drg_code, "")
    query = (
        select(code, func.count(), func.coalesce(func.sum(cost.c.amount), 0))
        .outerjoin(cost, cost.c.encounter_id == Encounter.id)
        .where(out)
        .group_by(code)
    )
    region = cases.region or session.scalar(
        select(DrgRate.region).where(DrgRate.year == cases.year).order_by(DrgRate.region).limit(1)
    )
    rate = session.scalar(select(DrgRate.rate).where(DrgRate.region == region, DrgRate.year == cases.year))
    held = select(DrgWeight).where(DrgWeight.region == region, DrgWeight.year == cases.year)
    weights = {weight.drg_code: weight for weight in session.scalars(held)}
    groups = [_group(drg, count, total, weights.get(drg), rate) for drg, count, total in session.execute(query)]
    return sorted(groups, key=lambda group: (-group.total, group.drg_code))


@dataclass(frozen=True, kw_only=True)
class CaseOfDrg:
    """One case: what was used on it, whenever."""

    id: int
    encounter: str
    department: str
    department_name: str
    admitted_at: datetime
    discharged_at: datetime
    total: Decimal


def cases_of_drg(session: Session, cases: Discharges, code: str) -> list[CaseOfDrg]:
    """The cases behind a group of `by_drg`, the dearest first; of the empty code those without a group."""
    out = discharged(cases.since, cases.until)
    cost = by_case(session, out, cases.at)
    total = func.coalesce(cost.c.amount, 0)
    query = (
        select(
            Encounter.id, Encounter.code.label("encounter"), Department.code.label("department"),
            Department.name.label("department_name"), Encounter.admitted_at, Encounter.discharged_at,
            total.label("total"),
        )
        .join(Department, Department.id == Encounter.department_id)
        .outerjoin(cost, cost.c.encounter_id == Encounter.id)
        .where(out, func.coalesce(Encounter.drg_code, "") == code)
        .order_by(total.desc(), Encounter.id)
    )  # fmt: skip
    return [CaseOfDrg(**row._asdict()) for row in session.execute(query)]


def _group(code: str, cases: int, total: Decimal, weight: DrgWeight | None, rate: Decimal | None) -> DrgCost:
    payment = None
    if weight is not None and rate is not None:
        payment = to_cent(weight.weight * rate) * cases
    return DrgCost(
        drg_code=code,
        name=weight.name if weight else "",
        cases=cases,
        total=total,
        mean=to_cent(total / cases),
        weight=weight.weight if weight else None,
        rate=rate,
        payment=payment,
        margin=None if payment is None else payment - total,
    )
