"""This file is a count as its scan page shows it: where one stands, what is counted there, what is still to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import counting
from spd.catalog import Lot, Product
from spd.counting import Count, CountState, Judged
from spd.counting.models import CountLine, CountLineItem
from spd.ledger import Item, find_item_state
from spd.places import Location

SHOWN = 60


@dataclass(frozen=True)
class LineShown:
    """A thing counted at a place."""

    item: str
    name: str
    name_en: str
    specification: str
    lot: str
    base_unit: str
    quantity: int
    at: datetime


def context(session: Session, count: Count, state: dict[str, Any], staff_id: int, *, on: date) -> dict[str, Any]:
    """What the page of one count shows."""
    places = counting.progress(session, count)
    here = next((one for one in places if one.place.code == state.get("place")), None)
    again = to_count_again(session, count, on=on)
    return {
        "count": count,
        "places": places,
        "here": here,
        "lines_here": _lines(session, count, here.place, staff_id) if here else [],
        "again": again,
        "again_at": {place.id: place for place in _places(session, again)},
        "left": [one for one in places if len(one.begun) < count.rounds],
        "waiting": counting.on_the_way(session, [one.place for one in places]),
        "in_review": count.state == CountState.REVIEW,
        "is_on": count.state in (CountState.PLANNED, CountState.COUNTING),
    }


def to_count_again(session: Session, count: Count, *, on: date) -> list[Judged]:
    """In review: what is to be counted again. The page names the things and no figures."""
    if count.state != CountState.REVIEW:
        return []
    return [one for one in counting.judge(session, count, on=on) if one.recount]


def place_of(session: Session, count: Count, code: str) -> str:
    """Where a thing of a count in review was counted, else where it is booked; empty where it is nothing."""
    item = find_item_state(session, code)
    if item is None:
        return ""
    query = (
        select(Location.code)
        .join(CountLine, CountLine.location_id == Location.id)
        .join(CountLineItem, CountLineItem.line_id == CountLine.id)
        .where(CountLine.count_id == count.id, CountLineItem.item_id == item.id)
        .order_by(CountLine.id)
        .limit(1)
    )
    return session.scalar(query) or session.get_one(Location, item.location_id).code


def _places(session: Session, again: list[Judged]) -> list[Location]:
    query = select(Location).where(Location.id.in_({one.location_id for one in again}))
    return list(session.scalars(query))


def _lines(session: Session, count: Count, place: Location, staff_id: int) -> list[LineShown]:
    """What this person counted at a place, the newest first; of each thing the number that holds."""
    mine = (CountLine.count_id == count.id) & (CountLine.location_id == place.id) & (CountLine.staff_id == staff_id)
    newest = (
        select(func.max(CountLine.id))
        .join(CountLineItem, CountLineItem.line_id == CountLine.id)
        .where(mine)
        .group_by(CountLineItem.item_id)
    )
    query = (
        select(
            Item.code, Product.name, Product.name_en, Product.specification, Lot.code, Product.base_unit,
            CountLine.quantity, CountLine.recorded_at,
        )
        .join(CountLineItem, CountLineItem.item_id == Item.id)
        .join(CountLine, CountLine.id == CountLineItem.line_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(CountLine.id.in_(newest), CountLineItem.location_id == place.id)
        .order_by(CountLine.id.desc(), Item.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [LineShown(*row) for row in session.execute(query)]
