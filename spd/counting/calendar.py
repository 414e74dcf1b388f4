"""This file is the calendar of counting: what is due where. High-value and consigned goods daily, the rest by A, B, C.

Source: domain facts E4. The days between counts and the shares of the classes are policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product, ProductClass
from spd.counting.models import CountResult
from spd.ledger import Item
from spd.parties import HOSPITAL_ID
from spd.places import INSIDE, End, Location
from spd.stock.abc import AbcClass

DAILY = "daily"
TIERS = (DAILY, "A", "B", "C")


@dataclass(frozen=True, kw_only=True)
class Due:
    """What of one tier is due at one place."""

    location: str
    name: str
    name_en: str
    tier: str
    products: int
    items: int
    last_on: date | None
    """The day the longest uncounted of them was counted last; none where one never was."""
    due_on: date


def due(session: Session, *, on: date, departments: frozenset[int] | None = None) -> list[Due]:
    """What is to be counted today, by place and tier; the longest overdue first."""
    days = interval_days(session)
    rows = session.execute(_shelves(departments))
    cells: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if _due_on(row, days, on) <= on:
            cells.setdefault((row.location, row.tier), []).append(row)
    found = [_due(shelf, days, on) for shelf in cells.values()]
    return sorted(found, key=lambda one: (one.due_on, TIERS.index(one.tier), one.location))


def products_due(session: Session, location_id: int, tier: str, *, on: date) -> list[int]:
    """The products of a tier that are due at a place."""
    days = interval_days(session)
    rows = session.execute(_shelves(None, location_id))
    return sorted(row.product_id for row in rows if row.tier == tier and _due_on(row, days, on) <= on)


def interval_days(session: Session) -> dict[str, int]:
    """Days from one count to the next, by tier."""
    c, b, a = policies.get(session, "count.interval_days")
    return {DAILY: 1, "A": a, "B": b, "C": c}


def _shelves(departments: frozenset[int] | None, location_id: int | None = None) -> Any:
    """Each product of each place that has some: its tier, and when it was counted there last."""
    watched = (Product.product_class == ProductClass.HIGH_VALUE) | (Item.owner_id != HOSPITAL_ID)
    last = (
        select(CountResult.location_id, CountResult.product_id, func.max(CountResult.counted_on).label("counted_on"))
        .group_by(CountResult.location_id, CountResult.product_id)
        .subquery()
    )
    tier = case((func.max(case((watched, 1), else_=0)) == 1, DAILY), else_=func.coalesce(func.max(AbcClass.abc), "C"))
    query = (
        select(
            Location.code.label("location"), Location.name, Location.name_en, Item.product_id,
            tier.label("tier"), func.count().label("items"), func.max(last.c.counted_on).label("last_on"),
        )
        .join(Product, Product.id == Item.product_id)
        .join(Location, Location.id == Item.location_id)
        .outerjoin(AbcClass, AbcClass.product_id == Item.product_id)
        .outerjoin(last, (last.c.location_id == Item.location_id) & (last.c.product_id == Item.product_id))
        .where(Item.quantity > 0, Location.kind.in_(INSIDE), Location.id != End.TRANSIT)
        .group_by(Location.id, Item.product_id)
    )  # fmt: skip
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    return query if location_id is None else query.where(Item.location_id == location_id)


def _due_on(row: Any, days: dict[str, int], on: date) -> date:
    return on if row.last_on is None else row.last_on + timedelta(days=days[row.tier])


def _due(shelf: Sequence[Any], days: dict[str, int], on: date) -> Due:
    first = shelf[0]
    return Due(
        location=first.location, name=first.name, name_en=first.name_en, tier=first.tier, products=len(shelf),
        items=sum(row.items for row in shelf), last_on=_oldest(row.last_on for row in shelf),
        due_on=min(_due_on(row, days, on) for row in shelf),
    )  # fmt: skip


def _oldest(days: Iterable[date | None]) -> date | None:
    """The oldest; none where one is none."""
    counted = list(days)
    known = [day for day in counted if day is not None]
    return min(known) if len(known) == len(counted) else None
