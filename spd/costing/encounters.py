"""This file is encounter cost, and the identity that ties encounters to departments and both to postings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session, aliased

from spd.costing.expense import is_cost
from spd.costing.movement_cost import UseCost, as_uses, select_uses
from spd.costing.stays import stay_costs
from spd.encounters import STANDS_FOR, Encounter
from spd.ledger import EntryRow, Posting
from spd.places import Department


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


_SURVIVOR = aliased(Encounter)


def by_encounter(
    session: Session,
    period: str | None = None,
    *,
    after: int = 0,
    limit: int = 200,
    departments: frozenset[int] | None = None,
    at: datetime | None = None,
) -> list[EncounterCost]:
    """Encounters with cost posted in a month (or ever), by number; `after` is the last one already seen. With `at` the
    cost that was recorded until then.

    What was used on a stay before it was merged is the survivor's.
    """
    costs = _costs(session, period, departments, at)
    query = (
        select(_SURVIVOR, Department.code, Department.name, costs.c.chargeable, costs.c.total)
        .join(costs, costs.c.case_id == _SURVIVOR.id)
        .join(Department, Department.id == _SURVIVOR.department_id)
        .where(_SURVIVOR.id > after)
        .order_by(_SURVIVOR.id)
        .limit(limit)
    )
    return [
        EncounterCost(
            id=stay.id,
            encounter=stay.code,
            patient_name=stay.patient_name,
            department=code,
            department_name=name,
            encounter_class=stay.encounter_class,
            drg_code=stay.drg_code,
            admitted_at=stay.admitted_at,
            discharged_at=stay.discharged_at,
            chargeable=chargeable,
            total=total,
        )
        for stay, code, name, chargeable, total in session.execute(query)
    ]


def count_encounters(
    session: Session, period: str, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> int:
    """How many encounters have cost posted in a month: the rows of `by_encounter`."""
    return session.scalar(select(func.count()).select_from(_costs(session, period, departments, at))) or 0


def _costs(session: Session, period: str | None, departments: frozenset[int] | None, at: datetime | None) -> Subquery:
    """What was put on each case, and what of it is chargeable: from the sums of each night and what came since."""
    stays = stay_costs(session, at)
    charged = func.sum(stays.c.amount).filter(stays.c.chargeable)
    query = (
        select(
            STANDS_FOR.label("case_id"), func.coalesce(charged, 0).label("chargeable"),
            func.sum(stays.c.amount).label("total"),
        )
        .join(Encounter, Encounter.id == stays.c.encounter_id)
        .group_by(STANDS_FOR)
    )  # fmt: skip
    if period is not None:
        query = query.where(stays.c.period == period)
    if departments is not None:
        query = query.where(stays.c.department_id.in_(departments))
    return query.subquery("costs_of_cases")


def of_encounter(
    session: Session, encounter: Encounter, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> list[UseCost]:
    """Every use on one encounter (by these departments), and on those merged into it; their reversals too."""
    merged = select(Encounter.id).where(Encounter.merged_into_id == encounter.id)
    its = (Posting.encounter_id == encounter.id) | Posting.encounter_id.in_(merged)
    query = select_uses().where(its, is_cost(session))
    if departments is not None:
        query = query.where(Posting.department_id.in_(departments))
    if at is not None:
        query = query.where(EntryRow.recorded_at <= at)
    return list(as_uses(session, session.execute(query)))


def partition(session: Session, period: str | None = None, *, at: datetime | None = None) -> Partition:
    """The cost of a month (or ever) by whether it fell on a stay with a DRG, a stay without, or a department alone."""
    grouped = _SURVIVOR.drg_code.is_not(None)
    stays = Posting.encounter_id.is_not(None)
    query = (
        select(stays, grouped, func.sum(Posting.amount))
        .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
        .outerjoin(_SURVIVOR, _SURVIVOR.id == STANDS_FOR)
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
