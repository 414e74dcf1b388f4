"""This file is department cost: months × department × class × chargeable, and down to products and single uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from spd.catalog import products_at
from spd.costing import cells
from spd.costing.cells import RollUp
from spd.costing.filters import Filter
from spd.costing.movement_cost import UseCost, as_uses, select_uses
from spd.ledger import EntryRow, Movement, Posting, shifted
from spd.places import departments_at

_AT_ONCE = 2_000  # rows of a long file that are read together


@dataclass(frozen=True, kw_only=True)
class DepartmentCost:
    """One department's month. The parts add up to the total, exactly."""

    department: str
    name: str
    name_en: str
    cost_class: str
    campus: str
    high_value: Decimal
    low_value: Decimal
    reagent: Decimal
    chargeable: Decimal
    not_chargeable: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class ProductCost:
    """One product's share of a department's month."""

    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    chargeable: bool
    quantity: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class MonthCost:
    """What a month cost."""

    period: str
    amount: Decimal


def by_department(session: Session, said: Filter) -> list[DepartmentCost]:
    """What is chosen by department, in the order of their codes; departments that used nothing are left out."""
    found: dict[int, list[RollUp]] = {}
    for cell in cells.of(session, said):
        found.setdefault(cell.department_id, []).append(cell)
    department = departments_at(said.at)
    query = select(
        department.id, department.code, department.name, department.name_en, department.cost_class, department.campus
    )
    its = session.execute(query.where(department.id.in_(found)).order_by(department.code))
    return [_cost(one, found[one.id]) for one in its]


def _cost(department: Any, parts: Sequence[RollUp]) -> DepartmentCost:
    def of(**wanted: Any) -> Decimal:
        chosen = (c.amount for c in parts if all(getattr(c, name) == value for name, value in wanted.items()))
        return sum(chosen, Decimal(0))

    return DepartmentCost(
        department=department.code,
        name=department.name,
        name_en=department.name_en,
        cost_class=department.cost_class,
        campus=department.campus,
        high_value=of(product_class="high_value"),
        low_value=of(product_class="low_value"),
        reagent=of(product_class="reagent"),
        chargeable=of(chargeable=True),
        not_chargeable=of(chargeable=False),
        total=of(),
    )


def by_product(session: Session, said: Filter) -> list[ProductCost]:
    """The chosen cost by product, the dearest first."""
    sign: Any = func.sign(Posting.__table__.c.amount)
    amount = func.sum(Posting.amount)
    product = products_at(said.at)
    named = (product.code, product.name, product.name_en, product.specification, product.base_unit)
    query = (
        select(
            product.code.label("product"),
            *named[1:],
            Posting.product_class,
            Posting.chargeable,
            func.coalesce(func.sum(sign * Movement.quantity), 0).label("quantity"),
            amount.label("amount"),
        )
        .join(product, product.id == Posting.product_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .outerjoin(Movement, Movement.id == EntryRow.movement_id)
        .where(*said.conditions(session))
        .group_by(product.id, *(named if said.at else ()), Posting.product_class, Posting.chargeable)
        .order_by(amount.desc(), product.code)
    )
    return [ProductCost(**(row._asdict() | {"quantity": int(row.quantity)})) for row in session.execute(query)]


def by_month(session: Session, said: Filter, *, months: int = 12) -> list[MonthCost]:
    """The chosen cost in each of so many months up to the one chosen, the earliest first; zero where there was none."""
    wanted = [shifted(said.period, -back) for back in reversed(range(months))]
    found = cells.of_months(session, said, wanted)
    return [MonthCost(period=period, amount=found.get(period, Decimal(0))) for period in wanted]


def uses(session: Session, said: Filter, *, after: int = 0, limit: int = 200) -> list[UseCost]:
    """The movements behind the chosen cost, in order of posting; `after` is the last posting already seen."""
    mine = _numbers(session, said).where(Posting.id > after).limit(limit)
    return _of_numbers(session, said, session.scalars(mine).all())


def every_use(session: Session, said: Filter) -> Iterator[UseCost]:
    """All movements behind the chosen cost, in order of posting, read as they are wanted: for files."""
    for numbers in session.scalars(_numbers(session, said).execution_options(yield_per=_AT_ONCE)).partitions():
        yield from _of_numbers(session, said, numbers)


def _numbers(session: Session, said: Filter) -> Select[Any]:
    """The postings of the chosen cost, in order. Their months are found by their index and sorted: to walk all
    postings there ever were in their order, as the database would, is to read those of other months too."""
    return select(Posting.id).where(*said.conditions(session)).order_by(Posting.id + 0)


def _of_numbers(session: Session, said: Filter, numbers: Sequence[int]) -> list[UseCost]:
    """The movements behind these postings, each looked up by its number."""
    return list(as_uses(session, session.execute(select_uses(said.at).where(Posting.id.in_(numbers)))))


def count_uses(session: Session, said: Filter) -> int:
    """How many movements are behind the chosen cost."""
    query = select(func.count()).select_from(Posting).where(*said.conditions(session))
    return session.scalar(query) or 0


def amount_of_uses(session: Session, said: Filter) -> Decimal:
    """What the movements behind the chosen cost come to."""
    query = select(func.sum(Posting.amount)).where(*said.conditions(session))
    return session.scalar(query) or Decimal(0)


def by_week(session: Session, said: Filter) -> dict[tuple[int, date], Decimal]:
    """The chosen cost by department and week (its Monday), by the day of use."""
    query = (
        select(Posting.department_id, EntryRow.day_on, func.sum(Posting.amount))
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(*said.conditions(session))
        .group_by(Posting.department_id, EntryRow.day_on)
    )
    found: dict[tuple[int, date], Decimal] = {}
    for department, day, amount in session.execute(query):
        key = (department or 0, day - timedelta(days=day.weekday()))
        found[key] = found.get(key, Decimal(0)) + amount
    return found
