"""This file is how fast places use things: base units in the last days, and the days their stock lasts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import Item, Movement, MovementKind
from spd.replenishment.levels import whole

NEVER = Fraction(10**6)
"""Days that stock lasts where nothing is used."""


_UNDO = aliased(Movement)


def used(
    session: Session, *, on: date, days: int, product_ids: Collection[int] | None = None
) -> dict[tuple[int, int], int]:
    """Base units used of a product at a place in the last days, uses undone left out; by (place, product)."""
    query = (
        select(Movement.from_location_id, Item.product_id, whole(func.sum(Movement.quantity)))
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(_UNDO, _UNDO.reverses_id == Movement.id)
        .where(
            Movement.kind == MovementKind.CONSUME, Movement.day_on > on - timedelta(days=days), Movement.day_on <= on
        )
        .where(_UNDO.id.is_(None))
        .group_by(Movement.from_location_id, Item.product_id)
    )
    if product_ids is not None:
        query = query.where(Item.product_id.in_(product_ids))
    return {(place, product): quantity for place, product, quantity in session.execute(query)}


def days_of_supply(quantity: int, used_units: int, days: int) -> Fraction:
    """The days that so much lasts where so many base units were used in so many days."""
    return Fraction(quantity * days, used_units) if used_units else NEVER
