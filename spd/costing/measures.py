"""This file is the bed-days and the revenue of departments in a month: the one place that everything asks.

Bed-days are counted from stays unless a figure was told; revenue is what was told in detail, else in one sum. What is
told stands with the other drivers of departments; told again, it replaces.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core import pasts
from spd.core.occasion import Occasion
from spd.costing.bed_days import Month, days_of_cases
from spd.costing.inputs import DriverInput, DriverInputPast, RevenueInput, drivers_at, revenue_at
from spd.ledger import instants_of
from spd.places import Department, get_department

BED_DAYS, REVENUE = "bed_days", "revenue"


@dataclass(frozen=True, kw_only=True)
class WorkloadTold:
    """One figure as somebody tells it."""

    period: str
    department: str
    measure: str
    amount: Decimal


def tell(session: Session, occasion: Occasion, said: Sequence[WorkloadTold]) -> int:
    """How many figures are now as told. Raises: UnknownDepartment."""
    for one in said:
        department = get_department(session, one.department)
        mine = select(DriverInput).where(
            DriverInput.period == one.period, DriverInput.department_id == department.id,
            DriverInput.driver == one.measure,
        )  # fmt: skip
        found = session.scalars(mine).one_or_none()
        before = None if found is None else pasts.values(DriverInputPast, found)
        found = found or DriverInput(period=one.period, department_id=department.id, driver=one.measure)
        found.amount = one.amount
        session.add(found)
        session.flush()  # told twice in one file, the later holds
        pasts.keep(session, DriverInputPast, [(found, before)], at=occasion.recorded_at)
    return len(said)


def revenue(session: Session, period: str, at: datetime | None = None) -> dict[int, Decimal]:
    """The revenue of departments in a month: what each earned by kind and for whom, else the sum that was told."""
    return driver(session, period, REVENUE, at) | earned(session, period, at=at)


def sums_alone(session: Session, period: str) -> dict[int, Decimal]:
    """The revenue of departments that was told in one sum, of those of which nothing is told in detail."""
    detailed = earned(session, period)
    return {one: amount for one, amount in driver(session, period, REVENUE).items() if one not in detailed}


def earned(
    session: Session, period: str, *, without: Collection[str] = (), at: datetime | None = None
) -> dict[int, Decimal]:
    """What was told in detail of each department's own work in a month, kinds left out that are named."""
    told = revenue_at(at)
    query = (
        select(told.department_id, func.sum(told.amount))
        .where(told.period == period, told.kind.not_in(without))
        .group_by(told.department_id)
    )
    found: dict[int, Decimal] = dict(session.execute(query).all())
    return found


def ordered(session: Session, period: str) -> dict[int, dict[int, Decimal]]:
    """Of each department's revenue in a month, what each department ordered."""
    query = (
        select(RevenueInput.department_id, RevenueInput.ordered_by_id, func.sum(RevenueInput.amount))
        .where(RevenueInput.period == period)
        .group_by(RevenueInput.department_id, RevenueInput.ordered_by_id)
    )
    found: dict[int, dict[int, Decimal]] = {}
    for who, by, amount in session.execute(query):
        found.setdefault(who, {})[by] = amount
    return found


def bed_days(session: Session, period: str, *, zone: ZoneInfo, at: datetime | None = None) -> dict[int, Decimal]:
    """The bed-days of departments in a month: those told, else those of its stays."""
    since, until = instants_of(session, period, zone)
    month = Month(period=period, since=since, until=until, zone=zone)
    cases = days_of_cases(session, month, one_each=False, at=at)
    counted = {department: Decimal(sum(of.values())) for department, of in cases.items()}
    return counted | driver(session, period, BED_DAYS, at)


def driver(session: Session, period: str, name: str, at: datetime | None = None) -> dict[int, Decimal]:
    """A driver of departments in a month, as told, or as it was told at an instant."""
    said = drivers_at(at)
    query = select(said.department_id, said.amount).where(said.period == period, said.driver == name)
    found: dict[int, Decimal] = dict(session.execute(query).all())
    return found


def told(session: Session) -> dict[tuple[str, str, str], Decimal]:
    """All bed-days and sums of revenue that were told, by month, department's code and measure."""
    query = (
        select(DriverInput, Department.code)
        .join(Department, Department.id == DriverInput.department_id)
        .where(DriverInput.driver.in_((BED_DAYS, REVENUE)))
    )
    return {(one.period, code, one.driver): one.amount for one, code in session.execute(query)}
