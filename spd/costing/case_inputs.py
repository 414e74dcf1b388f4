"""This file is what a month knows of its cases: what lies on each by itself, and drivers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.money import to_scaled
from spd.costing.bed_days import Month, Weights, days_of_cases
from spd.costing.case_methods import CaseItem
from spd.costing.case_models import CaseRevenue
from spd.costing.expense import is_cost
from spd.costing.inputs import RevenueKind
from spd.costing.stays import stay_costs
from spd.encounters import survivors
from spd.ledger import Posting

DRIVERS = ("bed_days", "cases", "direct_cost", "revenue")
"""By what cost is shared among cases: days in bed, one each, chargeable consumables, what they were billed."""
NOT_SERVICE = (RevenueKind.DRUG.value, RevenueKind.MATERIAL.value, RevenueKind.MONITORED_MATERIAL.value)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a month knows of its cases, in ten-thousandths of a yuan; what lies on a merged stay is its survivor's."""

    traced: dict[int, dict[CaseItem, int]]
    chargeable_by: dict[int, int]
    """Chargeable consumables on cases, by the department that used them."""
    drugs_by: dict[int, int]


def known(session: Session, month: Month) -> Known:
    """Drugs and consumables that lie on cases in a month, and which departments used and billed them."""
    stays, whose = stay_costs(session), survivors(session)
    traced: dict[int, dict[CaseItem, int]] = {}
    chargeable_by: dict[int, int] = {}
    drugs_by: dict[int, int] = {}
    query = select(stays).where(stays.c.period == month.period)
    for row in session.execute(query):
        item = CaseItem.CHARGEABLE if row.chargeable else CaseItem.OTHER_MATERIALS
        of = traced.setdefault(whose.get(row.encounter_id, row.encounter_id), {})
        of[item] = of.get(item, 0) + to_scaled(row.amount)
        if row.chargeable:
            chargeable_by[row.department_id] = chargeable_by.get(row.department_id, 0) + to_scaled(row.amount)
    drugs = (
        select(CaseRevenue.encounter_id, CaseRevenue.department_id, CaseRevenue.amount)
        .where(CaseRevenue.period == month.period, CaseRevenue.kind == RevenueKind.DRUG.value)
    )  # fmt: skip
    for encounter, department, amount in session.execute(drugs):
        of = traced.setdefault(whose.get(encounter, encounter), {})
        of[CaseItem.DRUGS] = of.get(CaseItem.DRUGS, 0) + to_scaled(amount)
        drugs_by[department] = drugs_by.get(department, 0) + to_scaled(amount)
    return Known(traced=traced, chargeable_by=chargeable_by, drugs_by=drugs_by)


def on_nobody(session: Session, period: str) -> dict[int | None, int]:
    """What departments used on nobody in a month; under None what is no department's (lost in the central store)."""
    query = (
        select(Posting.department_id, func.sum(Posting.amount))
        .where(Posting.period == period, is_cost(session), Posting.encounter_id.is_(None))
        .group_by(Posting.department_id)
    )
    return {department: to_scaled(amount) for department, amount in session.execute(query)}


def weights(session: Session, month: Month, driver: str) -> Weights:
    """A driver by department and case, where there is any of it."""
    found = _weights(session, month, driver)
    return {who: {case: weight for case, weight in of.items() if weight > 0} for who, of in found.items()}


def billed(session: Session, month: Month) -> Weights:
    """What departments billed for services by case, refunds with it: of a case it may be below zero."""
    return _weights(session, month, "revenue")


def _weights(session: Session, month: Month, driver: str) -> Weights:
    if driver in ("bed_days", "cases"):
        return days_of_cases(session, month, one_each=driver == "cases")
    if driver == "direct_cost":
        stays = stay_costs(session)
        query = select(stays.c.department_id, stays.c.encounter_id, stays.c.amount).where(
            stays.c.period == month.period, stays.c.chargeable
        )
    else:
        query = select(CaseRevenue.department_id, CaseRevenue.encounter_id, CaseRevenue.amount).where(
            CaseRevenue.period == month.period, CaseRevenue.kind.not_in(NOT_SERVICE)
        )
    found: Weights = {}
    whose = survivors(session)
    for department, encounter, amount in session.execute(query):
        of, case = found.setdefault(department, {}), whose.get(encounter, encounter)
        of[case] = of.get(case, 0) + to_scaled(amount)
    return found
