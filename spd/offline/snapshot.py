"""This file is a ward as a device keeps it: what lies there, who is there, and what must not be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.encounters import Encounter
from spd.ledger import Item, ItemStateName
from spd.places import WARD_KINDS, Department, Location
from spd.stock.deny_list import references

USABLE = (ItemStateName.AVAILABLE, ItemStateName.OPEN)
MOST = 20_000
"""Items of a ward that a device keeps; far more than any ward holds."""


@dataclass(frozen=True, kw_only=True)
class Lying:
    """One item at the ward, and why it must not be used, if so: recalled, held, expired."""

    code: str
    kind: str
    product_code: str
    name: str
    name_en: str
    lot: str
    quantity: int
    base_unit: str
    for_patient: bool
    """Whether it is used on a patient; the rest is the ward's."""
    denied: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A ward at one moment."""

    department: Department
    items: Sequence[Lying]
    stays: Sequence[Encounter]


def snapshot(session: Session, department: Department, *, at: datetime, on: date) -> Snapshot:
    """The ward as it is now."""
    items = (
        select(
            Item.id, Item.code, Item.kind, Item.serial, Item.state, Item.quantity, Product.code.label("product_code"),
            Product.name, Product.name_en, Product.base_unit, Product.product_class, Product.chargeable,
            Lot.code.label("lot"), Lot.expires_on, Lot.denied,
        )
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Location.department_id == department.id, Location.kind.in_(WARD_KINDS), Item.quantity > 0)
        .order_by(Item.id)
        .limit(MOST)
    )  # fmt: skip
    stays = (
        select(Encounter)
        .where(Encounter.department_id == department.id, Encounter.admitted_at <= at)
        .where(Encounter.discharged_at.is_(None) | (Encounter.discharged_at >= at))
        .order_by(Encounter.id)
    )
    return Snapshot(
        department=department,
        items=[_lying(row, on) for row in session.execute(items)],
        stays=session.scalars(stays).all(),
    )


def _lying(row: Any, on: date) -> Lying:
    kind = row.kind
    of_ward = kind == "pack" and not row.chargeable and row.product_class == "low_value"
    names = ("code", "kind", "product_code", "name", "name_en", "lot", "quantity", "base_unit")
    return Lying(
        **{name: getattr(row, name) for name in names}, for_patient=not of_ward, denied=_denied(row, on)
    )  # fmt: skip


def _denied(row: Any, on: date) -> str:
    if row.denied and references(row.denied, row.serial, row.id):
        return "recalled"
    if row.state not in USABLE:
        return "held"
    expired = row.expires_on is not None and row.expires_on < on
    return "expired" if expired else ""
