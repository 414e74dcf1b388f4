"""This file is an item with all that is needed to judge it: product, lot, place, department, in one joined row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.encounters import Encounter, UnknownEncounter
from spd.ledger import ClosedPeriod, Item, ItemState, UnknownItem
from spd.places import Department, Location


@dataclass(frozen=True, kw_only=True)
class Goods:
    """One item, what it is, and where it lies."""

    item: ItemState
    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    chargeable: bool
    implant: bool
    charge_code: str
    lot: str
    expires_on: date | None
    location_code: str
    location_name: str
    location_kind: str
    department_id: int | None
    department_code: str
    cost_class: str
    closed_through: str
    """The last closed accounting month, read with the item."""


_ITEM: tuple[Any, ...] = tuple(Item.__table__.columns)
_ITEM_NAMES = tuple(column.name for column in _ITEM)
_AROUND: tuple[Any, ...] = (
    Product.code.label("product_code"),
    Product.name.label("name"),
    Product.name_en.label("name_en"),
    Product.specification.label("specification"),
    Product.base_unit.label("base_unit"),
    Product.product_class.label("product_class"),
    Product.chargeable.label("chargeable"),
    Product.implant.label("implant"),
    Product.charge_code.label("charge_code"),
    Lot.code.label("lot"),
    Lot.expires_on.label("expires_on"),
    Location.code.label("location_code"),
    Location.name.label("location_name"),
    Location.kind.label("location_kind"),
    Location.department_id.label("department_id"),
    func.coalesce(Department.code, "").label("department_code"),
    func.coalesce(Department.cost_class, "").label("cost_class"),
    func.coalesce(select(func.max(ClosedPeriod.period)).scalar_subquery(), "").label("closed_through"),
)
_AROUND_NAMES = tuple(column.name for column in _AROUND)


@cache
def _select(*more: Any) -> Select[Any]:
    return (
        select(*_ITEM, *_AROUND, *more)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .outerjoin(Department, Department.id == Location.department_id)
    )


def _goods(row: Row[Any]) -> Goods:
    values = tuple(row)
    item = ItemState(**dict(zip(_ITEM_NAMES, values, strict=False)))
    around = values[len(_ITEM_NAMES) : len(_ITEM_NAMES) + len(_AROUND_NAMES)]
    return Goods(item=item, **dict(zip(_AROUND_NAMES, around, strict=True)))


def find_goods(session: Session, code: str) -> Goods | None:
    """The item with this code and what it is."""
    row = session.execute(_select().where(Item.code == code)).one_or_none()
    return None if row is None else _goods(row)


def get_goods(session: Session, code: str) -> Goods:
    """The item with this code and what it is. Raises: UnknownItem."""
    found = find_goods(session, code)
    if found is None:
        raise UnknownItem(item=code)
    return found


def goods_with(session: Session, codes: Sequence[str]) -> dict[str, Goods]:
    """The items with these codes, by code; unknown ones are left out."""
    found: dict[str, Goods] = {}
    for start in range(0, len(codes), 500):
        for row in session.execute(_select().where(Item.code.in_(codes[start : start + 500]))):
            goods = _goods(row)
            found[goods.item.code] = goods
    return found


def get_for_use(session: Session, code: str, encounter: str | None) -> tuple[Goods, Encounter | None]:
    """The item and the encounter it is used on, in one statement. Raises: UnknownItem, UnknownEncounter."""
    if encounter is None:
        return get_goods(session, code), None
    row = session.execute(
        _select(Encounter)
        .outerjoin(Encounter, (Encounter.code == encounter) | (Encounter.wristband == encounter))
        .where(Item.code == code)
    ).one_or_none()
    if row is None:
        raise UnknownItem(item=code)
    stay: Encounter | None = row[-1]
    if stay is None:
        raise UnknownEncounter(encounter=encounter)
    return _goods(row), stay


def find_goods_of_product(
    session: Session, product_id: int, *, lot: str | None, departments: frozenset[int] | None
) -> list[Goods]:
    """What is on hand of a product (of one lot, in these departments), soonest to expire first."""
    query = _select().where(Item.product_id == product_id, Item.quantity > 0)
    if lot is not None:
        query = query.where(Lot.code == lot)
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    query = query.order_by(Lot.expires_on.is_(None), Lot.expires_on, Item.created_at, Item.id).limit(50)
    return [_goods(row) for row in session.execute(query)]
