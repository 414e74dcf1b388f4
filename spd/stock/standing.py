"""This file is what stood where: now, from the items; at a past instant, from the items with what came after undone.

Undoing reads the movements since that instant and no others, so that yesterday costs a day and last month a month. A
movement belongs to the instant we recorded it at: what a device kept for two days is known only from then on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, case, exists, func, select, union_all
from sqlalchemy.orm import aliased

from spd.ledger import Item, Movement
from spd.places import OUTSIDE

_FIXED = (
    "id",
    "code",
    "kind",
    "product_id",
    "lot_id",
    "serial",
    "supplier_id",
    "unit_price",
    "created_at",
    "settlement_mode",
)
_FIXED_COLUMNS: tuple[Any, ...] = tuple(Item.__table__.c[name] for name in _FIXED)
_MOVED = ("quantity", "location_id", "owner_id", "state")


def now() -> Subquery:
    """Every item that holds something, as it stands."""
    moved = (Item.__table__.c[name] for name in _MOVED)
    return select(*_FIXED_COLUMNS, *moved).where(Item.quantity > 0).subquery("there")


_FIRST = aliased(Movement)
_BEFORE = aliased(Movement)


def as_of(at: datetime) -> Subquery:
    """Every item that held something at an instant, as it stood then. The same columns as `now`."""
    comes, goes = Movement.from_location_id.in_(OUTSIDE), Movement.to_location_id.in_(OUTSIDE)
    signed = case((comes, Movement.quantity), (goes, -Movement.quantity), else_=0)
    since = (
        select(Movement.item_id, func.min(Movement.sequence).label("first"), func.sum(signed).label("net"))
        .where(Movement.recorded_at > at)
        .group_by(Movement.item_id)
        .cte("since")
    )
    items = Item.__table__.c
    still = select(*_FIXED_COLUMNS, *(items[name] for name in _MOVED)).where(
        Item.quantity > 0, ~exists().where(since.c.item_id == Item.id)
    )
    came = _FIRST.from_location_id.in_(OUTSIDE)
    then = items.quantity - since.c.net
    undone = (
        select(
            *_FIXED_COLUMNS,
            then.label("quantity"),
            case((came, _FIRST.to_location_id), else_=_FIRST.from_location_id).label("location_id"),
            case((came, _FIRST.to_owner_id), else_=_FIRST.from_owner_id).label("owner_id"),
            _BEFORE.state_after.label("state"),
        )
        .join(since, since.c.item_id == Item.id)
        .join(_FIRST, (_FIRST.item_id == Item.id) & (_FIRST.sequence == since.c.first))
        .join(_BEFORE, (_BEFORE.item_id == Item.id) & (_BEFORE.sequence == since.c.first - 1))
        .where(then > 0)
    )
    return union_all(still, undone).subquery("there")
