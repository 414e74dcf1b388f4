"""This file is the life of a pack's label: to be printed, to be put on, in stock, on its way, on the ward, at its end.

Nothing of it is kept by itself: it is read off the prints, the checks and the item. Source: domain facts B1.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import stock
from spd.core.occasion import Occasion
from spd.ledger import Item, ItemKind, ItemStateName
from spd.packing.models import LabelCheck
from spd.places import WARD_KINDS, Location

UNSEEN_AFTER = timedelta(hours=24)


class LabelState(StrEnum):
    """Where a pack's label is in its life."""

    TO_PRINT = "to_print"
    TO_APPLY = "to_apply"
    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    IN_TRANSIT = "in_transit"
    ON_WARD = "on_ward"
    USED = "used"
    UNPACKED = "unpacked"
    HELD = "held"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"


def state_of_label(printed: Any, seen: ColumnElement[bool]) -> ColumnElement[str]:
    """The state, over items and locations. `printed`: whether its label came out; `seen`: whether it was scanned."""
    state = Item.state
    return case(
        (state == ItemStateName.CONSUMED, LabelState.USED.value),
        (state == ItemStateName.SPENT, LabelState.UNPACKED.value),
        (state == ItemStateName.HELD, LabelState.HELD.value),
        (state == ItemStateName.RETURNED, LabelState.RETURNED.value),
        (state == ItemStateName.WRITTEN_OFF, LabelState.WRITTEN_OFF.value),
        (state == ItemStateName.RESERVED, LabelState.RESERVED.value),
        (state == ItemStateName.IN_TRANSIT, LabelState.IN_TRANSIT.value),
        (Location.kind.in_(WARD_KINDS), LabelState.ON_WARD.value),
        (~printed, LabelState.TO_PRINT.value),
        (~seen, LabelState.TO_APPLY.value),
        else_=LabelState.IN_STOCK.value,
    )


def is_seen() -> ColumnElement[bool]:
    """Whether a pack's label has been scanned since it was made: checked, or moved by a scan."""
    return exists().where(LabelCheck.item_id == Item.id) | (Item.version > 1)


def packs_labelled(printed: Any) -> Any:
    """Packs with the state of their labels, for a list: columns id, code, label_state, made_at."""
    return (
        select(
            Item.id.label("id"),
            Item.code.label("item_code"),
            state_of_label(printed, is_seen()).label("label_state"),
            Item.created_at.label("made_at"),
        )
        .join(Location, Location.id == Item.location_id)
        .where(Item.kind == ItemKind.PACK)
    )


def unseen(printed: Any, *, at: datetime) -> ColumnElement[bool]:
    """Packs whose label was made more than a day ago and never seen since: it hangs somewhere, or nowhere."""
    waiting = state_of_label(printed, is_seen()).in_([LabelState.TO_PRINT.value, LabelState.TO_APPLY.value])
    return waiting & (Item.created_at < at - UNSEEN_AFTER)


def check(session: Session, occasion: Occasion, items: Collection[str | Scan]) -> tuple[str, ...]:
    """The packs whose labels were scanned on them; scanned again it is the same.

    Raises: NotAnItem, SeveralLots, UnknownItem.
    """
    goods = stock.goods_of(session, list(items))
    known = set(
        session.scalars(select(LabelCheck.item_id).where(LabelCheck.item_id.in_([one.item.id for one in goods])))
    )
    session.add_all(
        LabelCheck(item_id=one.item.id, checked_at=occasion.recorded_at, checked_by_id=occasion.staff_id)
        for one in goods
        if one.item.id not in known
    )
    session.flush()  # two who scan it at once: one is refused here, and asks again
    return tuple(one.item.code for one in goods)
