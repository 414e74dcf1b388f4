"""This file is the book at the moment a line was counted: the item as the server saw it then, and what came out late.

The line carries the item's sequence. Movements after it are left aside, unless they were of before and only heard of
later; movements up to it count, unless the line itself was kept on a device and they were after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.core.occasion import Moment
from spd.counting.models import Count, CountLine, CountLineItem, CountResult, Finding
from spd.counting.moments import is_late, moment
from spd.ledger import ItemStateName, Movement, MovementKind
from spd.places import OUTSIDE, End
from spd.stock.until import Until, is_expired

_AT_ONCE = 400


@dataclass(frozen=True, kw_only=True)
class Book:
    """What the book says of one item at a moment."""

    item_id: int
    quantity: int
    location_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A line as it is judged: what was said of which items, standing on which state of each."""

    id: int
    round: str
    location_id: int
    said: str
    quantity: int
    staff_id: int
    at: datetime
    late: bool
    key: str
    items: tuple[CountLineItem, ...]

    @property
    def order(self) -> tuple[datetime, str]:
        """What comes after what, whatever order it was heard of in."""
        return (self.at, self.key)


def lines_of(session: Session, count_id: int, line_ids: Sequence[int] | None = None) -> list[Counted]:
    """The lines of a count in the order they were counted; only some where they are named."""
    query = select(CountLine).where(CountLine.count_id == count_id)
    items = select(CountLineItem).join(CountLine, CountLine.id == CountLineItem.line_id)
    items = items.where(CountLine.count_id == count_id)
    if line_ids is not None:
        query, items = query.where(CountLine.id.in_(line_ids)), items.where(CountLine.id.in_(line_ids))
    of_line: dict[int, list[CountLineItem]] = {}
    for item in session.scalars(items.order_by(CountLineItem.item_id)):
        of_line.setdefault(item.line_id, []).append(item)
    found = [
        Counted(
            id=line.id, round=line.round, location_id=line.location_id, said=line.said, quantity=line.quantity,
            staff_id=line.staff_id, at=moment(line.occurred_at, line.recorded_at),
            late=is_late(line.occurred_at, line.recorded_at), key=str(line.request_key),
            items=tuple(of_line.get(line.id, ())),
        )
        for line in session.scalars(query)
    ]  # fmt: skip
    return sorted(found, key=lambda line: line.order)


def books(session: Session, count_id: int, lines: Iterable[Counted]) -> dict[tuple[int, int], Book]:
    """What the book says of each item of each line, at the line's moment; by line and item."""
    known = {line.id: line for line in lines}
    told = {
        (line.id, one.item_id): Book(
            item_id=one.item_id, quantity=one.quantity, location_id=one.location_id, state=one.state
        )
        for line in known.values()
        for one in line.items
    }
    around: dict[tuple[int, int], list[Any]] = {}
    for row in _around(session, count_id, None if len(known) > _AT_ONCE else list(known)):
        around.setdefault((row.line_id, row.item_id), []).append(row)
    for key in told.keys() & around.keys():
        told[key] = _corrected(told[key], known[key[0]], around[key])
    return told


_UNDONE = aliased(Movement)
_CORRECTS = aliased(CountResult)


def _around(session: Session, count_id: int, line_ids: list[int] | None) -> Iterable[Any]:
    """Movements of counted items that may be on another side of the count than their sequence says, by sequence."""
    query = (
        select(
            CountLine.id.label("line_id"), CountLineItem.version, Movement.item_id, Movement.sequence,
            Movement.quantity, Movement.state_after, Movement.from_location_id, Movement.to_location_id,
            func.coalesce(_UNDONE.sequence, Movement.sequence).label("stands_at"),
            func.coalesce(_UNDONE.occurred_at, Movement.occurred_at).label("occurred_at"),
            func.coalesce(_UNDONE.recorded_at, Movement.recorded_at).label("recorded_at"),
            _CORRECTS.counted_at.label("corrects_at"),
        )
        .join(CountLineItem, CountLineItem.line_id == CountLine.id)
        .join(Movement, Movement.item_id == CountLineItem.item_id)
        .outerjoin(_UNDONE, _UNDONE.id == Movement.reverses_id)
        .outerjoin(Count, (Count.code == Movement.document) & (Movement.kind == MovementKind.ADJUST))
        .outerjoin(_CORRECTS, (_CORRECTS.count_id == Count.id) & (_CORRECTS.item_id == Movement.item_id))
        .where(CountLine.count_id == count_id)
        .where(or_(Movement.sequence > CountLineItem.version, Movement.recorded_at > CountLine.occurred_at))
        .order_by(Movement.item_id, Movement.sequence)
    )  # fmt: skip
    if line_ids is not None:
        query = query.where(CountLine.id.in_(line_ids))
    return session.execute(query)


def _corrected(book: Book, line: Counted, rows: Sequence[Any]) -> Book:
    """The book without what had not happened yet, the last of it first; then with what had, and came out later."""
    for row in reversed(rows):
        if row.sequence <= row.version and not _was_before(line, row):
            place = book.location_id if row.from_location_id in OUTSIDE else row.from_location_id
            quantity = book.quantity - _signed(row)
            book = replace(book, quantity=quantity, location_id=place, state=ItemStateName.AVAILABLE)
    for row in rows:
        if row.sequence > row.version and _was_before(line, row):
            quantity = book.quantity + _signed(row)
            stays = row.to_location_id in OUTSIDE and quantity > 0
            place = book.location_id if stays else row.to_location_id
            book = replace(book, quantity=quantity, location_id=place, state=row.state_after)
    return book


def _was_before(line: Counted, row: Any) -> bool:
    """Whether a movement had happened when the line was counted; the undoing of one stands where that one stood."""
    if row.corrects_at is not None:
        return bool(row.corrects_at <= line.at)
    if line.late or is_late(row.occurred_at, row.recorded_at):
        return moment(row.occurred_at, row.recorded_at) <= line.at
    return bool(row.stands_at <= row.version)


def _signed(row: Any) -> int:
    """What a movement adds to its item."""
    if row.from_location_id in OUTSIDE:
        return int(row.quantity)
    return -int(row.quantity) if row.to_location_id in OUTSIDE else 0


def finding_at(book: Book, location_id: int, until: Until, *, refound: bool, when: Moment) -> Finding:
    """What it means that a thing is at a place, by the book of that moment."""
    if book.quantity == 0 and refound:
        return Finding.REFOUND
    if book.quantity == 0:
        return Finding.USED if book.state == ItemStateName.CONSUMED else Finding.GONE
    if book.location_id == End.TRANSIT:
        return Finding.IN_TRANSIT
    if book.location_id != location_id:
        return Finding.ELSEWHERE
    if book.state == ItemStateName.HELD:
        return Finding.HELD
    return Finding.EXPIRED if is_expired(until, when) else Finding.OK
