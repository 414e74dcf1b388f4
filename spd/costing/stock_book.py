"""This file is the stock book (进销存): opening + in − out ± adjustments = closing, by department or product."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from spd.catalog import products_at, products_classed
from spd.costing.filters import Filter
from spd.ledger import CHANGES, Item, Part, Sides, Span, flows, sides_of
from spd.places import department_at


@dataclass(kw_only=True)
class BookLine:
    """One department, or one product of a department. Amounts at price, signed: what goes is below zero."""

    key: str
    name: str
    name_en: str
    unit: str = ""
    amounts: dict[str, Decimal] = field(default_factory=dict)
    quantities: dict[str, int] = field(default_factory=dict)

    def amount(self, part: str) -> Decimal:
        """What the part is worth; zero where there was none."""
        return self.amounts.get(part, Decimal(0))

    def quantity(self, part: str) -> int:
        """How many base units the part is."""
        return self.quantities.get(part, 0)

    @property
    def left_over(self) -> Decimal:
        """Opening and changes less closing: zero where the book is right."""
        return sum((self.amount(part) for part in (Part.OPENING, *CHANGES)), Decimal(0)) - self.amount(Part.CLOSING)

    def add(self, part: str, quantity: int, amount: Decimal) -> None:
        """One more row of the part."""
        self.amounts[part] = self.amount(part) + amount
        self.quantities[part] = self.quantity(part) + quantity


def stock_book(session: Session, said: Filter) -> list[BookLine]:
    """The book by department, in the order of their codes; of one class where it is named."""
    meant = session.execute(said.departments_meant("code", "name", "name_en"))
    lines = {one.id: BookLine(key=one.code, name=one.name, name_en=one.name_en) for one in meant}
    for one in flows.stock(session, _span(said)):
        if one.department_id in lines and said.product_class in (None, one.product_class):
            lines[one.department_id].add(one.part, one.quantity, one.amount)
    return [line for line in lines.values() if any(line.amounts.values())]


def department_book(session: Session, said: Filter) -> list[BookLine]:
    """The book of the department named, by product. Raises: UnknownDepartment."""
    department = department_at(session, said.department or "", said.at)
    if said.departments is not None and department.id not in said.departments:
        return []
    rows = flows.of_department(session, _span(said), department.id)
    product = products_at(said.at)
    query = select(product.id, product.code, product.name, product.name_en, product.base_unit).order_by(product.code)
    query = query.where(product.id.in_({row[0] for row in rows}))
    if said.product_class is not None:
        query = query.where(product.id.in_(_of_class(session, said, said.product_class)))
    lines = {
        one.id: BookLine(key=one.code, name=one.name, name_en=one.name_en, unit=one.base_unit)
        for one in session.execute(query)
    }
    for number, part, quantity, amount in rows:
        if number in lines:
            lines[number].add(part, quantity, amount)
    return list(lines.values())


def book_sides(session: Session, said: Filter) -> Sides:
    """The movements behind the book of the department named; those of one class or product where these are named.

    Of a department that the reader may not see, none. Raises: UnknownDepartment.
    """
    department = department_at(session, said.department or "", said.at)
    sides = sides_of(session, _span(said), department.id)
    query = sides.select
    if said.departments is not None:
        query = query.where(literal(department.id in said.departments))
    if said.product_class is not None:
        query = query.where(Item.product_id.in_(_of_class(session, said, said.product_class)))
    if said.product is not None:
        query = query.where(sides.product.code == said.product)
    return replace(sides, select=query)


def _of_class(session: Session, said: Filter, product_class: str) -> Select[Any]:
    """The products of a class, as the book by department counts them."""
    product = products_classed(session, flows.class_instant(session, _span(said)))
    return select(product.id).where(product.product_class == product_class)


def _span(said: Filter) -> Span:
    """The months asked for, as they were at the instant asked for."""
    return Span(first=said.periods[0], last=said.period, at=said.at)
