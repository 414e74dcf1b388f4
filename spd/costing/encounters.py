"""This file is encounter cost, and the identity that ties encounters to departments and both to postings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from spd.costing.expense import is_cost
from spd.costing.movement_cost import UseCost, as_uses, select_uses
from spd.costing.stays import stay_costs
from spd.encounters import Encounter, stands_for, stays_at
from spd.ledger import EntryRow, Posting
from spd.places import departments_at


@dataclass(frozen=True, kw_only=True)
class EncounterCost:
    """What was used on one encounter."""

    id: int
    encounter: str
    patient_name: str
    department: str
    department_name: str
    encounter_class: str
    drg_code: str | None
    admitted_at: datetime
    discharged_at: datetime | None
    chargeable: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Where the cost of a month (or of all time) went: the three parts are the whole, to the last decimal."""

    with_drg: Decimal
    without_drg: Decimal
    department_only: Decimal
    total: Decimal


Months = str | Sequence[str] | None
"""A month, several, or all there ever were."""


def by_encounter(
    session: Session,
    period: Months = None,
    *,
    after: int = 0,
    limit: int = 200,
    departments: frozenset[int] | None = None,
    at: datetime | None = None,
) -> list[EncounterCost]:
    """Encounters with cost posted in a month, in several or ever, by number; `after` is the last one already seen.

    With `at` the cost that was recorded until then, on stays as they were known then.

    What was used on a stay before it was merged is the survivor's.
    """
    costs = _costs(session, period, departments, at)
    stay, department = stays_at(at), departments_at(at)
    query = (
        select(
            stay.id, stay.code.label("encounter"), stay.patient_name, department.code.label("department"),
            department.name.label("department_name"), stay.encounter_class, stay.drg_code, stay.admitted_at,
            stay.discharged_at, costs.c.chargeable, costs.c.total,
        )
        .select_from(stay)
        .join(costs, costs.c.case_id == stay.id)
        .join(department, department.id == stay.department_id)
        .where(stay.id > after)
        .order_by(stay.id)
        .limit(limit)
    )  # fmt: skip
    return [EncounterCost(**row._asdict()) for row in session.execute(query)]


def count_encounters(
    session: Session, period: Months, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> int:
    """How many encounters have cost posted in these months: the rows of `by_encounter`."""
    return session.scalar(select(func.count()).select_from(_costs(session, period, departments, at))) or 0


def sum_of_encounters(
    session: Session, period: Months, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> Decimal:
    """What encounters cost in these months: the sum of `by_encounter`."""
    return session.scalar(select(func.sum(_costs(session, period, departments, at).c.total))) or Decimal(0)


def _costs(session: Session, period: Months, departments: frozenset[int] | None, at: datetime | None) -> Subquery:
    """What was put on each case, and what of it is chargeable: from the sums of each night and what came since."""
    stays, stay = stay_costs(session, at), stays_at(at)
    charged = func.sum(stays.c.amount).filter(stays.c.chargeable)
    case_id = stands_for(stay)
    query = (
        select(
            case_id.label("case_id"), func.coalesce(charged, 0).label("chargeable"),
            func.sum(stays.c.amount).label("total"),
        )
        .join(stay, stay.id == stays.c.encounter_id)
        .group_by(case_id)
    )  # fmt: skip
    if period is not None:
        query = query.where(stays.c.period.in_([period] if isinstance(period, str) else period))
    if departments is not None:
        query = query.where(stays.c.department_id.in_(departments))
    return query.subquery("costs_of_cases")


def of_encounter(
    session: Session, encounter: Encounter, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> list[UseCost]:
    """Every use on one encounter (by these departments), and on those merged into it; their reversals too."""
    stay = stays_at(at)
    merged = select(stay.id).where(stay.merged_into_id == encounter.id)
    its = (Posting.encounter_id == encounter.id) | Posting.encounter_id.in_(merged)
    query = select_uses(at).where(its, is_cost(session))
    if departments is not None:
        query = query.where(Posting.department_id.in_(departments))
    if at is not None:
        query = query.where(EntryRow.recorded_at <= at)
    return list(as_uses(session, session.execute(query)))


def sum_of_encounter(
    session: Session, encounter: Encounter, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> Decimal:
    """What one encounter cost as lists of cases have it, from the sums of each night: that of `of_encounter`."""
    stay, stays = stays_at(at), stay_costs(session, at)
    its = select(stay.id).where((stay.id == encounter.id) | (stay.merged_into_id == encounter.id))
    query = select(func.sum(stays.c.amount)).where(stays.c.encounter_id.in_(its))
    if departments is not None:
        query = query.where(stays.c.department_id.in_(departments))
    return session.scalar(query) or Decimal(0)


def partition(session: Session, period: str | None = None, *, at: datetime | None = None) -> Partition:
    """The cost of a month (or ever) by whether it fell on a stay with a DRG, a stay without, or a department alone."""
    own, survivor = stays_at(at), stays_at(at)
    grouped = survivor.drg_code.is_not(None)
    stays = Posting.encounter_id.is_not(None)
    query = (
        select(stays, grouped, func.sum(Posting.amount))
        .select_from(Posting)
        .outerjoin(own, own.id == Posting.encounter_id)
        .outerjoin(survivor, survivor.id == stands_for(own))
        .where(is_cost(session))
        .group_by(stays, grouped)
    )
    if period is not None:
        query = query.where(Posting.period == period)
    if at is not None:
        query = query.where(Posting.entry_id.in_(select(EntryRow.id).where(EntryRow.recorded_at <= at)))
    parts = {"with_drg": Decimal(0), "without_drg": Decimal(0), "department_only": Decimal(0)}
    for on_stay, with_drg, amount in session.execute(query):
        name = "department_only" if not on_stay else "with_drg" if with_drg else "without_drg"
        parts[name] += amount
    return Partition(**parts, total=sum(parts.values(), Decimal(0)))
