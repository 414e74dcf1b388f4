"""This file is department cost: month × department × class × chargeable, and down to products and single uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.costing.expense import is_cost
from spd.costing.movement_cost import UseCost, as_use, select_uses
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.places import Department


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which cost: a month, and within it whatever is named. `departments` is the reader's scope; None is all."""

    period: str
    departments: frozenset[int] | None = None
    department: str | None = None
    product_class: str | None = None
    chargeable: bool | None = None
    product: str | None = None


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """One cell: what a department used of one class, chargeable or not."""

    department_id: int
    product_class: str
    chargeable: bool
    amount: Decimal


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


def roll_up(session: Session, period: str) -> list[RollUp]:
    """A month's cost in its smallest cells; reads one index and nothing else."""
    query = (
        select(Posting.department_id, Posting.product_class, Posting.chargeable, func.sum(Posting.amount))
        .where(Posting.period == period, is_cost(session))
        .group_by(Posting.department_id, Posting.product_class, Posting.chargeable)
        .order_by(Posting.department_id, Posting.product_class, Posting.chargeable)
    )
    return [
        RollUp(department_id=department or 0, product_class=product_class, chargeable=chargeable, amount=amount)
        for department, product_class, chargeable, amount in session.execute(query)
    ]


def by_department(session: Session, said: Filter) -> list[DepartmentCost]:
    """The month by department, in the order of their codes; departments that used nothing are left out."""
    cells: dict[int, list[RollUp]] = {}
    for cell in roll_up(session, said.period):
        if _wanted(cell, said):
            cells.setdefault(cell.department_id, []).append(cell)
    query = select(Department).where(Department.id.in_(cells)).order_by(Department.code)
    if said.department is not None:
        query = query.where(Department.code == said.department)
    return [_cost(department, cells[department.id]) for department in session.scalars(query)]


def _wanted(cell: RollUp, said: Filter) -> bool:
    return (
        (said.departments is None or cell.department_id in said.departments)
        and said.product_class in (None, cell.product_class)
        and said.chargeable in (None, cell.chargeable)
    )


def _cost(department: Department, cells: Sequence[RollUp]) -> DepartmentCost:
    def of(**wanted: Any) -> Decimal:
        chosen = (c.amount for c in cells if all(getattr(c, name) == value for name, value in wanted.items()))
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


def _conditions(session: Session, said: Filter) -> list[ColumnElement[bool]]:
    return [Posting.period == said.period, *_within(session, said)]


def _within(session: Session, said: Filter) -> list[ColumnElement[bool]]:
    """What is chosen, in whatever month."""
    conditions = [is_cost(session)]
    if said.departments is not None:
        conditions.append(Posting.department_id.in_(said.departments))
    if said.department is not None:
        conditions.append(Posting.department_id.in_(select(Department.id).where(Department.code == said.department)))
    if said.product_class is not None:
        conditions.append(Posting.product_class == said.product_class)
    if said.chargeable is not None:
        conditions.append(Posting.chargeable == said.chargeable)
    if said.product is not None:
        conditions.append(Posting.product_id.in_(select(Product.id).where(Product.code == said.product)))
    return conditions


def by_product(session: Session, said: Filter) -> list[ProductCost]:
    """The chosen cost by product, the dearest first."""
    sign: Any = func.sign(Posting.__table__.c.amount)
    amount = func.sum(Posting.amount)
    query = (
        select(
            Product.code.label("product"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Posting.product_class,
            Posting.chargeable,
            func.sum(sign * Movement.quantity).label("quantity"),
            amount.label("amount"),
        )
        .join(Product, Product.id == Posting.product_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(*_conditions(session, said))
        .group_by(Product.id, Posting.product_class, Posting.chargeable)
        .order_by(amount.desc(), Product.code)
    )
    return [ProductCost(**(row._asdict() | {"quantity": int(row.quantity)})) for row in session.execute(query)]


def by_month(session: Session, said: Filter, *, months: int = 12) -> list[MonthCost]:
    """The chosen cost in each of so many months up to the one chosen, the earliest first; zero where there was none."""
    year, month = int(said.period[:4]), int(said.period[5:])
    counted = [year * 12 + month - 1 - back for back in reversed(range(months))]
    wanted = [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in counted]
    query = (
        select(Posting.period, func.sum(Posting.amount))
        .where(Posting.period.in_(wanted), *_within(session, said))
        .group_by(Posting.period)
    )
    found: dict[str, Decimal] = dict(session.execute(query).all())
    return [MonthCost(period=period, amount=found.get(period, Decimal(0))) for period in wanted]


def uses(session: Session, said: Filter, *, after: int = 0, limit: int = 200) -> list[UseCost]:
    """The movements behind the chosen cost, in order of posting; `after` is the last posting already seen."""
    query = select_uses().where(*_conditions(session, said), Posting.id > after).limit(limit)
    return [as_use(row) for row in session.execute(query)]
