"""This file is what a place has and what is coming to it, per product in base units, as parts of one statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, Subquery, case, cast, exists, func, select, union_all
from sqlalchemy.orm import aliased

from spd.catalog import Lot
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import End
from spd.replenishment.models import Dispatch, Wave, WaveLine, WavePick, WaveTote
from spd.stock.loaned import LOANER
from spd.stock.until import unexpired


def usable(when: Moment) -> ColumnElement[bool]:
    """Whether a lot is not past its last day, or hour."""
    return unexpired(when)


_LATER = aliased(Movement)


def left_again(sent: Any) -> ColumnElement[bool]:
    """Whether the item was sent off once more after this dispatch; a hold on its way changes nothing."""
    again = (
        (_LATER.item_id == sent.item_id) & (_LATER.sequence > sent.sequence) & (_LATER.kind == MovementKind.DISPATCH)
    )
    return exists().where(again)


def on_hand(places: Any, *, on: date, at: datetime | None = None) -> Subquery:
    """What lies at these places and may be used: `sealed`, and `opened` of packs that are open; no loaners."""
    opened = Item.state == ItemStateName.OPEN
    return (
        select(
            Item.location_id,
            Item.product_id,
            whole(func.sum(case((opened, 0), else_=Item.quantity))).label("sealed"),
            whole(func.sum(case((opened, Item.quantity), else_=0))).label("opened"),
        )
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id.in_(places), Item.quantity > 0, usable(Moment(on, at)))
        .where(Item.state.in_((ItemStateName.AVAILABLE, ItemStateName.OPEN)), Item.settlement_mode != LOANER)
        .group_by(Item.location_id, Item.product_id)
        .subquery("on_hand")
    )


def coming(*, on: date, at: datetime | None = None) -> CTE:
    """What is coming, by place and product: on its way, picked, or still to be picked in an open wave."""
    parts = union_all(in_transit(on=on, at=at), picked(on=on, at=at), planned()).subquery("parts")
    return (
        select(parts.c.location_id, parts.c.product_id, whole(func.sum(parts.c.quantity)).label("quantity"))
        .group_by(parts.c.location_id, parts.c.product_id)
        .cte("coming")
    )


def in_transit(*, on: date, at: datetime | None = None) -> Select[int, int, int]:
    """What is on its way, by where it goes; what is held or expired there will not be signed for."""
    return (
        select(Dispatch.to_location_id.label("location_id"), Item.product_id, Item.quantity)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.kind == MovementKind.DISPATCH))
        .join(Dispatch, Dispatch.code == Movement.document)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id == End.TRANSIT, Item.state == ItemStateName.IN_TRANSIT, usable(Moment(on, at)))
        .where(~left_again(Movement))
    )


def picked(*, on: date, at: datetime | None = None) -> Select[int, int, int]:
    """What is kept in totes that are not sealed yet."""
    return (
        select(WaveTote.location_id, Item.product_id, Item.quantity)
        .join(WavePick, WavePick.picked_item_id == Item.id)
        .join(WaveTote, WaveTote.id == WavePick.tote_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(WaveTote.sealed_at.is_(None), Item.state == ItemStateName.RESERVED, usable(Moment(on, at)))
    )


def planned() -> Select[int, int, int]:
    """What open waves are still to pick."""
    return (
        select(WaveLine.location_id, WaveLine.product_id, cast(WaveLine.pack_quantity, BigInteger).label("quantity"))
        .join(WavePick, WavePick.line_id == WaveLine.id)
        .join(Wave, Wave.id == WaveLine.wave_id)
        .where(Wave.finished_at.is_(None), WavePick.picked_item_id.is_(None), ~WavePick.short)
    )


def whole(amount: Any) -> Any:
    """A sum as a whole number: PostgreSQL sums a bigint to a decimal."""
    return cast(amount, BigInteger)
