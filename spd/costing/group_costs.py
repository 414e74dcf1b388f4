"""This file is at what cost a report on groups takes its cases: by a method, over every month that was costed by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from spd.core.clock import day_of
from spd.costing.case_models import CaseLine, CaseRun
from spd.costing.stays import Cases
from spd.encounters import EncounterClass, stays_at
from spd.ledger import accounting_month, months_between

MOST_MONTHS = 36
"""So far back a stay is looked for: who lies longer is told by the months that are."""
_EVER = "9999-12"


@dataclass(frozen=True, kw_only=True)
class CostBy:
    """The last costings by one method, of each month that was costed: a case has its share of every one of them."""

    method: str
    runs: tuple[int, ...]
    months: tuple[str, ...]


def methods(session: Session, through: str, at: datetime | None = None) -> list[str]:
    """The methods by which any month up to one was costed, now or at an instant."""
    query: Select[Any] = select(CaseRun.method).distinct()
    return sorted(session.scalars(_until(query, through, at)))


def cost_by(session: Session, method: str, through: str, at: datetime | None = None) -> CostBy | None:
    """What a method found of each month, now or at an instant; None where no month up to `through` was costed by it.

    Months after it count too: what was used on a case may be undone, or billed, when the case is long out.
    """
    query: Any = select(func.max(CaseRun.id), CaseRun.period).where(CaseRun.method == method)
    rows = session.execute(_until(query, _EVER, at).group_by(CaseRun.period).order_by(CaseRun.period)).all()
    if not rows or rows[0].period > through:
        return None
    return CostBy(method=method, runs=tuple(run for run, _month in rows), months=tuple(month for _run, month in rows))


def _until(query: Select[Any], through: str, at: datetime | None) -> Select[Any]:
    query = query.where(CaseRun.period <= through)
    return query if at is None else query.where(CaseRun.made_at <= at)


@dataclass(frozen=True, kw_only=True)
class CostingOfCase:
    """What one costing found of a case."""

    method: str
    month: str
    version: int
    amount: Decimal


def of_case(session: Session, stay: Any, at: datetime | None = None) -> list[CostingOfCase]:
    """What the last costing of each month by each method found of a case and of those merged into it, as they are or
    were known; by method and month."""
    seen = stays_at(at)
    its = select(seen.id).where((seen.id == stay.id) | (seen.merged_into_id == stay.id))
    last: Any = select(func.max(CaseRun.id)).group_by(CaseRun.method, CaseRun.period)
    query = (
        select(CaseRun.method, CaseRun.period, CaseRun.version, func.sum(CaseLine.amount))
        .join(CaseLine, CaseLine.run_id == CaseRun.id)
        .where(CaseLine.encounter_id.in_(its), CaseRun.id.in_(_until(last, _EVER, at)))
        .group_by(CaseRun.id, CaseRun.method, CaseRun.period, CaseRun.version)
        .order_by(CaseRun.method, CaseRun.period)
    )
    return [
        CostingOfCase(method=method, month=month, version=version, amount=amount)
        for method, month, version, amount in session.execute(query)
    ]


def uncosted(session: Session, cases: Cases, by: CostBy, through: str, zone: ZoneInfo) -> Sequence[str]:
    """The months in which inpatients of these cases lay that the method did not cost: that of their cost is missing."""
    stay = cases.stay
    first = session.scalar(
        select(func.min(stay.admitted_at)).where(
            cases.which, stay.encounter_class == EncounterClass.INPATIENT.value
        )
    )  # fmt: skip
    if first is None:
        return []
    came = accounting_month(session, day_of(first, zone))
    lain = months_between(came, through) if came < through else [through]
    return [month for month in lain[-MOST_MONTHS:] if month not in by.months]
