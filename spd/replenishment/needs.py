"""This file is the refill list: what a place needs of a product, once, whatever asked for it.

It is reckoned and not kept: what the place should hold, less what it has and what is coming. Only what stock cannot
tell is a row: somebody asked, or the card of an empty bin was scanned.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, cast, func, literal, null, select, union
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from spd import policies
from spd.catalog import Product
from spd.core.occasion import Moment
from spd.places import Location
from spd.replenishment.levels import coming, on_hand, whole
from spd.replenishment.models import RefillRequest, Shortage
from spd.stock.fixed_quantities import FixedQuantity, holds


class Fill(StrEnum):
    """How far a refill goes: one pack above the lower limit, halfway, or to the upper limit."""

    MINIMUM = "minimum"
    TARGET = "target"
    MAXIMUM = "maximum"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What one place needs of one product, in packs of `pack_quantity` base units.

    lower, upper: its fixed quantity, where it has one; has, coming: packs there, and on their way or being picked.
    low: stock is at its lower limit; by_card, by_hand: somebody asked; short: a wave could not bring it.
    """

    location_id: int
    location_code: str
    location_name: str
    location_name_en: str
    department_id: int | None
    product_id: int
    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    pack_quantity: int
    lower: int | None
    upper: int | None
    has: int
    coming: int
    need: int
    low: bool
    by_card: bool
    by_hand: bool
    short: bool
    reason: str
    asked_at: datetime | None


def needs(
    session: Session, *, on: date, at: datetime | None = None, location_ids: Collection[int] | None = None
) -> list[Need]:
    """What places need now, by place and product; of these places only, where they are named."""
    query = statement(on=on, at=at, fill=policies.get(session, "refill.fill"))
    if location_ids is not None:
        query = query.where(query.selected_columns.location_id.in_(location_ids))
    columns = query.selected_columns
    return [
        Need(**row._mapping) for row in session.execute(query.order_by(columns.location_code, columns.product_code))
    ]


def statement(*, on: date, at: datetime | None = None, fill: Fill | str = Fill.MAXIMUM) -> Select[Any]:
    """The refill list as a query with the columns of `Need`; `at`: by the hours of labels too, where they say one."""
    levels = _levels()
    short = (
        select(Shortage.location_id, Shortage.product_id)
        .where(Shortage.closed_at.is_(None))
        .distinct()
        .subquery("short")
    )
    stands = _standing(levels, Moment(on, at))
    reckoned = _reckoned(stands, fill)
    here = (short.c.location_id == reckoned.c.location_id) & (short.c.product_id == reckoned.c.product_id)
    return (
        select(
            reckoned.c.location_id,
            Location.code.label("location_code"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
            Location.department_id,
            reckoned.c.product_id,
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            reckoned.c.pack_quantity,
            reckoned.c.lower,
            reckoned.c.upper,
            reckoned.c.has,
            reckoned.c.coming,
            reckoned.c.need,
            (reckoned.c.fixed > 0).label("low"),
            func.coalesce(reckoned.c.by_card, False).label("by_card"),
            func.coalesce(reckoned.c.by_hand, False).label("by_hand"),
            short.c.location_id.is_not(None).label("short"),
            func.coalesce(reckoned.c.reason, "").label("reason"),
            reckoned.c.asked_at,
        )
        .join(Location, Location.id == reckoned.c.location_id)
        .join(Product, Product.id == reckoned.c.product_id)
        .outerjoin(short, here)
        .where(reckoned.c.need > 0)
    )


def _levels() -> Any:
    """Every place and product that is refilled: its fixed quantity, and what is asked for beyond it."""
    fixed = select(FixedQuantity).where(holds()).cte("fixed")
    asked = select(RefillRequest).where(RefillRequest.closed_at.is_(None)).cte("asked")
    keys = union(select(fixed.c.location_id, fixed.c.product_id), select(asked.c.location_id, asked.c.product_id)).cte(
        "keys"
    )
    units = asked.c.packs * asked.c.pack_quantity - asked.c.delivered
    return (
        select(
            keys.c.location_id,
            keys.c.product_id,
            func.coalesce(fixed.c.pack_quantity, asked.c.pack_quantity).label("pack_quantity"),
            fixed.c.lower,
            fixed.c.upper,
            case((asked.c.id.is_(None), null()), else_=units).label("asked"),
            asked.c.by_card,
            asked.c.by_hand,
            asked.c.reason,
            asked.c.asked_at,
        )
        .select_from(keys)
        .outerjoin(fixed, (fixed.c.location_id == keys.c.location_id) & (fixed.c.product_id == keys.c.product_id))
        .outerjoin(asked, (asked.c.location_id == keys.c.location_id) & (asked.c.product_id == keys.c.product_id))
        .cte("levels")
    )


def _standing(levels: Any, when: Moment) -> Any:
    """The same with what is there and what is coming, in packs."""
    there = on_hand(select(levels.c.location_id), on=when.day, at=when.at)
    due = coming(on=when.day, at=when.at)
    size = levels.c.pack_quantity
    loose = case((size == 1, func.coalesce(there.c.opened, 0)), else_=0)
    return (
        select(
            *levels.c,
            (whole(func.coalesce(there.c.sealed, 0)) // size + loose).label("has"),
            (whole(func.coalesce(due.c.quantity, 0)) // size).label("coming"),
            ((levels.c.asked + size - 1) // size).label("asked_packs"),
        )
        .select_from(levels)
        .outerjoin(there, (there.c.location_id == levels.c.location_id) & (there.c.product_id == levels.c.product_id))
        .outerjoin(due, (due.c.location_id == levels.c.location_id) & (due.c.product_id == levels.c.product_id))
        .subquery("standing")
    )


def _reckoned(stands: Any, fill: Fill | str) -> Any:
    """The same with what is needed: up to the fixed quantity, or what is asked for, whichever is more.

    A request never asks for more than the upper limit.
    """
    c = stands.c
    position = c.has + c.coming
    goal = {Fill.MINIMUM: c.lower + 1, Fill.TARGET: (c.lower + c.upper + 1) // 2, Fill.MAXIMUM: c.upper}[Fill(fill)]
    fixed = case((c.upper.is_not(None) & (position <= c.lower), goal - position), else_=0).label("fixed")
    open_packs = c.asked_packs - c.coming
    asked = case(
        (c.asked_packs.is_(None) | (open_packs <= 0), 0),
        (c.upper.is_not(None) & (open_packs > c.upper), c.upper),
        else_=open_packs,
    ).label("more")
    first = select(*c, fixed, asked).subquery("first")
    need = case((first.c.fixed >= first.c.more, first.c.fixed), else_=first.c.more)
    return select(*first.c, cast(need, BigInteger).label("need")).subquery("reckoned")


def position(session: Session, location_id: int, product_id: int, *, when: Moment) -> tuple[int, int]:
    """Base units of a product that a place has sealed, and that are coming to it."""
    there = on_hand(select(literal(location_id)), on=when.day, at=when.at)
    due = coming(on=when.day, at=when.at)
    has = session.scalar(select(there.c.sealed).where(there.c.product_id == product_id)) or 0
    here = (due.c.location_id == location_id) & (due.c.product_id == product_id)
    return has, session.scalar(select(due.c.quantity).where(here)) or 0
