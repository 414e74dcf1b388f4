"""This file is demand: what each place used of each product on each day, and its mean and deviation.

Days on which nothing was used count as days. A use that was undone is none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.ledger import Item, Movement
from spd.sizing.formulas import Demand
from spd.stock import pace

Key = tuple[int, int]
"""A location and a product."""


def _daily(on: date, days: int, location_ids: Collection[int] | None) -> Any:
    """Base units by place, product and day, in the days up to and including `on`."""
    at = pace.used_at()
    query = (
        select(at.label("location_id"), Item.product_id, Movement.day_on, func.sum(pace.net()).label("quantity"))
        .join(Item, Item.id == Movement.item_id)
        .where(pace.is_use(), Movement.day_on > on - timedelta(days=days), Movement.day_on <= on)
        .group_by(at, Item.product_id, Movement.day_on)
    )
    return query if location_ids is None else query.where(at.in_(location_ids))


def demands(session: Session, *, on: date, days: int, location_ids: Collection[int] | None = None) -> dict[Key, Demand]:
    """Mean and deviation of every place and product used in these days; one statement, whatever the house."""
    daily = _daily(on, days, location_ids).subquery()
    query = select(
        daily.c.location_id,
        daily.c.product_id,
        func.sum(daily.c.quantity),
        func.sum(daily.c.quantity * daily.c.quantity),
    ).group_by(daily.c.location_id, daily.c.product_id)
    return {
        (location_id, product_id): _demand(int(total), int(squares), days)
        for location_id, product_id, total, squares in session.execute(query)
        if total > 0
    }


def _demand(total: int, squares: int, days: int) -> Demand:
    mean = total / days
    spread = (squares - total * total / days) / (days - 1) if days > 1 else 0.0
    return Demand(mean=mean, deviation=math.sqrt(max(spread, 0.0)), days=days)


def history(
    session: Session, *, on: date, days: int, location_ids: Collection[int] | None = None
) -> Mapping[Key, list[int]]:
    """Base units used on each of these days, the oldest first."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0] * days)
    first = on - timedelta(days=days - 1)
    for location_id, product_id, day, quantity in session.execute(_daily(on, days, location_ids)):
        found[location_id, product_id][(day - first).days] = max(int(quantity), 0)
    return found
