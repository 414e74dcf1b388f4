"""This file is the services that were done on cases in a month, at their unit costs; and those that have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from spd.core.money import to_scaled
from spd.costing.case_models import CaseRun, CaseService, ServiceUnitCost, UnpricedService
from spd.costing.versions import CostTable
from spd.encounters import survivors


@dataclass(frozen=True, kw_only=True)
class Services:
    """By case how often at what unit cost, in ten-thousandths of a yuan; and by service without one on how many cases
    it was done, and how often."""

    done: Mapping[int, list[tuple[int, int]]]
    unpriced: Mapping[str, tuple[int, int]]


def services(session: Session, period: str, tables: CostTable) -> Services:
    """The services of a month; what was done on a merged stay is its survivor's."""
    priced = and_(ServiceUnitCost.service == CaseService.service, ServiceUnitCost.table_id == tables.id)
    query: Any = (
        select(CaseService.encounter_id, CaseService.service, CaseService.quantity, ServiceUnitCost.unit_cost)
        .outerjoin(ServiceUnitCost, priced)
        .where(CaseService.period == period, CaseService.quantity != 0)
    )
    done: dict[int, list[tuple[int, int]]] = {}
    without: dict[str, dict[int, int]] = {}
    whose = survivors(session)
    for number, service, quantity, unit_cost in session.execute(query):
        case = whose.get(number, number)
        if unit_cost is None:
            of = without.setdefault(service, {})
            of[case] = of.get(case, 0) + quantity
        else:
            done.setdefault(case, []).append((quantity, to_scaled(unit_cost)))
    unpriced = {service: (len(of), sum(of.values())) for service, of in without.items()}
    return Services(done=done, unpriced=unpriced)


def unpriced_of(session: Session, run: CaseRun) -> list[UnpricedService]:
    """The services that a run left out for want of a unit cost, by code: what they cost lies in the variance."""
    query = select(UnpricedService).where(UnpricedService.run_id == run.id).order_by(UnpricedService.service)
    return list(session.scalars(query))
