"""This file is shortages, and what a signature settles of them and of what was asked for by hand or card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.core.occasion import Occasion
from spd.places import Location
from spd.replenishment.models import Dispatch, RefillRequest, Shortage, Wave, WaveTote
from spd.stock import Goods


def credit(session: Session, occasion: Occasion, tote: Dispatch, place: Location, goods: Sequence[Goods]) -> None:
    """Count what the ward has signed for towards what it still had to get; what is complete is closed.

    A shortage is settled by later deliveries only, never by the wave it arose in.
    """
    came: dict[int, int] = {}
    for one in goods:
        came[one.item.product_id] = came.get(one.item.product_id, 0) + one.item.quantity
    if not came:
        return
    wave_id = session.scalar(select(WaveTote.wave_id).where(WaveTote.code == tote.code))
    later = (Shortage.arisen_at <= tote.dispatched_at) & (Shortage.wave_id != (wave_id or 0))
    for table, open_here in (
        (RefillRequest, RefillRequest.location_id == place.id),
        (Shortage, (Shortage.location_id == place.id) & later),
    ):
        _count(session, occasion, table, open_here & table.closed_at.is_(None), came)


def _count(session: Session, occasion: Occasion, table: Any, open_here: Any, came: dict[int, int]) -> None:
    products = list(session.scalars(select(table.product_id).where(open_here).distinct()))
    rows = [{"of": product, "came": came[product]} for product in products if product in came]
    if not rows:
        return
    mine = table.__table__
    here = open_here & (table.product_id == bindparam("of"))
    session.connection().execute(update(mine).where(here).values(delivered=mine.c.delivered + bindparam("came")), rows)
    full = open_here & (table.delivered >= table.packs * table.pack_quantity)
    session.connection().execute(update(mine).where(full).values(closed_at=occasion.recorded_at))
    session.flush()
    session.expire_all()  # what was read before says otherwise


def shortages_statement() -> Any:
    """What places have not been given, as a query."""
    return (
        select(
            Location.code.label("location_code"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
            Location.department_id,
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.base_unit,
            Shortage.packs,
            Shortage.pack_quantity,
            Shortage.delivered,
            Shortage.arisen_at,
            Shortage.closed_at,
            Wave.code.label("wave"),
        )
        .select_from(Shortage)
        .join(Location, Location.id == Shortage.location_id)
        .join(Product, Product.id == Shortage.product_id)
        .join(Wave, Wave.id == Shortage.wave_id)
    )


def short_in(session: Session, wave: Wave) -> list[Any]:
    """What a wave that is over did not bring: location, product, packs."""
    query = (
        select(Location.code.label("location"), Product.code.label("product"), Product.name, Shortage.packs)
        .select_from(Shortage)
        .join(Location, Location.id == Shortage.location_id)
        .join(Product, Product.id == Shortage.product_id)
        .where(Shortage.wave_id == wave.id)
        .order_by(Location.code, Product.code)
    )
    return list(session.execute(query))
