"""This file is what the supplier of a thing asks for one today, read with the row of the thing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, or_, select

from spd.catalog import Price, Product
from spd.ledger import Item

PRICE_NOW: Any = case(
    (
        Product.chargeable,
        select(Price.unit_price)
        .where(
            Price.product_id == Item.product_id, Price.supplier_id == Item.supplier_id,
            Price.valid_from_on <= bindparam("day"),
            or_(Price.valid_to_on.is_(None), Price.valid_to_on >= bindparam("day")),
        )
        .order_by(Price.valid_from_on.desc())
        .limit(1)
        .correlate(Item)
        .scalar_subquery(),
    ),
).label("price_now")  # fmt: skip
"""NULL where no price is in force, and for what no patient is charged for."""
