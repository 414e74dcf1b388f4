"""This file is what there is of a product as far as somebody may see it: questions that stand beside each product."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, case, cast, func, select

from spd.catalog import Lot, Product
from spd.core.occasion import Moment
from spd.ledger import Item
from spd.places import INSIDE, Location
from spd.stock.pace import seen
from spd.stock.safety import USABLE
from spd.stock.until import unexpired


def measures(
    *, on: date, departments: frozenset[int] | None, at: datetime | None = None
) -> Mapping[str, ScalarSelect[Any]]:  # fmt: skip
    """Of each product what may be seen of it on hand: quantity, usable, places, expires_first_on.

    Each is a question per row, so that a page of fifty asks about fifty products, however many match.
    """
    usable = Item.state.in_(USABLE) & unexpired(Moment(on, at))
    return {
        "quantity": _of(_whole(func.sum(Item.quantity)), departments),
        "usable": _of(_whole(func.sum(case((usable, Item.quantity), else_=0))), departments),
        "places": _of(func.count(Item.location_id.distinct()), departments),
        "expires_first_on": _of(func.min(Lot.expires_on), departments),
    }


def is_here(departments: frozenset[int] | None) -> ColumnElement[bool]:
    """Whether any of a product is on hand to be seen."""
    return _of(func.count(Item.id), departments) > 0


def here(query: Any, departments: frozenset[int] | None) -> Any:
    """Only what is in the hospital's hands and may be seen."""
    query = query.where(Item.quantity > 0, Location.kind.in_(INSIDE))
    return query if departments is None else query.where(seen(departments))


def _of(measure: ColumnElement[Any], departments: frozenset[int] | None) -> ScalarSelect[Any]:
    query = (
        select(measure)
        .select_from(Item)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.product_id == Product.id)
        .correlate(Product)
    )
    found: ScalarSelect[Any] = here(query, departments).scalar_subquery()
    return found


def _whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number: PostgreSQL's is a decimal."""
    return cast(func.coalesce(total, 0), BigInteger)
