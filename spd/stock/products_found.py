"""This file is every product that words may mean, as a query that sorts and pages."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session

from scanners import Scan
from spd.catalog import Product
from spd.stock.finding import coded, nearness, worded
from spd.stock.seen_of_product import is_here, measures

__all__ = ["best_first", "is_here", "meant", "measures"]


def meant(session: Session, words: str, scan: Scan | None, *, is_thing: bool) -> ColumnElement[bool]:
    """The product of a code, else the products in use that say every word; none of what is the code of a thing."""
    of_code = coded(session, words, scan)
    if of_code is not None:
        return Product.id == of_code[0]
    return false() if is_thing else worded(words)


def best_first(words: str) -> ColumnElement[str]:
    """What they are ordered by where nothing else is asked: one whose code it is, or that begins so, first."""
    return nearness(words).concat(Product.code)
