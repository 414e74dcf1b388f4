"""This file is what a department held and how it changed: opening + in − out ± adjustments = closing, at price.

A movement belongs to the month of its day, unless that was closed when it came: then to the month open at the time.
What is counted is what lies with the department, whoever owns it; within a department nothing comes and nothing goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from spd.catalog import Product
from spd.core.columns import worth
from spd.ledger import kept
from spd.ledger.kept import ClosedStock, KeptClosing
from spd.ledger.models import Item, Movement
from spd.ledger.months import days_of, months_between, shifted
from spd.places import End, Location


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
class Stock:
    """A part of a department's stock, signed: what comes is above zero, what goes below."""

    department_id: int
    product_class: str
    part: str
    quantity: int
    amount: Decimal


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


def changes(session: Session, span: Span, *, department: int | None = None) -> list[Any]:
    """What came and went in these months, from the movements; of one department by product."""
    ours = and_(_after(session, span.before), ~_after(session, span.last), _known(span))
    return _moved(session, ours, department=department)


def opening(session: Session, span: Span) -> list[Any]:
    """What was there before the first of these months, summed from all that was moved until then."""
    return _moved(session, and_(~_after(session, span.before), _known(span)), part=Part.OPENING)


def closing(session: Session, last: str, *, department: int | None = None, at: datetime | None = None) -> list[Any]:
    """What was there after a month: what lies there now without what was moved since; of one department by product."""
    key = Product.id if department else Product.product_class
    held: Any = (
        select(Location.department_id, key, func.sum(Item.quantity), func.sum(worth(Item.quantity, Item.unit_price)))
        .select_from(Item)
        .join(Location, Location.id == Item.location_id)
        .join(Product, Product.id == Item.product_id)
        .where(Item.quantity > 0, Location.department_id.is_not(None))
        .group_by(Location.department_id, key)
    )
    if department is not None:
        held = held.where(Location.department_id == department)
    found = {(where, what): (int(quantity), amount) for where, what, quantity, amount in session.execute(held)}
    later = _after(session, last)
    if at is not None:
        later = or_(later, Movement.recorded_at > at)
    since = _moved(session, later, department=department, part=Part.CLOSING)
    for where, what, _part, quantity, amount in since:
        before = found.get((where, what), (0, Decimal(0)))
        found[where, what] = (before[0] - quantity, before[1] - amount)
    return [(*key, Part.CLOSING.value, *what) for key, what in sorted(found.items()) if any(what)]


def keep_stock(session: Session, month: KeptClosing) -> None:
    """The month's stock by department: what came, what went, what is there."""
    span = Span(first=month.period, last=month.period)
    rows = [*changes(session, span), *closing(session, month.period)]
    values = [
        {
            "period": month.period, "version": month.version, "department_id": department, "product_class": key,
            "part": part, "quantity": quantity, "amount": amount,
        }
        for department, key, part, quantity, amount in rows
    ]  # fmt: skip
    if values:
        session.execute(insert(ClosedStock), values)


def stock(session: Session, span: Span) -> list[Stock]:
    """Opening, changes and closing of these months by department and class; closed ones as they were kept."""
    months = months_between(span.first, span.last)
    done = kept.closings(session, [span.before, *months])
    if span.at is not None:  # a month that was closed later was open then
        closed_at = kept.closed_as_of(session, done)
        done = {month: end for month, end in done.items() if month in closed_at and closed_at[month] <= span.at}
    rows: list[Any] = []
    if span.before in done:
        rows += [(*row[:2], Part.OPENING.value, *row[3:]) for row in _kept(session, [span.before], end=True)]
    else:
        rows += opening(session, span)
    closed = [month for month in months if month in done and _has_stock(session, month)]
    rows += _kept(session, closed, end=False)
    still = [month for month in months if month not in closed]
    rows += [row for month in still for row in changes(session, replace(span, first=month, last=month))]
    rows += _kept(session, [span.last], end=True) if span.last in closed else closing(session, span.last, at=span.at)
    return _summed(rows)


