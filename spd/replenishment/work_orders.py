"""This file is the work orders of packing: what a wave still wants made, less what lies packed and free by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.core.occasion import Moment
from spd.ledger import Item
from spd.replenishment import allocation
from spd.replenishment.models import Wave
from spd.replenishment.waves import ToPack, to_pack


def work_orders(session: Session, wave: Wave, *, on: date, at: datetime | None = None) -> list[ToPack]:
    """The packs that somebody must make for the wave, a line for each product and size; made ones no longer count."""
    wanted = to_pack(session, wave, on=on, at=at)
    if not wanted or wave.finished_at is not None:
        return []
    free = allocation.pickable(allocation.places_in(session, wave.from_location_id), when=Moment(on, at))
    query = (
        select(Product.code, Item.quantity, func.count())
        .select_from(Item)
        .join(Product, Product.id == Item.product_id)
        .where(Item.id.in_(free), ~allocation.promised(), Product.code.in_([one.product_code for one in wanted]))
        .group_by(Product.code, Item.quantity)
    )
    there = {(code, quantity): count for code, quantity, count in session.execute(query)}
    left = (replace(one, wanted=one.wanted - there.get((one.product_code, one.pack_quantity), 0)) for one in wanted)
    return [one for one in left if one.wanted > 0]
