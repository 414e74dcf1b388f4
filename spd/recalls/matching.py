"""This file is which items a recall means: by product, lot, serial and days, wherever and whatever they are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, literal, select
from sqlalchemy.orm import Session

from spd.catalog import Lot
from spd.core.columns import UtcDateTime
from spd.ledger import Item, Movement
from spd.recalls.models import Recall, RecallItem
from spd.stock import deny_list
from spd.stock.deny_list import RecallTarget, Sure, means_lot, means_serial, targets_of

_LOTS_AT_ONCE = 400
_ROWS_AT_ONCE = 5000


def match(session: Session, recall: Recall, *, at: datetime) -> int:
    """How many items more are on the recall's list now: what it means and was not on it.

    A lot that was being received while the recall was opened is denied now.
    """
    return sum(_match_target(session, recall, target, at) for target in targets_of(session, recall.code))


def _match_target(session: Session, recall: Recall, target: RecallTarget, at: datetime) -> int:
    found = 0
    judged = lots_meant(session, target)
    if recall.in_force and any(recall.code not in lot.denied for lot, _ in judged):
        deny_list.refresh(session, [target.product_id])
    for lots, sure in _parts(judged):
        if target.serial_ranges:
            found += _match_serials(session, recall, target, lots, sure, at)
        else:
            found += _match_lots(session, recall, target, lots, sure, at)
    return found


def _parts(judged: Sequence[tuple[Lot, Sure]]) -> Iterator[tuple[list[int], Sure]]:
    """The lots a target means, some at a time: those it surely means, and those that cannot be told apart."""
    for sure in (Sure.YES, Sure.UNKNOWN):
        some = [lot.id for lot, how in judged if how is sure]
        for start in range(0, len(some), _LOTS_AT_ONCE):
            yield some[start : start + _LOTS_AT_ONCE], sure


def lots_meant(session: Session, target: RecallTarget) -> list[tuple[Lot, Sure]]:
    """The lots of the product that a target means, or may mean."""
    lots = session.scalars(select(Lot).where(Lot.product_id == target.product_id).order_by(Lot.id))
    judged = [(lot, means_lot(target, lot.code, lot.produced_on, lot.expires_on)) for lot in lots]
    return [(lot, sure) for lot, sure in judged if sure]


def _unlisted(recall: Recall, lots: Sequence[int]) -> ColumnElement[bool]:
    # Asked as a list, not item by item: the planner does not know yet how long the list of a new recall has become.
    listed = select(RecallItem.item_id).where(RecallItem.recall_id == recall.id)
    return Item.lot_id.in_(lots) & Item.id.not_in(listed)


def _match_lots(
    session: Session, recall: Recall, target: RecallTarget, lots: list[int], sure: Sure, at: datetime
) -> int:
    """All of whole lots, in the database itself."""
    rows = select(
        literal(recall.id), Item.id, literal(target.line), literal(sure is Sure.UNKNOWN), literal(at, UtcDateTime())
    ).where(_unlisted(recall, lots))
    columns = ["recall_id", "item_id", "line", "unsure", "matched_at"]
    done: Any = session.execute(insert(RecallItem).from_select(columns, rows))
    return int(done.rowcount)


def _match_serials(
    session: Session, recall: Recall, target: RecallTarget, lots: list[int], sure: Sure, at: datetime
) -> int:
    rows = []
    for item_id, serial in session.execute(select(Item.id, Item.serial).where(_unlisted(recall, lots))):
        how = min(sure, means_serial(target, serial))
        if how:
            rows.append(
                {
                    "recall_id": recall.id,
                    "item_id": item_id,
                    "line": target.line,
                    "unsure": how is Sure.UNKNOWN,
                    "matched_at": at,
                }
            )
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        session.execute(insert(RecallItem), rows[start : start + _ROWS_AT_ONCE])
    return len(rows)


def not_undone() -> ColumnElement[bool]:
    """Whether a movement still stands.

    That few movements undo another is said in words the planner hears: else it reads the whole index to find them.
    """
    undoing = Movement.__table__.alias("undoing")
    undone = select(undoing.c.reverses_id).where(undoing.c.reverses_id.is_not(None))
    return Movement.id.not_in(undone)
