"""This file is where everything of a recall is: places, totes, and the uses with their patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product
from spd.encounters import Encounter
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import OUTSIDE, Department, End, Location
from spd.recalls.matching import not_undone
from spd.recalls.models import Recall, RecallItem, RecallPatient
from spd.staff import Staff
from spd.stock.holds import Hold


def listed(recall: Recall) -> Subquery:
    """The items of a recall, with the line of the target that means each."""
    query = select(RecallItem.item_id, RecallItem.line, RecallItem.unsure).where(RecallItem.recall_id == recall.id)
    return query.subquery()


@dataclass(frozen=True, kw_only=True)
class Place:
    """So much of a recall at one place."""

    location: str
    name: str
    name_en: str
    kind: str
    department: str
    product: str
    product_name: str
    product_name_en: str
    base_unit: str
    lot: str
    items: int
    quantity: int
    held: int
    free: int
    """Base units that are neither held nor let go."""
    held_at: datetime | None
    """When the last of them was put on hold."""


def here() -> ColumnElement[bool]:
    """Whether an item is in the house."""
    return (Item.quantity > 0) & Item.location_id.not_in(OUTSIDE)


def last_held(reference: str) -> ColumnElement[Any]:
    """When an item was last put on hold for a recall."""
    return (
        select(func.max(Hold.placed_at)).where(Hold.reference == reference, Hold.item_id == Item.id).scalar_subquery()
    )


def was_let_go(reference: str) -> ColumnElement[bool]:
    """Whether an item was held for a recall and released."""
    return exists().where(Hold.reference == reference, Hold.item_id == Item.id, Hold.released_at.is_not(None))


def places(session: Session, recall: Recall) -> list[Place]:
    """What is where, by place, product and lot."""
    chosen = listed(recall)
    held = Item.state == ItemStateName.HELD
    free = ~held & ~was_let_go(recall.code)
    query = (
        select(
            Location.code.label("location"),
            Location.name,
            Location.name_en,
            Location.kind,
            func.coalesce(func.max(Department.code), "").label("department"),
            Product.code.label("product"),
            Product.name.label("product_name"),
            Product.name_en.label("product_name_en"),
            Product.base_unit,
            Lot.code.label("lot"),
            func.count().label("items"),
            func.sum(Item.quantity).label("quantity"),
            func.sum(case((held, Item.quantity), else_=0)).label("held"),
            func.sum(case((free, Item.quantity), else_=0)).label("free"),
            func.max(last_held(recall.code)).label("held_at"),
        )
        .join(chosen, chosen.c.item_id == Item.id)
        .join(Location, Location.id == Item.location_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .outerjoin(Department, Department.id == Location.department_id)
        .where(here())
        .group_by(Location.id, Product.id, Lot.id)
        .order_by(Location.kind, Location.code, Product.code, Lot.code)
    )
    whole = ("items", "quantity", "held", "free")
    rows: list[dict[str, Any]] = [dict(row._mapping) for row in session.execute(query)]
    return [Place(**(row | {name: int(row[name]) for name in whole})) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Tote:
    """A tote on its way with something of a recall in it: stop it, and print its list again."""

    code: str
    location: str
    name: str
    name_en: str
    items: tuple[str, ...]


_LATER = aliased(Movement)


def totes(session: Session, recall: Recall) -> list[Tote]:
    """The totes on their way that hold something of a recall."""
    chosen = listed(recall)
    again = exists().where(
        _LATER.item_id == Movement.item_id, _LATER.sequence > Movement.sequence, _LATER.kind == MovementKind.DISPATCH
    )
    query = (
        select(Movement.document, Item.code)
        .join(Item, Item.id == Movement.item_id)
        .join(chosen, chosen.c.item_id == Item.id)
        .where(Item.location_id == End.TRANSIT, Item.quantity > 0, Movement.kind == MovementKind.DISPATCH, ~again)
        .order_by(Movement.document, Item.code)
    )
    found: dict[str, list[str]] = {}
    for document, code in session.execute(query):
        found.setdefault(document, []).append(code)
    bound = _bound(session, list(found))
    nowhere = ("", "", "")
    return [
        Tote(
            code=code,
            location=bound.get(code, nowhere)[0],
            name=bound.get(code, nowhere)[1],
            name_en=bound.get(code, nowhere)[2],
            items=tuple(items),
        )
        for code, items in found.items()
    ]


def _bound(session: Session, codes: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Where each tote goes."""
    dispatches = Location.metadata.tables["dispatches"]  # of an activity beside this one: its table, not its rules
    query = (
        select(dispatches.c.code, Location.code, Location.name, Location.name_en)
        .join(Location, Location.id == dispatches.c.to_location_id)
        .where(dispatches.c.code.in_(codes))
    )
    return {code: (place, name, name_en) for code, place, name, name_en in session.execute(query)}