def of_department(session: Session, span: Span, department: int) -> list[tuple[int, str, int, Decimal]]:
    """(product, part, quantity, amount) of one department in these months, from what lies there and was moved."""
    rows = [
        *(
            (product, Part.OPENING.value, *what)
            for _d, product, _p, *what in closing(session, span.before, department=department, at=span.at)
        ),
        *((product, part, *what) for _d, product, part, *what in changes(session, span, department=department)),
        *(
            (product, part, *what)
            for _d, product, part, *what in closing(session, span.last, department=department, at=span.at)
        ),
    ]
    return [(product, part, quantity, amount) for product, part, quantity, amount in rows]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The movements behind a department's stock book: `select` has their numbers, joined to item and product; of each
    row the part it is of, where it came from or went to, and its signed quantity and worth."""

    select: Any
    part: Any
    origin: Any
    goal: Any
    quantity: Any
    amount: Any


_ORIGIN = aliased(Location)
_GOAL = aliased(Location)


def sides_of(session: Session, span: Span, department: int) -> Sides:
    """What came to a department and what went in these months, movement by movement: the rows of its parts."""
    crossing = func.coalesce(_ORIGIN.department_id, 0) != func.coalesce(_GOAL.department_id, 0)
    ours = and_(_after(session, span.before), ~_after(session, span.last), _known(span))
    came = _GOAL.department_id == department
    sign = case((came, 1), else_=-1)
    query = (
        select(Movement.id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
        .join(_GOAL, _GOAL.id == Movement.to_location_id)
        .where(came | (_ORIGIN.department_id == department), crossing, ours)
    )
    return Sides(
        select=query, part=case((came, _part(_ORIGIN.id, came=True)), else_=_part(_GOAL.id, came=False)),
        origin=_ORIGIN, goal=_GOAL, quantity=sign * Movement.quantity,
        amount=worth(sign * Movement.quantity, Item.unit_price),
    )  # fmt: skip


def _has_stock(session: Session, month: str) -> bool:
    return session.scalar(select(ClosedStock.id).where(ClosedStock.period == month).limit(1)) is not None


def _kept(session: Session, months: Sequence[str], *, end: bool) -> list[Any]:
    part = ClosedStock.part == Part.CLOSING if end else ClosedStock.part != Part.CLOSING
    columns = (ClosedStock.department_id, ClosedStock.product_class, ClosedStock.part)
    query = (
        select(*columns, func.sum(ClosedStock.quantity), func.sum(ClosedStock.amount))
        .where(ClosedStock.period.in_(months), part, kept.latest(ClosedStock))
        .group_by(*columns)
    )
    return list(session.execute(query)) if months else []


def _summed(rows: Sequence[Any]) -> list[Stock]:
    found: dict[tuple[int, str, str], tuple[int, Decimal]] = {}
    for department, key, part, quantity, amount in rows:
        before = found.get((department, key, part), (0, Decimal(0)))
        found[department, key, part] = (before[0] + int(quantity), before[1] + amount)
    return [
        Stock(department_id=department, product_class=key, part=part, quantity=quantity, amount=amount)
        for (department, key, part), (quantity, amount) in sorted(found.items())
    ]


def _after(session: Session, period: str) -> ColumnElement[bool]:
    """Whether a movement belongs to a later month than this one: of a later day, or made while this one was closed."""
    _first, last = days_of(session, period)
    return or_(Movement.day_on > last, *kept.while_closed(session, period))


def _known(span: Span) -> ColumnElement[bool]:
    """Whether a movement is to be counted."""
    return true() if span.at is None else Movement.recorded_at <= span.at


def _moved(
    session: Session, ours: ColumnElement[bool], *, department: int | None = None, part: Part | None = None
) -> list[Any]:
    """(department, class or product, part, quantity, amount), signed, of movements between departments."""
    key = Product.id if department else Product.product_class
    crossing = func.coalesce(_ORIGIN.department_id, 0) != func.coalesce(_GOAL.department_id, 0)
    sides = []
    for mine, other, sign in ((_GOAL, _ORIGIN, 1), (_ORIGIN, _GOAL, -1)):
        named: Any = _part(other.id, came=sign > 0) if part is None else literal(part.value)
        sides.append(
            select(
                mine.department_id.label("department"), key.label("key"), named.label("part"),
                func.sum(sign * Movement.quantity).label("quantity"),
                func.sum(worth(sign * Movement.quantity, Item.unit_price)).label("amount"),
            )
            .select_from(Movement)
            .join(Item, Item.id == Movement.item_id)
            .join(Product, Product.id == Item.product_id)
            .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
            .join(_GOAL, _GOAL.id == Movement.to_location_id)
            .where(mine.department_id.is_not(None) if department is None else mine.department_id == department)
            .where(crossing, ours)
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
