"""This file is what a count is of: its places, its products, and the things there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.counting.models import Count, CountPlace, CountProduct
from spd.counting.refusals import NotInCount
from spd.ledger import Item
from spd.places import Location


def of_products(count: Count) -> ColumnElement[bool]:
    """The condition on `Product` that a product of the count meets."""
    conditions: list[Any] = [true()]
    if count.product_class:
        conditions.append(Product.product_class == count.product_class)
    if count.some_products:
        conditions.append(Product.id.in_(select(CountProduct.product_id).where(CountProduct.count_id == count.id)))
    return and_(*conditions)


def has_product(session: Session, count: Count, product_id: int) -> bool:
    """Whether a product is part of the count."""
    return session.scalar(select(Product.id).where(Product.id == product_id, of_products(count))) is not None


def places_of(session: Session, count: Count) -> list[Location]:
    """The places of a count, by code."""
    query = select(Location).join(CountPlace, CountPlace.location_id == Location.id)
    return list(session.scalars(query.where(CountPlace.count_id == count.id).order_by(Location.code)))


def place_in(session: Session, count: Count, place: Location) -> Location:
    """The place, if the count is of it. Raises: NotInCount."""
    if session.get(CountPlace, (count.id, place.id)) is None:
        raise NotInCount(location=place.name)
    return place


def departments_of(session: Session, count: Count) -> set[int | None]:
    """The departments whose places the count is of; None for places that are nobody's."""
    query = select(Location.department_id).join(CountPlace, CountPlace.location_id == Location.id)
    return set(session.scalars(query.where(CountPlace.count_id == count.id).distinct()))


def booked_here(count: Count) -> ColumnElement[bool]:
    """The condition on `Item` and `Product` of what the book says lies in the count's places."""
    places = select(CountPlace.location_id).where(CountPlace.count_id == count.id)
    return and_(Item.quantity > 0, Item.location_id.in_(places), of_products(count))
