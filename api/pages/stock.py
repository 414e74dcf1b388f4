"""This file is the page of stock: what a place holds by product, and each thing of a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

import scanners
from api.here import read, settings
from api.pages import bp, places
from api.v1.items import refuse_foreign
from scanners import Unreadable
from spd import stock as on_hand
from spd.catalog import Product, get_product
from spd.core import clock
from spd.places import Location, get_location
from spd.stock import OnHand, StockLine

ITEMS_SHOWN = 200


@dataclass(frozen=True)
class Shelf:
    """A place and what it holds."""

    place: Location
    lines: list[StockLine]
    product: Product | None
    items: list[OnHand]
    more: int | None

    @property
    def value(self) -> Decimal:
        """What it is all worth."""
        return sum((line.value for line in self.lines), Decimal(0))

    @property
    def consigned(self) -> Decimal:
        """The part that is still the suppliers'."""
        return sum((line.consigned_value for line in self.lines), Decimal(0))


@bp.get("/stock")
def stock() -> str:
    """What a place holds. A scanned shelf label (`?scan=`) is the place."""
    wanted = request.args.get("location") or _scanned(request.args.get("scan", ""))
    product = request.args.get("product", "")
    after = request.args.get("after", 0, type=int)

    def ask(session: Session) -> tuple[list[Location], Shelf | None]:
        seen = places.may_see(session)
        place = get_location(session, wanted) if wanted else (seen[0] if seen else None)
        if place is None:
            return seen, None
        refuse_foreign(place.department_id)
        return seen, _shelf(session, place, product, after)

    seen, shelf = read(ask)
    today = clock.day_of(clock.now(), settings().zone)
    context: dict[str, Any] = {"kind_name": places.kind_name, "age": lambda on: _age(on, today), "now": clock.now()}
    return render_template("stock.html", places=seen, shelf=shelf, **context)


def _scanned(raw: str) -> str:
    try:
        return scanners.read(raw).code or raw if raw else ""
    except Unreadable:
        return raw


def _shelf(session: Session, place: Location, product: str, after: int) -> Shelf:
    if not product:
        return Shelf(place, on_hand.stock_at(session, place.id), None, [], None)
    found = get_product(session, product)
    items = on_hand.items_at(session, place.id, product=product, after=after, limit=ITEMS_SHOWN + 1)
    more = items[ITEMS_SHOWN - 1].id if len(items) > ITEMS_SHOWN else None
    lines = [line for line in on_hand.stock_at(session, place.id) if line.product_code == product]
    return Shelf(place, lines, found, items[:ITEMS_SHOWN], more)


def _age(on: date | None, today: date) -> str:
    """How near an expiry is: stop, caution, quiet."""
    if on is None:
        return "quiet"
    left = (on - today).days
    return "stop" if left < 0 else "caution" if left <= 90 else "quiet"
