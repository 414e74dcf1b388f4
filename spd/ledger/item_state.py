"""This file is an item as it stands: what a movement of it must know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """An item as it stands, with what a movement of it must know."""

    id: int
    code: str
    kind: str
    product_id: int
    lot_id: int
    serial: str
    unit_price: Decimal
    settlement_mode: str
    supplier_id: int
    parent_id: int | None
    receipt_line_id: int | None
    created_at: datetime
    quantity: int
    location_id: int
    owner_id: int
    state: str
    version: int
    head: bytes
