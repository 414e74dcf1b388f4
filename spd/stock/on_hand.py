"""This file is stock on hand: always a sum over items, never a kept balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.core.columns import Scaled, worth
from spd.ledger import Item, ItemStateName
from spd.parties import HOSPITAL_ID
from spd.places import Location


@dataclass(frozen=True, kw_only=True)
class OnHand:
    """One item lying somewhere."""

    id: int
    code: str
    kind: str
    state: str
    quantity: int
    unit_price: Decimal
    owned: bool
    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    lot: str
    expires_on: date | None
    created_at: datetime
    location_code: str


@dataclass(frozen=True, kw_only=True)
class StockLine:
    """What a location holds of one product."""

    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    packs: int
    items: int
    quantity: int
    available: int
    value: Decimal
    consigned_value: Decimal
    expires_first_on: date | None


def items_at(
    session: Session, location_id: int, *, product: str | None = None, after: int = 0, limit: int = 200
) -> list[OnHand]:
    """The items at a location, in the order of their numbers."""
    query = (
        select(
            Item.id,
            Item.code,
            Item.kind,
            Item.state,
            Item.quantity,
            Item.unit_price,
            (Item.owner_id == HOSPITAL_ID).label("owned"),
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Lot.code.label("lot"),
            Lot.expires_on,
            Item.created_at,
            Location.code.label("location_code"),
        )
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.location_id == location_id, Item.quantity > 0, Item.id > after)
        .order_by(Item.id)
        .limit(limit)
    )
    if product is not None:
        query = query.where(Product.code == product)
    return [OnHand(**row._mapping) for row in session.execute(query)]


def stock_at(session: Session, location_id: int) -> list[StockLine]:
    """What a location holds, by product."""
    value = worth(Item.quantity, Item.unit_price)
    query = (
        select(
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            Product.product_class,
            func.sum(case((Item.kind == "pack", 1), else_=0)).label("packs"),
            func.count().label("items"),
            func.sum(Item.quantity).label("quantity"),
            func.sum(case((Item.state == ItemStateName.AVAILABLE, Item.quantity), else_=0)).label("available"),
            func.sum(value).label("value"),
            func.sum(
                type_coerce(case((Item.owner_id != HOSPITAL_ID, value), else_=literal(0, BigInteger())), Scaled())
            ).label("consigned_value"),
            func.min(Lot.expires_on).label("expires_first_on"),
        )
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id == location_id, Item.quantity > 0)
        .group_by(Product.id)
        .order_by(Product.product_class, Product.code)
    )
    return [StockLine(**_exact(row._mapping)) for row in session.execute(query)]


def _exact(row: Any) -> dict[str, Any]:
    """Whole numbers as int (PostgreSQL sums a bigint to a decimal), money as it is."""
    whole = ("packs", "items", "quantity", "available")
    return {name: int(value) if name in whole else value for name, value in row.items()}
