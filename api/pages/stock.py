"""This file is the page of stock: what a place holds by product, and each thing of a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

import scanners
from api import access
from api.here import read, settings
from api.pages import binding, bp, places
from api.pages.verdicts import refused
from api.v1.items import refuse_foreign
from scanners import Scan, Unreadable
from spd import stock as on_hand
from spd.catalog import Product, get_product
from spd.core import clock
from spd.places import Location, UnknownLocation, get_location
from spd.stock import OnHand, StockLine, identify

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
    wanted, product = request.args.get("location", ""), request.args.get("product", "")
    after = request.args.get("after", 0, type=int)
    scan = None if wanted else _scanned(request.args.get("scan", ""))

    def ask(session: Session) -> tuple[list[Location], Shelf | None]:
        seen = places.may_see(session)
        if scan is not None and (found := identify(session, [scan], departments=access.departments()).product):
            place = seen[0] if seen else None  # a product was scanned, and no shelf
            return seen, None if place is None else _shelf(session, place, found.code, after)
        here = wanted or (scan.code or scan.data if scan is not None else "")
        place = get_location(session, here) if here else (seen[0] if seen else None)
        if place is None:
            return seen, None
        refuse_foreign(place.department_id)
        return seen, _shelf(session, place, product, after)

    problem = None
    try:
        seen, shelf = read(ask)
    except UnknownLocation as error:
        if scan is None:
            raise
        seen, shelf = read(places.may_see), None
        problem = binding.offered(refused(error), scan, url_for("pages.stock"))
    today = clock.day_of(clock.now(), settings().zone)
    context: dict[str, Any] = {
        "problem": problem,
        "kind_name": places.kind_name,
        "age": lambda on: _age(on, today),
        "now": clock.now(),
    }
    return render_template("stock.html", places=seen, shelf=shelf, **context)


def _scanned(raw: str) -> Scan | None:
    """What a scanned text says; a place may go by a text that no code is built like."""
    try:
        return scanners.read(raw) if raw else None
    except Unreadable:
        return Scan(raw=raw, kind="unknown", data=raw, valid=False, strict_valid=False)


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
