"""This file is what quotas are multiplied by: the bed-days and the revenue of departments in a month.

Bed-days are counted from stays unless a figure was told; revenue is always told. What is told again replaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.clock import day_of
from spd.core.columns import Id, Instant, Money, Word
from spd.core.occasion import Occasion
from spd.encounters import Encounter
from spd.ledger import instants_of
from spd.places import Department, get_department

BED_DAYS, REVENUE = "bed_days", "revenue"


class Workload(Base):
    """What a department was told to have had in a month: bed-days or revenue."""

    __tablename__ = "workloads"
    __table_args__ = (UniqueConstraint("period", "department_id", "measure"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    measure: Mapped[Word]
    amount: Mapped[Money]
    told_at: Mapped[Instant]
    told_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


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
        mine = select(Workload).where(
            Workload.period == one.period, Workload.department_id == department.id, Workload.measure == one.measure
        )
        found = session.scalars(mine).one_or_none() or Workload(
            period=one.period, department_id=department.id, measure=one.measure
        )
        found.amount, found.told_at, found.told_by_id = one.amount, occasion.recorded_at, occasion.staff_id
        session.add(found)
        session.flush()  # told twice in one file, the later holds
    return len(said)


def revenue(session: Session, period: str) -> dict[int, Decimal]:
    """The revenue of departments in a month, as told."""
    return _told(session, period, REVENUE)


def bed_days(session: Session, period: str, *, zone: ZoneInfo) -> dict[int, Decimal]:
    """The bed-days of departments in a month: those told, else those of its stays.

    The day of admission counts and that of discharge does not, unless it is the same.
    """
    since, until = instants_of(session, period, zone)
    first, after = day_of(since, zone), day_of(until, zone)
    query = select(Encounter.department_id, Encounter.admitted_at, Encounter.discharged_at).where(
        Encounter.encounter_class == "inpatient",
        Encounter.admitted_at < until,
        or_(Encounter.discharged_at.is_(None), Encounter.discharged_at >= since),
    )
    counted: dict[int, int] = {}
    for department, admitted, discharged in session.execute(query):
        begin = day_of(admitted, zone)
        end = after if discharged is None else max(day_of(discharged, zone), begin + timedelta(days=1))
        days = (min(end, after) - max(begin, first)).days
        if days > 0:
            counted[department] = counted.get(department, 0) + days
    return {department: Decimal(days) for department, days in counted.items()} | _told(session, period, BED_DAYS)


def told(session: Session) -> dict[tuple[str, str, str], Decimal]:
    """All that was told, by month, department's code and measure."""
    query = select(Workload, Department.code).join(Department, Department.id == Workload.department_id)
    return {(one.period, code, one.measure): one.amount for one, code in session.execute(query)}


def _told(session: Session, period: str, measure: str) -> dict[int, Decimal]:
    query = select(Workload.department_id, Workload.amount).where(
        Workload.period == period, Workload.measure == measure
    )
    found: dict[int, Decimal] = dict(session.execute(query).all())
    return found
