"""This file is the bottom of every cost report: one use, its reversal, or a document's money, as a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, products_at
from spd.core.columns import Scaled
from spd.encounters import Encounter
from spd.ledger import DocumentEntry, EntryRow, Item, Movement, Posting, calendar_for, period_of
from spd.places import departments_at
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class UseCost:
    """One movement with its cost; a reversal has a cost below zero.

    Money that a document put on a department, as an invoice does at another price, has no movement: its kind is the
    event, its item the document, and it has neither lot nor quantity.
    """

    posting_id: int
    movement_id: int | None
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


def select_uses(at: datetime | None = None) -> Select[Any]:
    """Postings with all that a row of them shows, oldest first; departments and products as they were called at an
    instant."""
    department, product = departments_at(at), products_at(at)
    columns: Any = (
        select(
            Posting.id.label("posting_id"),
            Movement.id.label("movement_id"),
            func.coalesce(Movement.kind, EntryRow.event).label("kind"),
            EntryRow.day_on,
            func.coalesce(Movement.occurred_at, DocumentEntry.occurred_at).label("occurred_at"),
            department.code.label("department"),
            department.name.label("department_name"),
            func.coalesce(Item.code, DocumentEntry.document).label("item"),
            func.coalesce(product.code, "").label("product"),
            func.coalesce(product.name, "").label("name"),
            func.coalesce(product.name_en, "").label("name_en"),
            func.coalesce(product.specification, "").label("specification"),
            Posting.product_class,
            Posting.chargeable,
            func.coalesce(Lot.code, "").label("lot"),
            func.coalesce(Movement.quantity, 0).label("quantity"),
            func.coalesce(product.base_unit, "").label("base_unit"),
            func.coalesce(Item.unit_price, literal(0, Scaled())).label("unit_price"),
            Posting.amount,
            Encounter.code.label("encounter"),
            Staff.name.label("staff"),
            Posting.period,
        )
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .outerjoin(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .outerjoin(product, product.id == Posting.product_id)
        .outerjoin(Lot, Lot.id == Item.lot_id)
        .join(Staff, Staff.id == func.coalesce(Movement.staff_id, DocumentEntry.staff_id))
        .join(department, department.id == Posting.department_id)
        .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
        .order_by(Posting.id)
    )
    return cast(Select[Any], columns)


def as_uses(session: Session, rows: Iterable[Any]) -> Iterator[UseCost]:
    """Rows of `select_uses`; late is what was posted in another month than its day is of."""
    for row in rows:
        late = row.period != period_of(row.day_on, calendar_for(session, row.day_on))
        yield UseCost(**row._asdict(), late=late)
