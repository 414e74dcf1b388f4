"""This file is how fast things are used: what was used of each product, and where, in the days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Subquery, case, func, or_, select

from spd.ledger import Item, Movement, MovementKind
from spd.places import End, Location, LocationKind


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Over which days use is counted, and whose: of these departments, at this place, or `wide` by everybody.

    A store uses nothing itself: chosen as the place, it is asked what the whole house uses.
    """

    on: date
    days: int
    departments: frozenset[int] | None = None
    location: str = ""
    wide: bool = False


def used(pace: Pace, *keys: str) -> Subquery:
    """What was used, less what came back, by product and by place (`product_id`, `location_id`; `quantity`)."""
    query = (
        select(Item.product_id, used_at().label("location_id"), net().label("net"))
        .join(Item, Item.id == Movement.item_id)
        .where(is_use(), Movement.day_on > pace.on - timedelta(days=pace.days), Movement.day_on <= pace.on)
    )
    if not pace.wide and pace.location:
        kind = select(Location.kind).where(Location.code == pace.location).scalar_subquery()
        here = or_(Location.code == pace.location, kind == LocationKind.STORE)
        query = query.join(Location, Location.id == used_at()).where(here)
    elif not pace.wide and pace.departments is not None:
        query = query.join(Location, Location.id == used_at()).where(seen(pace.departments))
    each = query.subquery("each_use")
    columns = [each.c[f"{key}_id"] for key in keys]
    summed = select(*columns, func.sum(each.c.net).label("quantity")).group_by(*columns)
    return summed.subquery("house_used" if pace.wide else "used")


def seen(departments: frozenset[int]) -> ColumnElement[bool]:
    """The places of these departments, and the stores that are nobody's."""
    nobodys = Location.department_id.is_(None) & (Location.id != End.TRANSIT)
    return or_(Location.department_id.in_(departments), nobodys)


def is_use() -> ColumnElement[bool]:
    """Movements that are a use, or undo one."""
    back = (Movement.kind == MovementKind.REVERSE) & (Movement.from_location_id == End.PATIENT)
    return or_(Movement.kind == MovementKind.CONSUME, back)


def net() -> ColumnElement[int]:
    """Base units used; below nothing where a use is undone."""
    return case((Movement.kind == MovementKind.CONSUME, Movement.quantity), else_=-Movement.quantity)


def used_at() -> ColumnElement[int]:
    """The place that used it."""
    return case((Movement.kind == MovementKind.CONSUME, Movement.from_location_id), else_=Movement.to_location_id)
