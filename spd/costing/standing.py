"""This file is how budgets stand: what may be used, what was, who is near the end of it, who is over it.

Who is over gets no more refills until somebody releases the month. Nothing here is asked at the bedside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd import policies
from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Name
from spd.core.occasion import Occasion
from spd.costing import budgets, cells, measures
from spd.costing.budgets import Basis
from spd.costing.filters import Filter
from spd.places import departments_at, get_department
from spd.staff import Staff


class Stands(StrEnum):
    """How far a budget is used up."""

    FINE = "fine"
    NEAR = "near"
    OVER = "over"


class BudgetRelease(AppendOnly, Base):
    """Refills of a department in a month, let through though its budget is used up."""

    __tablename__ = "budget_releases"
    __table_args__ = (UniqueConstraint("period", "department_id"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    reason: Mapped[Name]
    released_at: Mapped[Instant]
    released_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One line of the budget in a month. `measured`: bed-days or revenue; none where it is not known.

    allowed: yuan that may be used; none where it cannot be told. used: yuan that were.
    """

    department_id: int
    department: str
    name: str
    name_en: str
    product_class: str
    basis: str
    amount: Decimal
    measured: Decimal | None
    allowed: Decimal | None
    used: Decimal
    stands: Stands
    released: bool

    @property
    def goods(self) -> str:
        """The class, or that it is of all."""
        return self.product_class or "all"

    @property
    def percent(self) -> Decimal | None:
        """How much of it is used, in per cent to one decimal."""
        if not self.allowed:
            return None
        return (100 * self.used / self.allowed).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class _Allowed:
    """A line with what it comes to in a month."""

    line: budgets.BudgetLine
    department: budgets.Whose
    measured: Decimal | None
    amount: Decimal | None


def _allowed(session: Session, said: Filter, *, zone: ZoneInfo) -> list[_Allowed]:
    """The lines in force in a month, each with what it comes to; what was used is not asked."""
    period, at = said.period, said.at
    version = budgets.in_force(session, period, at)
    lines = [
        (line, department) for line, department in (budgets.lines_of(session, version, at) if version else [])
        if said.departments is None or department.id in said.departments
    ]  # fmt: skip
    bases = {line.basis for line, _ in lines}
    known = {
        Basis.BED_DAY: measures.bed_days(session, period, zone=zone, at=at) if Basis.BED_DAY in bases else {},
        Basis.REVENUE: measures.revenue(session, period, at) if Basis.REVENUE in bases else {},
    }
    found = []
    for line, department in lines:
        basis = Basis(line.basis)
        measured = None if basis is Basis.MONTH else known[basis].get(department.id)
        amount = line.amount if basis is Basis.MONTH else _of(line.amount, measured, basis)
        found.append(_Allowed(line, department, measured, amount))
    return found


def standings(
    session: Session, period: str, *, zone: ZoneInfo, departments: frozenset[int] | None = None,
    at: datetime | None = None,
) -> list[Standing]:  # fmt: skip
    """How every line of the budget in force stands in a month; of these departments only, where they are named. With
    `at` by what was approved, told and recorded until then."""
    said = Filter(period=period, departments=departments, at=at)
    lines = _allowed(session, said, zone=zone)
    if not lines:
        return []
    used = _used(session, said)
    near = policies.get(session, "budget.warn_percent", at=at)
    free = _released(session, period, at)
    return [_standing(one, used, near=near, released=one.department.id in free) for one in lines]


def _standing(one: _Allowed, used: dict[tuple[int, str], Decimal], *, near: int, released: bool) -> Standing:
    line, department, allowed = one.line, one.department, one.amount
    spent = used.get((department.id, line.product_class), Decimal(0))
    stands = Stands.FINE
    if allowed is not None and spent > allowed:
        stands = Stands.OVER
    elif allowed and 100 * spent >= near * allowed:
        stands = Stands.NEAR
    return Standing(
        department_id=department.id, department=department.code, name=department.name, name_en=department.name_en,
        product_class=line.product_class, basis=line.basis, amount=line.amount, measured=one.measured,
        allowed=allowed, used=spent, stands=stands, released=released,
    )  # fmt: skip


