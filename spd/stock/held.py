"""This file is what is held: every open hold with its thing, why, since when and by whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from spd.catalog import Lot, Product
from spd.core.columns import worth
from spd.ledger import Item, ItemStateName
from spd.places import Location
from spd.staff import Staff
from spd.stock.holds import Hold


def select_held(departments: frozenset[int] | None = None) -> Any:
    """Open holds with all that a row of them shows; of these departments' places where it says so."""
    query = (
        select(
            Hold.id,
            Hold.reason,
            Hold.reference,
            Hold.note,
            Hold.placed_at,
            Staff.name.label("placed_by"),
            Item.code,
            Item.kind,
            Item.quantity,
            worth(Item.quantity, Item.unit_price).label("value"),
            Product.code.label("product"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Lot.code.label("lot"),
            Lot.expires_on,
            Location.code.label("location"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
        )
        .join(Item, Item.id == Hold.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .join(Staff, Staff.id == Hold.placed_by_id)
        .where(Hold.released_at.is_(None), Item.state == ItemStateName.HELD)
    )
    return query if departments is None else query.where(Location.department_id.in_(departments))
