"""This file is a ward as a device keeps it: what lies there, who is there, and what must not be used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Packaging, Product
from spd.core.occasion import Moment
from spd.encounters import Encounter, alerts_of, here, left_lately
from spd.ledger import Item, ItemStateName
from spd.places import WARD_KINDS, Department, Location
from spd.stock.deny_list import references
from spd.stock.loaned import STERILE
from spd.stock.sterility import FAILED, UNKNOWN
from spd.stock.suits import conflicts
from spd.stock.until import NEVER, Until, is_expired

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
    serial: bool = False
    """Whether its label names it, by a serial."""
    open: bool = False
    until: Until = NEVER
    conflicts: frozenset[str] = frozenset()
    """What of a patient speaks against it: of `Alert`."""
    denied: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A ward at one moment."""

    department: Department
    items: Sequence[Lying]
    stays: Sequence[Encounter]
    gone: Sequence[Encounter]
    """Stays of the ward that ended lately, or stand for another: their wristbands are no patient's here."""
    alerts: Mapping[str, frozenset[str]]
    """What the patients here must not get, by the patient's number: as told at any of their stays."""
    packagings: Mapping[str, Sequence[str]]
    """The device identifiers of the products that lie here, by the product's code."""


def snapshot(session: Session, department: Department, *, at: datetime, on: date) -> Snapshot:
    """The ward as it is now."""
    items = (
        select(
            Item.id, Item.code, Item.kind, Item.serial, Item.state, Item.quantity, Product.code.label("product_code"),
            Product.name, Product.name_en, Product.base_unit, Product.product_class, Product.chargeable,
            Product.attributes, Lot.code.label("lot"), Lot.expires_on, Lot.expires_at, Lot.denied, STERILE,
        )
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Location.department_id == department.id, Location.kind.in_(WARD_KINDS), Item.quantity > 0)
        .order_by(Item.id)
        .limit(MOST)
    )  # fmt: skip
    stays = select(Encounter).where(Encounter.department_id == department.id, here(at)).order_by(Encounter.id)
    lying = [_lying(row, Moment(on, at)) for row in session.execute(items)]
    there = session.scalars(stays).all()
    gone = select(Encounter).where(Encounter.department_id == department.id, left_lately(at), ~here(at))
    return Snapshot(
        department=department, items=lying, stays=there, gone=session.scalars(gone.order_by(Encounter.id)).all(),
        alerts=alerts_of(session, {stay.patient for stay in there}),
        packagings=_packagings(session, sorted({one.product_code for one in lying})),
    )  # fmt: skip


_AT_ONCE = 500


def _packagings(session: Session, products: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(products), _AT_ONCE):
        query = (
            select(Product.code, Packaging.code)
            .join(Product, Product.id == Packaging.product_id)
            .where(Product.code.in_(products[start : start + _AT_ONCE]))
            .order_by(Packaging.id)
        )
        for product, code in session.execute(query):
            found.setdefault(product, []).append(code)
    return found


def _lying(row: Any, when: Moment) -> Lying:
    kind = row.kind
    of_ward = kind == "pack" and not row.chargeable and row.product_class == "low_value"
    names = ("code", "kind", "product_code", "name", "name_en", "lot", "quantity", "base_unit")
    return Lying(
        **{name: getattr(row, name) for name in names}, for_patient=not of_ward, denied=_denied(row, when),
        serial=bool(row.serial), open=row.state == ItemStateName.OPEN, until=_until(row),
        conflicts=frozenset() if row.attributes == "{}" else conflicts(json.loads(row.attributes)),
    )  # fmt: skip


def _denied(row: Any, when: Moment) -> str:
    if row.denied and references(row.denied, row.serial, row.id):
        return "recalled"
    if row.state not in USABLE or row.sterile == FAILED:
        return "held"
    return "expired" if is_expired(_until(row), when) else ""


def _until(row: Any) -> Until:
    """Its last day, or the last one on which its set is sterile, whichever comes first."""
    until = Until(row.expires_on, row.expires_at)
    if row.sterile in (None, UNKNOWN, FAILED):
        return until
    sterile = date.fromisoformat(row.sterile)
    return until if until.day is not None and until.day <= sterile else Until(sterile)
