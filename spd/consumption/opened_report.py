"""This file is what became of opened packs: drawn on patients, by the department, unaccounted for, and what is left."""

from __future__ import annotations

from typing import Any
from typing import cast as cast_type

from sqlalchemy import BigInteger, Select, and_, case, cast, func, select, true
from sqlalchemy.orm import aliased

from spd.catalog import Lot, Product
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import Department, End, Location
from spd.stock.opened import OpenedItem
from spd.stock.scanned_uses import VARIANCE

_UNDONE = aliased(Movement)


def select_opened(departments: frozenset[int] | None) -> Select[Any]:
    """Each pack that was opened, by its last opening, as a subquery's worth of columns.

    number, item, product, name, name_en, base_unit, lot, department, department_name, department_name_en, opened_at,
    good_until_on, expires_on, quantity (what was in it), on_patients, by_department, variance (finished with it, or
    lost and found in a count), left, open (whether it still is).
    """
    newest = select(func.max(OpenedItem.id)).group_by(OpenedItem.item_id)
    gone = Movement.to_location_id.notin_([End.PATIENT])
    used = and_(Movement.kind == MovementKind.CONSUME, Movement.reason != VARIANCE)
    found = and_(Movement.kind == MovementKind.ADJUST, Movement.from_location_id == End.FOUND)
    lost = and_(Movement.kind == MovementKind.ADJUST, gone, ~found)
    sums = (
        select(
            Movement.item_id,
            _sum(and_(used, Movement.encounter_id.is_not(None)), Movement.quantity).label("on_patients"),
            _sum(and_(used, Movement.encounter_id.is_(None)), Movement.quantity).label("by_department"),
            (
                _sum(Movement.reason == VARIANCE, Movement.quantity)
                + _sum(lost, Movement.quantity)
                - _sum(found, Movement.quantity)
            ).label("variance"),
        )
        .outerjoin(_UNDONE, _UNDONE.reverses_id == Movement.id)
        .where(_UNDONE.id.is_(None), Movement.item_id.in_(select(OpenedItem.item_id)))
        .group_by(Movement.item_id)
        .subquery()
    )
    query: Any = (
        select(
            Item.id.label("number"), Item.code.label("item"), Product.code.label("product"), Product.name,
            Product.name_en, Product.base_unit, Lot.code.label("lot"), Lot.expires_on,
            Department.code.label("department"), Department.name.label("department_name"),
            Department.name_en.label("department_name_en"), OpenedItem.opened_at, OpenedItem.good_until_on,
            OpenedItem.quantity, func.coalesce(sums.c.on_patients, 0).label("on_patients"),
            func.coalesce(sums.c.by_department, 0).label("by_department"),
            func.coalesce(sums.c.variance, 0).label("variance"), Item.quantity.label("left"),
            case((Item.state == ItemStateName.OPEN, True), else_=False).label("open"),
        )
        .join(Item, Item.id == OpenedItem.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .join(Department, Department.id == OpenedItem.department_id)
        .outerjoin(sums, sums.c.item_id == Item.id)
        .where(OpenedItem.id.in_(newest), Item.state != ItemStateName.AVAILABLE)
    )  # fmt: skip
    whose = true() if departments is None else OpenedItem.department_id.in_(departments)
    return cast_type(Select[Any], query.where(whose))


def select_variance(departments: frozenset[int] | None) -> Select[Any]:
    """By product and ward, of the packs that are finished: how many, what was in them, and where it went."""
    rows = select_opened(departments).subquery()
    ended = rows.c.left == 0
    totals = [
        cast(func.sum(rows.c[name]), BigInteger).label(name)
        for name in ("quantity", "on_patients", "by_department", "variance")
    ]
    keys = [
        rows.c[name]
        for name in ("product", "name", "name_en", "base_unit", "department", "department_name", "department_name_en")
    ]
    return select(*keys, func.count().label("packs"), *totals).where(ended).group_by(*keys)


def _sum(which: Any, quantity: Any) -> Any:
    return cast(func.sum(case((which, quantity), else_=0)), BigInteger)
