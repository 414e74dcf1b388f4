"""This file is every product that words may mean, as a query that sorts and pages, with what is on hand of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, false, func, or_, select
from sqlalchemy.orm import Session

from scanners import Scan
from spd.catalog import Lot, Product
from spd.ledger import Item
from spd.places import Location
from spd.stock.finding import coded, here, nearness, worded
from spd.stock.safety import USABLE


def meant(session: Session, words: str, scan: Scan | None, *, is_thing: bool) -> ColumnElement[bool]:
    """The product of a code, else the products in use that say every word; none of what is the code of a thing."""
    of_code = coded(session, words, scan)
    if of_code is not None:
        return Product.id == of_code[0]
    return false() if is_thing else worded(words)


def best_first(words: str) -> ColumnElement[str]:
    """What they are ordered by where nothing else is asked: one whose code it is, or that begins so, first."""
    return nearness(words).concat(Product.code)


def measures(*, on: date, departments: frozenset[int] | None) -> Mapping[str, ScalarSelect[Any]]:
    """Of each product what may be seen of it on hand: quantity, usable, places, expires_first_on.

    Each is a question per row, so that a page of fifty asks about fifty products, however many match.
    """
    usable = Item.state.in_(USABLE) & or_(Lot.expires_on.is_(None), Lot.expires_on >= on)
    return {
        "quantity": _of(func.coalesce(func.sum(Item.quantity), 0), departments),
        "usable": _of(func.coalesce(func.sum(case((usable, Item.quantity), else_=0)), 0), departments),
        "places": _of(func.count(Item.location_id.distinct()), departments),
        "expires_first_on": _of(func.min(Lot.expires_on), departments),
    }


def is_here(departments: frozenset[int] | None) -> ColumnElement[bool]:
    """Whether any of a product is on hand to be seen."""
    return _of(func.count(Item.id), departments) > 0


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
