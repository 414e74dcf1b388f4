"""This file is cost by whatever a reader asks for: campus, class, chargeable or not, product, lot, encounter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, products_at
from spd.costing import cells
from spd.costing.filters import DEPARTMENT_ALONE, NO_LOT, Filter
from spd.encounters import stands_for, stays_at
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.places import departments_at


class Dimension(StrEnum):
    """By what cost is told apart; departments and products have reports of their own."""

    CAMPUS = "campus"
    PRODUCT_CLASS = "product_class"
    CHARGEABLE = "chargeable"
    LOT = "lot"
    ENCOUNTER = "encounter"


@dataclass(frozen=True, kw_only=True)
class Group:
    """One part of the chosen cost: its key as a filter takes it, its name, how many postings of it where counted."""

    key: str
    name: str
    name_en: str = ""
    amount: Decimal
    lines: int | None = None
    product: str | None = None
    """Of a lot its product: lots of several products may have one code."""


def by(session: Session, said: Filter, dimension: Dimension) -> list[Group]:
    """The chosen cost by a dimension, the dearest first."""
    if dimension is Dimension.LOT:
        return _by_lot(session, said)
    if dimension is Dimension.ENCOUNTER:
        return _by_encounter(session, said)
    return _by_cell(session, said, dimension)


def _by_cell(session: Session, said: Filter, dimension: Dimension) -> list[Group]:
    found: dict[str, Decimal] = {}
    campuses: dict[int, str] = {}
    if dimension is Dimension.CAMPUS:
        department = departments_at(said.at)
        campuses = dict(session.execute(select(department.id, department.campus)).all())
    for cell in cells.of(session, said):
        key = {
            Dimension.CAMPUS: campuses.get(cell.department_id, ""),
            Dimension.PRODUCT_CLASS: cell.product_class,
        }.get(dimension, "1" if cell.chargeable else "0")
        found[key] = found.get(key, Decimal(0)) + cell.amount
    groups = [Group(key=key, name=key, amount=amount) for key, amount in found.items()]
    return sorted(groups, key=lambda group: (-group.amount, group.key))


def _by_lot(session: Session, said: Filter) -> list[Group]:
    amount: Any = func.sum(Posting.amount)
    lot_code = func.coalesce(Lot.code, NO_LOT)
    product = products_at(said.at)
    named = (product.code, product.name, product.name_en)
    query = (
        select(lot_code, *named, amount, func.count())
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .outerjoin(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .outerjoin(Lot, Lot.id == Item.lot_id)
        .outerjoin(product, product.id == Posting.product_id)
        .where(*said.conditions(session))
        .group_by(lot_code, product.id, *(named if said.at else ()))
        .order_by(amount.desc(), lot_code)
    )
    return [
        Group(key=lot, product=code, name=name or "", name_en=name_en or "", amount=total, lines=lines)
        for lot, code, name, name_en, total, lines in session.execute(query)
    ]


def _by_encounter(session: Session, said: Filter) -> list[Group]:
    amount: Any = func.sum(Posting.amount)
    own, stay, department = stays_at(said.at), stays_at(said.at), departments_at(said.at)
    query = (
        select(stay.code, department.name, department.name_en, amount, func.count())
        .select_from(Posting)
        .outerjoin(own, own.id == Posting.encounter_id)
        .outerjoin(stay, stay.id == stands_for(own))
        .outerjoin(department, department.id == stay.department_id)
        .where(*said.conditions(session))
        .group_by(stay.id, stay.code, department.name, department.name_en)
        .order_by(amount.desc(), stay.code)
    )
    return [
        Group(key=code or DEPARTMENT_ALONE, name=name or "", name_en=name_en or "", amount=total, lines=lines)
        for code, name, name_en, total, lines in session.execute(query)
    ]
