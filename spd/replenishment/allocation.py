"""This file is first expired, first out for a whole wave: which pack is proposed for which place.

Of a product the packs that expire soonest are taken, and of these the soonest go to the places that will have used
theirs first. Proposing locks nothing; what an open wave has proposed is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot
from spd.core.occasion import Moment
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location, LocationKind
from spd.replenishment.levels import usable
from spd.replenishment.models import Wave, WaveLine, WavePick
from spd.stock.loaned import LOANER

_AT_ONCE = 1000
WHOLE_KINDS = (ItemKind.PACK, ItemKind.UNIT)
"""What goes to a ward as it is; a bulk is packed first."""


def places_in(session: Session, store_id: int) -> list[int]:
    """A store and the places inside it."""
    rows = session.execute(
        select(Location.id, Location.parent_id).where(Location.kind == LocationKind.STORE, ~Location.retired)
    ).all()
    found, waiting = {store_id}, [store_id]
    while waiting:
        inside = [number for number, parent in rows if parent == waiting[-1] and number not in found]
        waiting.pop()
        found.update(inside)
        waiting += inside
    return sorted(found)


def soonest_first() -> tuple[Any, ...]:
    """The order in which packs go: by expiry, then as they came, then by number."""
    return Lot.expires_on.is_(None), Lot.expires_on, Item.created_at, Item.id


def pickable(places: Sequence[int], *, when: Moment) -> Any:
    """The things in these places of a store that a wave may propose or take: sealed, free, not expired."""
    return (
        select(Item.id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id.in_(places), Item.state == ItemStateName.AVAILABLE, Item.quantity > 0)
        .where(Item.kind.in_(WHOLE_KINDS), usable(when), Item.settlement_mode != LOANER)
    )


_PICK = aliased(WavePick)
_WAVE = aliased(Wave)


def promised() -> ColumnElement[bool]:
    """Whether an item is proposed by an open wave that has not come to it yet."""
    return (
        select(_PICK.id)
        .join(_WAVE, _WAVE.id == _PICK.wave_id)
        .where(_PICK.item_id == Item.id, _PICK.picked_item_id.is_(None), ~_PICK.short, _WAVE.finished_at.is_(None))
        .exists()
    )


def propose(session: Session, wave: Wave, places: Sequence[int], *, when: Moment) -> None:
    """A pick for every pack of every line: the pack to take, as far as there are any; the rest must be made first.

    Which pack is for whom is settled here, not by a join: fresh lines have no statistics a planner could go by.
    """
    lines = list(session.scalars(select(WaveLine).where(WaveLine.wave_id == wave.id)))
    taken = _promised_items(session)
    shelves = _shelves(session, places, lines, len(taken), when)
    chosen: list[tuple[str, int, int, int, int]] = []
    missing: list[tuple[int, int]] = []
    for line in lines:
        free = [pack for pack in shelves.get((line.product_id, line.pack_quantity), []) if pack.id not in taken]
        mine = free[line.first : line.first + line.packs]
        chosen += [(pack.place, line.product_id, line.first + turn, pack.id, line.id) for turn, pack in enumerate(mine)]
        missing += [(line.product_id, line.id)] * (line.packs - len(mine))
    rows: list[dict[str, Any]] = [
        {"wave_id": wave.id, "line_id": line_id, "position": number, "item_id": item_id, "short": False}
        for number, (item_id, line_id) in enumerate(
            [
                *((item_id, line_id) for _place, _product, _rank, item_id, line_id in sorted(chosen)),
                *((None, line_id) for _product, line_id in sorted(missing)),
            ],
            1,
        )
    ]
    session.execute(insert(WavePick), rows)


def _promised_items(session: Session) -> set[int]:
    """The items that open waves have proposed and not come to yet."""
    query = select(WavePick.item_id).join(Wave, Wave.id == WavePick.wave_id)
    waiting = WavePick.picked_item_id.is_(None) & ~WavePick.short & WavePick.item_id.is_not(None)
    return {item_id for item_id in session.scalars(query.where(Wave.finished_at.is_(None), waiting)) if item_id}


def _shelves(
    session: Session, places: Sequence[int], lines: Sequence[WaveLine], promised_packs: int, when: Moment
) -> dict[tuple[int, int], list[Any]]:
    """The packs that may be taken, by product and size, soonest to expire first; no more than could be wanted."""
    wanted: dict[tuple[int, int], int] = {}
    for line in lines:
        key = (line.product_id, line.pack_quantity)
        wanted[key] = max(wanted.get(key, 0), line.first + line.packs)
    most = max(wanted.values(), default=0) + promised_packs
    rank = func.row_number().over(partition_by=(Item.product_id, Item.quantity), order_by=soonest_first())
    products = sorted({product for product, _size in wanted})
    found: dict[tuple[int, int], list[Any]] = {}
    for start in range(0, len(products), _AT_ONCE):
        ranked = (
            pickable(places, when=when)
            .join(Location, Location.id == Item.location_id)
            .where(Item.product_id.in_(products[start : start + _AT_ONCE]))
            .add_columns(Item.product_id, Item.quantity, Location.code.label("place"), rank.label("rank"))
            .subquery("ranked")
        )
        query = select(ranked).where(ranked.c.rank <= most).order_by(ranked.c.rank)
        for row in session.execute(query):
            found.setdefault((row.product_id, row.quantity), []).append(row)
    return found
