"""This file is first expired, first out for a whole wave: which pack is proposed for which place, in one statement.

Of a product the packs that expire soonest are taken, and of these the soonest go to the places that will have used
theirs first. Proposing locks nothing; what an open wave has proposed is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, null, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location, LocationKind
from spd.replenishment.levels import usable
from spd.replenishment.models import Wave, WaveLine, WavePick

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


def pickable(places: Sequence[int], *, on: date) -> Any:
    """The things in these places of a store that a wave may propose or take: sealed, free, not expired."""
    return (
        select(Item.id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id.in_(places), Item.state == ItemStateName.AVAILABLE, Item.quantity > 0)
        .where(Item.kind.in_(WHOLE_KINDS), usable(on))
    )


def promised() -> ColumnElement[bool]:
    """Whether an item is proposed by an open wave that has not come to it yet."""
    pick, wave = aliased(WavePick), aliased(Wave)
    return (
        select(pick.id)
        .join(wave, wave.id == pick.wave_id)
        .where(pick.item_id == Item.id, pick.picked_item_id.is_(None), ~pick.short, wave.finished_at.is_(None))
        .exists()
    )


def propose(session: Session, wave: Wave, places: Sequence[int], *, on: date) -> None:
    """A pick for every pack of every line: the pack to take, as far as there are any; the rest must be made first."""
    mine = select(WaveLine.product_id).where(WaveLine.wave_id == wave.id)
    rank = func.row_number().over(partition_by=(Item.product_id, Item.quantity), order_by=soonest_first())
    ranked = (
        pickable(places, on=on)
        .where(Item.product_id.in_(mine), ~promised())
        .add_columns(Item.product_id, Item.quantity, Item.location_id, Lot.expires_on, rank.label("rank"))
        .subquery("ranked")
    )
    fits = (WaveLine.product_id == ranked.c.product_id) & (WaveLine.pack_quantity == ranked.c.quantity)
    way = (Location.code, ranked.c.product_id, ranked.c.rank)
    chosen = (
        select(
            literal(wave.id),
            WaveLine.id,
            func.row_number().over(order_by=way),
            ranked.c.id,
            literal(False),
        )
        .select_from(WaveLine)
        .join(ranked, fits & (ranked.c.rank > WaveLine.first) & (ranked.c.rank <= WaveLine.first + WaveLine.packs))
        .join(Location, Location.id == ranked.c.location_id)
        .where(WaveLine.wave_id == wave.id)
    )
    session.execute(insert(WavePick).from_select(["wave_id", "line_id", "position", "item_id", "short"], chosen))
    _leave_to_be_made(session, wave)


def _leave_to_be_made(session: Session, wave: Wave) -> None:
    """Picks without a pack, for what is not there sealed."""
    counted = func.count(WavePick.id)
    query = (
        select(WaveLine.id, WaveLine.packs - counted)
        .outerjoin(WavePick, WavePick.line_id == WaveLine.id)
        .where(WaveLine.wave_id == wave.id)
        .group_by(WaveLine.id, WaveLine.packs)
        .having(WaveLine.packs > counted)
        .order_by(WaveLine.product_id, WaveLine.id)
    )
    last = session.scalar(select(func.max(WavePick.position)).where(WavePick.wave_id == wave.id)) or 0
    short = [line for line, missing in session.execute(query) for _ in range(missing)]
    rows: list[dict[str, Any]] = [
        {"wave_id": wave.id, "line_id": line, "position": last + number, "item_id": null(), "short": False}
        for number, line in enumerate(short, 1)
    ]
    if rows:
        session.execute(insert(WavePick), [row | {"item_id": None} for row in rows])