def _of(amount: Decimal, measured: Decimal | None, basis: Basis) -> Decimal | None:
    """What so many bed-days, or so much revenue, allow, to the cent."""
    if measured is None:
        return None
    allowed = amount * measured / (100 if basis is Basis.REVENUE else 1)
    return allowed.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _used(session: Session, said: Filter) -> dict[tuple[int, str], Decimal]:
    """By department and class, and by department in all (the empty class)."""
    found: dict[tuple[int, str], Decimal] = {}
    for cell in cells.of(session, said):
        for product_class in ("", cell.product_class):
            key = (cell.department_id, product_class)
            found[key] = found.get(key, Decimal(0)) + cell.amount
    return found


def blocked(session: Session, period: str, *, zone: ZoneInfo) -> dict[int, Standing]:
    """The departments whose refills stop in a month, each with the line it is over; none where hospitals only warn."""
    if policies.get(session, "budget.refill") != "block":
        return {}
    over = [one for one in standings(session, period, zone=zone) if one.stands is Stands.OVER and not one.released]
    return {one.department_id: one for one in reversed(over)}


def release(session: Session, occasion: Occasion, *, period: str, department: str, reason: str) -> BudgetRelease:
    """Refills of the department go on in this month. Released again, it stays as it is. Raises: UnknownDepartment."""
    found = get_department(session, department)
    mine = select(BudgetRelease).where(BudgetRelease.period == period, BudgetRelease.department_id == found.id)
    if done := session.scalars(mine).one_or_none():
        return done
    made = BudgetRelease(
        period=period, department_id=found.id, reason=reason, released_at=occasion.recorded_at,
        released_by_id=occasion.staff_id,
    )  # fmt: skip
    session.add(made)
    session.flush()  # what follows asks whether it is there
    return made


@dataclass(frozen=True, kw_only=True)
class Released:
    """Refills of a department let through in a month: why, when, by whom."""

    department: str
    name: str
    name_en: str
    reason: str
    released_at: datetime
    who: str


def releases(
    session: Session, period: str, *, departments: frozenset[int] | None = None, at: datetime | None = None
) -> list[Released]:
    """Whose refills were let through in a month, in order; of these departments alone, where they are named."""
    department = departments_at(at)
    query = (
        select(department.code, department.name, department.name_en, BudgetRelease.reason, BudgetRelease.released_at,
               Staff.name)
        .join(department, department.id == BudgetRelease.department_id)
        .join(Staff, Staff.id == BudgetRelease.released_by_id)
        .where(BudgetRelease.period == period)
        .order_by(BudgetRelease.id)
    )  # fmt: skip
    if departments is not None:
        query = query.where(BudgetRelease.department_id.in_(departments))
    if at is not None:
        query = query.where(BudgetRelease.released_at <= at)
    return [
        Released(department=code, name=name, name_en=english, reason=reason, released_at=when, who=who)
        for code, name, english, reason, when, who in session.execute(query)
    ]


def _released(session: Session, period: str, at: datetime | None) -> set[int]:
    query = select(BudgetRelease.department_id).where(BudgetRelease.period == period)
    return set(session.scalars(query if at is None else query.where(BudgetRelease.released_at <= at)))


def monthly_budget(session: Session, said: Filter, *, zone: ZoneInfo) -> dict[str, dict[int, Decimal]]:
    """What departments may use in each month asked for, of the class asked for; what cannot be told is left out.

    Where a department has several lines of one class, the smallest is what it may use. Classes add up only where no
    line says what all together may be.
    """
    found: dict[str, dict[int, Decimal]] = {}
    for period in said.periods:
        by_class: dict[tuple[int, str], Decimal] = {}
        for one in _allowed(session, Filter(period=period, departments=said.departments, at=said.at), zone=zone):
            if one.amount is not None:
                key = (one.department.id, one.line.product_class)
                by_class[key] = min(by_class.get(key, one.amount), one.amount)
        found[period] = _for_class(by_class, said.product_class)
    return found


def _for_class(by_class: dict[tuple[int, str], Decimal], product_class: str | None) -> dict[int, Decimal]:
    if product_class is not None:
        return {department: amount for (department, of), amount in by_class.items() if of == product_class}
    summed: dict[int, Decimal] = {}
    for (department, of), amount in by_class.items():
        if of:
            summed[department] = summed.get(department, Decimal(0)) + amount
    return summed | {department: amount for (department, of), amount in by_class.items() if not of}
