"""This file is what was used on a stay as it is told: with what was used on those that were merged into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product
from spd.encounters import STANDS_FOR, Encounter
from spd.ledger import Item, Movement, MovementKind


@dataclass(frozen=True, kw_only=True)
class StayUse:
    """One thing used; `encounter` is the stay it was recorded on."""

    movement_id: int
    encounter: str
    item: str
    product: str
    name: str
    name_en: str
    lot: str
    implant: bool
    quantity: int
    base_unit: str
    occurred_at: datetime
    undone: bool


_UNDO = aliased(Movement)


def used_on(session: Session, stay: Encounter) -> list[StayUse]:
    """Everything used on a stay and on those merged into it, the newest first; what was undone is marked."""
    its = select(Encounter.id).where(stay.id == STANDS_FOR)
    query = (
        select(
            Movement.id.label("movement_id"), Encounter.code.label("encounter"), Item.code.label("item"),
            Product.code.label("product"), Product.name, Product.name_en, Lot.code.label("lot"), Product.implant,
            Movement.quantity, Product.base_unit, Movement.occurred_at, _UNDO.id.is_not(None).label("undone"),
        )
        .join(Encounter, Encounter.id == Movement.encounter_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .outerjoin(_UNDO, _UNDO.reverses_id == Movement.id)
        .where(Movement.kind == MovementKind.CONSUME, Movement.encounter_id.in_(its))
        .order_by(Movement.id.desc())
    )  # fmt: skip
    return [StayUse(**row._asdict()) for row in session.execute(query)]
