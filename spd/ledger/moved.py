"""This file is what came to departments and went from them, and what lay there, summed from movements and things.

A movement belongs to the month of its day, unless that was closed when it came: then to the month open at the time.
What is counted is what lies with the department, whoever owns it; within a department nothing comes and nothing goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from spd.catalog import Product, products_at, products_classed
from spd.core.columns import worth
from spd.ledger import kept
from spd.ledger.models import Item, Movement
from spd.ledger.months import days_of, shifted
from spd.places import INSIDE, End, Location


class Part(StrEnum):
    """How stock changed, by what is at the other end. Undone, it counts against the same part."""

    OPENING = "opening"
    RECEIVED = "received"
    MOVED_IN = "moved_in"
    PACKED = "packed"
    USED = "used"
    MOVED_OUT = "moved_out"
    RETURNED = "returned"
    ADJUSTED = "adjusted"
    CLOSING = "closing"


CHANGES = tuple(part for part in Part if part not in (Part.OPENING, Part.CLOSING))


@dataclass(frozen=True, kw_only=True)
class Span:
    """Months from the first to the last, both included; with `at` as they were then."""

    first: str
    last: str
    at: datetime | None = None

    @property
    def before(self) -> str:
        """The month before the first."""
        return shifted(self.first, -1)


@dataclass(frozen=True, kw_only=True)
class By:
    """What is summed apart: departments by class, with `key` and `goods` as `by_class` gives them; or by product where
    these are named, or all of one department; with `stores` what is inside and no department's, in their stead."""

    key: Any = field(default_factory=lambda: Product.id)
    goods: Any = field(default_factory=lambda: Product)
    department: int | None = None
    products: Collection[int] | None = None
    stores: bool = False

    def conditions(self, place: Any) -> list[ColumnElement[bool]]:
        """What a place, and what lies there, must be."""
        department = place.department_id
        mine = department.is_not(None) if self.department is None else department == self.department
        if self.stores:
            mine = _whose(place) == _STORES
        return [mine] if self.products is None else [mine, self.goods.id.in_(self.products)]


def by_class(session: Session, at: datetime | None) -> By:
    """By the classes there are, or were at an instant."""
    goods = products_classed(session, at)
    return By(key=goods.product_class, goods=goods)


def changes(session: Session, span: Span, by: By) -> list[Any]:
    """What came and went in these months, from the movements."""
    return _moved(session, and_(_after(session, span.before), ~_after(session, span.last), _known(span)), by)


def opening(session: Session, span: Span, by: By) -> list[Any]:
    """What was there before the first of these months, summed from all that was moved until then."""
    return _moved(session, and_(~_after(session, span.before), _known(span)), by, part=Part.OPENING)


