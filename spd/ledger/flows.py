"""This file is the stock of departments: opening + in − out ± adjustments = closing, at price, and what of it is kept.

A closed month is kept by the classes that products had when it was closed. Where a product was put into another class
since, what is kept of it is shown in the class it has, or had, at the end of the months asked for: so a book by class
begins with what it ends with, and nothing is left over in either class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from spd.catalog import classes_between
from spd.ledger import kept, moved
from spd.ledger.kept import ClosedStock, KeptClosing
from spd.ledger.months import months_between
from spd.ledger.moved import By, Part, Span, by_class


@dataclass(frozen=True, kw_only=True)
class Stock:
    """A part of a department's stock, signed: what comes is above zero, what goes below."""

    department_id: int
    product_class: str
    part: str
    quantity: int
    amount: Decimal


def keep_stock(session: Session, month: KeptClosing, at: datetime) -> None:
    """The month's stock by department, and by class as of its lock: what came, what went, what is there."""
    span, by = Span(first=month.period, last=month.period), by_class(session, at)
    rows = [*moved.changes(session, span, by), *moved.closing(session, month.period, by)]
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
    done = _closed(session, span, [span.before, *months])
    classed = _classed(span, done)
    by = by_class(session, classed)
    rows: list[Any] = []
    if span.before in done:
        rows += [(*row[:2], Part.OPENING.value, *row[3:]) for row in _kept(session, [span.before], end=True)]
    else:
        rows += moved.opening(session, span, by)
    closed = [month for month in months if month in done and _has_stock(session, month)]
    rows += _kept(session, closed, end=False)
    still = [month for month in months if month not in closed]
    rows += [row for month in still for row in moved.changes(session, replace(span, first=month, last=month), by)]
    if span.last in closed:
        rows += _kept(session, [span.last], end=True)
    else:
        rows += moved.closing(session, span.last, by, span.at)
    kept_of = {month: done[month] for month in (span.before, *closed) if month in done}
    return _summed([*rows, *_put_anew(session, span, kept_of, classed)])


def class_instant(session: Session, span: Span) -> datetime | None:
    """As of when products are in their classes in a book of these months: their lock, or else the instant asked for;
    none is now."""
    return _classed(span, _closed(session, span, [span.last]))


def _closed(session: Session, span: Span, months: Sequence[str]) -> dict[str, datetime]:
    """Those of the months that are closed, or were at the instant asked for, and as of when."""
    closed_at = kept.closed_as_of(session, kept.closings(session, months))
    if span.at is None:
        return closed_at
    return {month: at for month, at in closed_at.items() if at <= span.at}  # one that was closed later was open then


def _classed(span: Span, done: dict[str, datetime]) -> datetime | None:
    return done.get(span.last, span.at)


def _put_anew(
    session: Session, span: Span, kept_of: dict[str, datetime], classed: datetime | None
) -> Iterator[tuple[int, str, str, int, Decimal]]:
    """Out of the class that a month was kept under and into the other: products put into another one since."""
    earlier = {month: at for month, at in kept_of.items() if at != classed}
    anew = classes_between(session, list(earlier.values()), classed) if earlier else {}
    for month, at in earlier.items():
        by = By(products=[product for product, classes in anew.items() if classes[at] != classes[classed]])
        if not by.products:
            continue
        if month == span.before:
            rows = [(*row[:2], Part.OPENING.value, *row[3:]) for row in moved.closing(session, month, by, span.at)]
        else:
            rows = moved.changes(session, replace(span, first=month, last=month), by)
        for department, product, part, quantity, amount in rows:
            yield department, anew[product][at], part, -quantity, -amount
            yield department, anew[product][classed], part, quantity, amount


def of_department(session: Session, span: Span, department: int) -> list[tuple[int, str, int, Decimal]]:
    """(product, part, quantity, amount) of one department in these months, from what lies there and was moved."""
    by = By(department=department)
    rows = [
        *(
            (product, Part.OPENING.value, *what)
            for _d, product, _p, *what in moved.closing(session, span.before, by, span.at)
        ),
        *((product, part, *what) for _d, product, part, *what in moved.changes(session, span, by)),
        *((product, part, *what) for _d, product, part, *what in moved.closing(session, span.last, by, span.at)),
    ]
    return [(product, part, quantity, amount) for product, part, quantity, amount in rows]


def of_stores(session: Session, span: Span) -> dict[str, Decimal]:
    """By part what is no department's: what lay in the stores and on its way, what came there and what went."""
    by, found = By(stores=True), dict.fromkeys(Part, Decimal(0))
    opening = [(*row[:2], Part.OPENING, *row[3:]) for row in moved.closing(session, span.before, by, span.at)]
    changes, closing = moved.changes(session, span, by), moved.closing(session, span.last, by, span.at)
    for _none, _product, part, _quantity, amount in (*opening, *changes, *closing):
        found[Part(part)] += amount
    return {part.value: amount for part, amount in found.items() if amount}


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
