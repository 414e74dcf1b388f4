"""This file is what the picker is told: which pack to take now, and what a tote's list says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName
from spd.places import Location
from spd.replenishment import allocation
from spd.replenishment.levels import usable
from spd.replenishment.models import Wave, WaveLine, WavePick, WaveTote
from spd.replenishment.waves import pending


@dataclass(frozen=True, kw_only=True)
class NextPick:
    """The pack to take now: where it lies, for whom. No item: none is sealed, packs must be made first."""

    number: int
    place: str
    place_name: str
    place_name_en: str
    to: str
    to_name: str
    to_name_en: str
    product_code: str
    name: str
    name_en: str
    specification: str
    pack_quantity: int
    base_unit: str
    item: str | None
    lot: str | None
    expires_on: date | None
    alike: int
    """Picks of the same product for the same place that are left, this one too."""


def next_pick(session: Session, wave: Wave, *, on: date, at: datetime | None = None) -> NextPick | None:
    """What to pick now, on the way through the store; None where nothing is left. `at`: the instant of that day.

    A pack proposed that has gone since gives way to the next that expires soonest.
    """
    first = select(WavePick).where(WavePick.wave_id == wave.id, pending())
    turn = session.scalars(first.order_by(WavePick.position, WavePick.id).limit(1)).one_or_none()
    if turn is None:
        return None
    line = session.get_one(WaveLine, turn.line_id)
    product, to = session.get_one(Product, line.product_id), session.get_one(Location, line.location_id)
    found = _pack(session, wave, turn, line, Moment(on, at))
    alike = (WavePick.line_id == line.id) & pending()
    return NextPick(
        number=turn.id,
        place=found.place if found else "",
        place_name=found.place_name if found else "",
        place_name_en=found.place_name_en if found else "",
        to=to.code,
        to_name=to.name,
        to_name_en=to.name_en,
        product_code=product.code,
        name=product.name,
        name_en=product.name_en,
        specification=product.specification,
        pack_quantity=line.pack_quantity,
        base_unit=product.base_unit,
        item=found.code if found else None,
        lot=found.lot if found else None,
        expires_on=found.expires_on if found else None,
        alike=session.scalar(select(func.count()).select_from(WavePick).where(alike)) or 0,
    )


def _pack(session: Session, wave: Wave, turn: WavePick, line: WaveLine, when: Moment) -> Any:
    """The pack proposed if it is there still, else the one that expires soonest of those promised to nobody."""
    proposed = Item.id == (turn.item_id or 0)
    query = (
        allocation.pickable(allocation.places_in(session, wave.from_location_id), when=when)
        .join(Location, Location.id == Item.location_id)
        .add_columns(
            Item.code,
            Lot.code.label("lot"),
            Lot.expires_on,
            Location.code.label("place"),
            Location.name.label("place_name"),
            Location.name_en.label("place_name_en"),
        )
        .where(Item.product_id == line.product_id, Item.quantity == line.pack_quantity)
        .where(proposed | ~allocation.promised())
        .order_by(case((proposed, 0), else_=1), *allocation.soonest_first())
        .limit(1)
    )
    return session.execute(query).one_or_none()


def in_tote(session: Session, code: str, *, when: Moment) -> list[Any]:
    """What a tote's list says: every thing picked into it, and whether it may go out."""
    unfit = (Item.state == ItemStateName.HELD) | ~usable(when)
    query = (
        select(
            Item.code,
            Item.state,
            Item.quantity,
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Lot.code.label("lot"),
            Lot.expires_on,
            case((unfit, True), else_=False).label("unfit"),
        )
        .select_from(WavePick)
        .join(WaveTote, WaveTote.id == WavePick.tote_id)
        .join(Item, Item.id == WavePick.picked_item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(WaveTote.code == code)
        .order_by(Product.code, Lot.expires_on, Item.id)
    )
    return list(session.execute(query))


def left_for(session: Session, wave: Wave, location_id: int) -> int:
    """How many picks of a wave are still to be made for a place."""
    query = select(func.count()).select_from(WavePick).join(WaveLine, WaveLine.id == WavePick.line_id)
    mine = (WavePick.wave_id == wave.id) & (WaveLine.location_id == location_id) & pending()
    return session.scalar(query.where(mine)) or 0


_LIES = aliased(Location)
_GOES = aliased(Location)


def all_picks(session: Session, wave: Wave) -> list[Any]:
    """Every pick that is still to be made, in the order of the way through the store."""
    query = (
        select(
            _LIES.code.label("place"),
            _GOES.name.label("to_name"),
            _GOES.name_en.label("to_name_en"),
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            WaveLine.pack_quantity,
            Item.code.label("item"),
            Lot.code.label("lot"),
            Lot.expires_on,
        )
        .select_from(WavePick)
        .join(WaveLine, WaveLine.id == WavePick.line_id)
        .join(Product, Product.id == WaveLine.product_id)
        .join(_GOES, _GOES.id == WaveLine.location_id)
        .outerjoin(Item, Item.id == WavePick.item_id)
        .outerjoin(Lot, Lot.id == Item.lot_id)
        .outerjoin(_LIES, _LIES.id == Item.location_id)
        .where(WavePick.wave_id == wave.id, pending())
        .order_by(WavePick.position, WavePick.id)
    )
    return list(session.execute(query))
