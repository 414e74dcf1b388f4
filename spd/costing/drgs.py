"""This file is DRG cost: cases, total, mean; what the payer pays by weight and rate; the margin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.money import to_cent
from spd.costing.stays import Cases, by_case, discharged
from spd.encounters import rates_at, stays_at, weights_at
from spd.places import departments_at


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
    """By what was recorded until then: cost, stays and their groups, weights and rates."""


def by_drg(session: Session, cases: Discharges) -> list[DrgCost]:
    """The groups of the cases discharged in a span, the dearest first. Cases that used nothing count too; one that was
    merged into another is no case, and what was used on it is the other's."""
    stay = stays_at(cases.at)
    out = discharged(cases.since, cases.until, stay)
    cost = by_case(session, Cases(which=out, stay=stay, at=cases.at))
    code = func.coalesce(stay.drg_code, "")
    query = (
        select(code, func.count(), func.coalesce(func.sum(cost.c.amount), 0))
        .select_from(stay)
        .outerjoin(cost, cost.c.encounter_id == stay.id)
        .where(out)
        .group_by(code)
    )
    rate, weights = _held(session, cases)
    groups = [_group(drg, count, total, weights.get(drg), rate) for drg, count, total in session.execute(query)]
    return sorted(groups, key=lambda group: (-group.total, group.drg_code))


def cost_of_discharged(session: Session, cases: Discharges) -> Decimal:
    """What was put on all cases discharged in a span, whatever their groups: the sum of `by_drg`."""
    stay = stays_at(cases.at)
    asked = Cases(which=discharged(cases.since, cases.until, stay), stay=stay, at=cases.at)
    return session.scalar(select(func.sum(by_case(session, asked).c.amount))) or Decimal(0)


def region_of(session: Session, cases: Discharges) -> str | None:
    """The region whose weights and rate are taken: the one asked for, else the first that pays in the year."""
    pays = rates_at(cases.at)
    first = select(pays.region).where(pays.year == cases.year).order_by(pays.region).limit(1)
    return cases.region or session.scalar(first)


def _held(session: Session, cases: Discharges) -> tuple[Decimal | None, dict[str, Any]]:
    """The rate of the region's year, and the weights of its groups by code, as they are or were known."""
    pays, weighs, region = rates_at(cases.at), weights_at(cases.at), region_of(session, cases)
    rate = session.scalar(select(pays.rate).where(pays.region == region, pays.year == cases.year))
    held = select(weighs.drg_code, weighs.name, weighs.weight)
    of_year = session.execute(held.where(weighs.region == region, weighs.year == cases.year))
    return rate, {weight.drg_code: weight for weight in of_year}


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
    stay, department = stays_at(cases.at), departments_at(cases.at)
    out = discharged(cases.since, cases.until, stay)
    cost = by_case(session, Cases(which=out, stay=stay, at=cases.at))
    total = func.coalesce(cost.c.amount, 0)
    query = (
        select(
            stay.id, stay.code.label("encounter"), department.code.label("department"),
            department.name.label("department_name"), stay.admitted_at, stay.discharged_at,
            total.label("total"),
        )
        .select_from(stay)
        .join(department, department.id == stay.department_id)
        .outerjoin(cost, cost.c.encounter_id == stay.id)
        .where(out, func.coalesce(stay.drg_code, "") == code)
        .order_by(total.desc(), stay.id)
    )  # fmt: skip
    return [CaseOfDrg(**row._asdict()) for row in session.execute(query)]


def _group(code: str, cases: int, total: Decimal, weight: Any, rate: Decimal | None) -> DrgCost:
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
