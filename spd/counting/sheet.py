"""This file is the result of a count: how far book and stock agreed, by line and by value, what was gained and lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.counting.judged import COUNTED
from spd.counting.models import Count, CountLine, CountPass, CountResult, Finding
from spd.places import Location
from spd.staff import Staff

_COUNTED = tuple(one.value for one in COUNTED)
_AGREE = (*_COUNTED, Finding.MOVED.value, Finding.RESERVED.value)


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """How far book and stock agreed. Shares are per cent to two places; none where nothing was booked."""

    product_class: str
    lines: int
    matched: int
    book_value: Decimal
    gained: Decimal
    lost: Decimal

    @property
    def by_line(self) -> Decimal | None:
        """Things that agreed, of those that were booked or found."""
        return _percent(Decimal(self.matched), Decimal(self.lines))

    @property
    def by_value(self) -> Decimal | None:
        """What of the booked value was as booked: gains and losses both count against it."""
        return _percent(self.book_value - self.gained - self.lost, self.book_value)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who had a hand in a count: when first and last."""

    name: str
    code: str
    round: str
    lines: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A count as it was approved."""

    count: Count
    places: Sequence[Location]
    whole: Accuracy
    by_class: Sequence[Accuracy]
    by_product: Decimal | None
    """Per cent of products, place by place, of which everything agreed."""
    people: Sequence[Person]
    exceptions: int
    """Found though the book says otherwise, or not to be booked."""


def sheet(session: Session, count: Count) -> Sheet:
    """The result of a count; before it is approved there is nothing in it."""
    rows = session.execute(_rows(count)).all()
    classes = sorted({row.product_class for row in rows})
    exceptions = select(func.count()).where(
        CountResult.count_id == count.id, CountResult.finding.not_in(_AGREE) | (CountResult.exception != "")
    )
    gone_over = select(CountPass.location_id).where(CountPass.count_id == count.id)
    places = select(Location).where(Location.id.in_(gone_over)).order_by(Location.code)
    return Sheet(
        count=count,
        places=list(session.scalars(places)),
        whole=_accuracy("", rows),
        by_class=[_accuracy(one, [row for row in rows if row.product_class == one]) for one in classes],
        by_product=_by_product(rows),
        people=_people(session, count),
        exceptions=session.scalar(exceptions) or 0,
    )


def _rows(count: Count) -> Any:
    return (
        select(
            Product.product_class, CountResult.product_id, CountResult.location_id, CountResult.book,
            CountResult.difference, CountResult.unit_price,
        )
        .join(Product, Product.id == CountResult.product_id)
        .where(CountResult.count_id == count.id, CountResult.finding.in_(_COUNTED))
    )  # fmt: skip


def _accuracy(product_class: str, rows: Iterable[Any]) -> Accuracy:
    lines = matched = 0
    book = gained = lost = Decimal(0)
    for row in rows:
        lines += 1
        matched += row.difference == 0
        book += row.book * row.unit_price
        if row.difference > 0:
            gained += row.difference * row.unit_price
        else:
            lost -= row.difference * row.unit_price
    return Accuracy(
        product_class=product_class, lines=lines, matched=matched, book_value=book, gained=gained, lost=lost
    )


def _by_product(rows: Iterable[Any]) -> Decimal | None:
    agrees: dict[tuple[int, int], bool] = {}
    for row in rows:
        key = (row.location_id, row.product_id)
        agrees[key] = agrees.get(key, True) and row.difference == 0
    return _percent(Decimal(sum(agrees.values())), Decimal(len(agrees)))


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    if not whole:
        return None
    return (max(part, Decimal(0)) * 100 / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _people(session: Session, count: Count) -> list[Person]:
    """Who counted, in which round, how much, from when to when."""
    query = (
        select(
            Staff.name, Staff.code, CountLine.round, func.count().label("lines"),
            func.min(CountLine.occurred_at).label("first_at"), func.max(CountLine.occurred_at).label("last_at"),
        )
        .join(Staff, Staff.id == CountLine.staff_id)
        .where(CountLine.count_id == count.id)
        .group_by(Staff.id, CountLine.round)
        .order_by(func.min(CountLine.occurred_at), Staff.code)
    )  # fmt: skip
    return [Person(**row._asdict()) for row in session.execute(query)]
