"""This file is the bottom of every cost report: one use, or its reversal, as a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, select

from spd.catalog import Lot, Product
from spd.encounters import Encounter
from spd.ledger import EntryRow, Item, Movement, Posting, period_of
from spd.places import Department
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class UseCost:
    """One movement with its cost. A reversal has a cost below zero."""

    posting_id: int
    movement_id: int
    kind: str
    day_on: date
    occurred_at: datetime
    department: str
    department_name: str
    item: str
    product: str
    name: str
    name_en: str
    specification: str
    product_class: str
    chargeable: bool
    lot: str
    quantity: int
    base_unit: str
    unit_price: Decimal
    amount: Decimal
    encounter: str | None
    staff: str
    period: str
    late: bool


def select_uses() -> Select[Any]:
    """Postings with all that a row of them shows, oldest first."""
    columns: Any = (
        select(
            Posting.id.label("posting_id"),
            Movement.id.label("movement_id"),
            Movement.kind,
            Movement.day_on,
            Movement.occurred_at,
            Department.code.label("department"),
            Department.name.label("department_name"),
            Item.code.label("item"),
            Product.code.label("product"),
            Product.name,
            Product.name_en,
            Product.specification,
            Posting.product_class,
            Posting.chargeable,
            Lot.code.label("lot"),
            Movement.quantity,
            Product.base_unit,
            Item.unit_price,
            Posting.amount,
            Encounter.code.label("encounter"),
            Staff.name.label("staff"),
            Posting.period,
        )
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Staff, Staff.id == Movement.staff_id)
        .join(Department, Department.id == Posting.department_id)
        .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
        .order_by(Posting.id)
    )
    return cast(Select[Any], columns)


def as_use(row: Any) -> UseCost:
    """A row of `select_uses`."""
    values = row._asdict()
    return UseCost(**values, late=row.period != period_of(row.day_on))