def uses(recall: Recall, *, seen: frozenset[int] | None, only_seen: bool = False) -> Select[Any]:
    """Every use of something of a recall that was not undone, with place, person and patient.

    Patients are told of the departments `seen` (None is all); `only_seen` leaves the uses of others out.
    """
    chosen = listed(recall)
    mine = Movement.department_id.in_(seen) if seen is not None else None

    def masked(column: Any) -> Any:
        return column if mine is None else case((mine, column), else_=None)

    query = (
        select(
            Movement.id.label("id"),
            masked(Encounter.patient).label("patient"),
            masked(RecallPatient.state).label("outreach"),
        )
        .select_from(Movement)
        .join(chosen, chosen.c.item_id == Movement.item_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Product, Product.id == Item.product_id)
        .join(Staff, Staff.id == Movement.staff_id)
        .outerjoin(Department, Department.id == Movement.department_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(
            RecallPatient,
            (RecallPatient.recall_id == recall.id) & (RecallPatient.patient == Encounter.patient),
        )
        .where(Movement.kind == MovementKind.CONSUME, not_undone())
    )
    if only_seen and mine is not None:
        query = query.where(mine)
    return query


@dataclass(frozen=True, kw_only=True)
class UseOf:
    """One use of something of a recall."""

    id: int
    used_at: datetime
    department: str | None
    department_name: str | None
    staff: str
    item: str
    serial: str
    product: str
    product_name: str
    product_name_en: str
    base_unit: str
    lot: str
    quantity: int
    encounter: str | None
    patient: str | None
    patient_name: str | None
    outreach: str | None


def uses_page(
    session: Session, recall: Recall, *, seen: frozenset[int] | None, after: int = 0, limit: int = 100
) -> list[UseOf]:
    """A page of the uses, in the order recorded; only those of the departments seen."""
    query = _told(recall, seen).where(Movement.id > after).limit(limit)
    return [UseOf(**row._mapping) for row in session.execute(query)]


def uses_of_patient(session: Session, recall: Recall, patient: str, *, seen: frozenset[int] | None) -> list[UseOf]:
    """What of a recall was used on one patient, in the departments seen."""
    query = _told(recall, seen).where(Encounter.patient == patient)
    return [UseOf(**row._mapping) for row in session.execute(query)]


def _told(recall: Recall, seen: frozenset[int] | None) -> Select[Any]:
    query = uses(recall, seen=seen, only_seen=True).add_columns(
        Movement.occurred_at.label("used_at"),
        Department.code.label("department"),
        Department.name.label("department_name"),
        Staff.name.label("staff"),
        Item.code.label("item"),
        Item.serial.label("serial"),
        Product.code.label("product"),
        Product.name.label("product_name"),
        Product.name_en.label("product_name_en"),
        Product.base_unit.label("base_unit"),
        Lot.code.label("lot"),
        Movement.quantity.label("quantity"),
        Encounter.code.label("encounter"),
        Encounter.patient_name.label("patient_name"),
    )
    return query.order_by(Movement.id + 0)  # by its number, but not through the index of all movements there are