def closing(session: Session, last: str, by: By, at: datetime | None = None) -> list[Any]:
    """What was there after a month: what lies there now without what was moved since."""
    held: Any = (
        select(Location.department_id, by.key, func.sum(Item.quantity), func.sum(worth(Item.quantity, Item.unit_price)))
        .select_from(Item)
        .join(Location, Location.id == Item.location_id)
        .join(by.goods, by.goods.id == Item.product_id)
        .where(Item.quantity > 0, *by.conditions(Location))
        .group_by(Location.department_id, by.key)
    )
    found = {(where, what): (int(quantity), amount) for where, what, quantity, amount in session.execute(held)}
    later = _after(session, last)
    if at is not None:
        later = or_(later, Movement.recorded_at > at)
    since = _moved(session, later, by, part=Part.CLOSING)
    for where, what, _part, quantity, amount in since:
        before = found.get((where, what), (0, Decimal(0)))
        found[where, what] = (before[0] - quantity, before[1] - amount)
    return [(*key, Part.CLOSING.value, *what) for key, what in sorted(found.items()) if any(what)]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The movements behind a department's stock book: `select` has their numbers, joined to item and product; of each
    row the part it is of, where it came from or went to, and its signed quantity and worth; `product` is asked as
    `Product` is."""

    select: Any
    product: Any
    part: Any
    origin: Any
    goal: Any
    quantity: Any
    amount: Any


_ORIGIN = aliased(Location)
_GOAL = aliased(Location)
_STORES, _OUTSIDE = 0, -1  # no department has these numbers


def _whose(place: Any) -> Any:
    """The department of a place; the stores and what is on its way are one, and all that is outside is one."""
    return func.coalesce(place.department_id, case((place.kind.in_(INSIDE), _STORES), else_=_OUTSIDE))


def sides_of(session: Session, span: Span, department: int) -> Sides:
    """What came to a department and what went in these months, movement by movement: the rows of its parts."""
    crossing = _whose(_ORIGIN) != _whose(_GOAL)
    ours = and_(_after(session, span.before), ~_after(session, span.last), _known(span))
    came = _GOAL.department_id == department
    sign, product = case((came, 1), else_=-1), products_at(span.at)
    query = (
        select(Movement.id)
        .join(Item, Item.id == Movement.item_id)
        .join(product, product.id == Item.product_id)
        .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
        .join(_GOAL, _GOAL.id == Movement.to_location_id)
        .where(came | (_ORIGIN.department_id == department), crossing, ours)
    )
    return Sides(
        select=query, product=product, origin=_ORIGIN, goal=_GOAL,
        part=case((came, _part(_ORIGIN.id, came=True)), else_=_part(_GOAL.id, came=False)),
        quantity=sign * Movement.quantity, amount=worth(sign * Movement.quantity, Item.unit_price),
    )  # fmt: skip


def _after(session: Session, period: str) -> ColumnElement[bool]:
    """Whether a movement belongs to a later month than this one: of a later day, or made while this one was closed."""
    _first, last = days_of(session, period)
    return or_(Movement.day_on > last, *kept.while_closed(session, period))


def _known(span: Span) -> ColumnElement[bool]:
    """Whether a movement is to be counted."""
    return true() if span.at is None else Movement.recorded_at <= span.at


def _moved(session: Session, ours: ColumnElement[bool], by: By, *, part: Part | None = None) -> list[Any]:
    """(department, class or product, part, quantity, amount), signed, of movements between departments."""
    crossing = _whose(_ORIGIN) != _whose(_GOAL)
    sides = []
    for mine, other, sign in ((_GOAL, _ORIGIN, 1), (_ORIGIN, _GOAL, -1)):
        named: Any = _part(other.id, came=sign > 0) if part is None else literal(part.value)
        sides.append(
            select(
                mine.department_id.label("department"), by.key.label("key"), named.label("part"),
                func.sum(sign * Movement.quantity).label("quantity"),
                func.sum(worth(sign * Movement.quantity, Item.unit_price)).label("amount"),
            )
            .select_from(Movement)
            .join(Item, Item.id == Movement.item_id)
            .join(by.goods, by.goods.id == Item.product_id)
            .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
            .join(_GOAL, _GOAL.id == Movement.to_location_id)
            .where(*by.conditions(mine), crossing, ours)
            .group_by("department", "key", "part")
        )  # fmt: skip
    both = union_all(*sides).subquery()
    query = select(
        both.c.department, both.c.key, both.c.part, func.sum(both.c.quantity), func.sum(both.c.amount)
    ).group_by(both.c.department, both.c.key, both.c.part)
    return [(dept, key, name, int(quantity), amount) for dept, key, name, quantity, amount in session.execute(query)]


def _part(other: Any, *, came: bool) -> Any:
    """What a change is called, by what is at its other end."""
    return case(
        (other == End.SUPPLIER, Part.RECEIVED.value if came else Part.RETURNED.value),
        (other == End.PROCESSING, Part.PACKED.value),
        (other == End.PATIENT, Part.USED.value),
        (other.in_((End.LOSS, End.FOUND)), Part.ADJUSTED.value),
        else_=Part.MOVED_IN.value if came else Part.MOVED_OUT.value,
    )
