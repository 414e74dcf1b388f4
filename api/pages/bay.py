"""This file is the receiving bay as its pages show it: the notes that wait, and one note with what has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import settings
from api.pages import places
from scanners import own
from spd import receiving
from spd.core import clock
from spd.ledger import Item
from spd.parties import Party
from spd.places import Location, get_location
from spd.receiving import Delivery, LineState

LABELS_AT_ONCE = 200  # what one file of labels may hold


@dataclass(frozen=True)
class Waiting:
    """A note that waits, and how much of it has come."""

    code: str
    supplier: Party
    announced_at: Any
    lines: int
    complete: int


@dataclass(frozen=True)
class Bay:
    """What the page of one note shows."""

    note: Delivery
    supplier: Party
    lines: list[LineState]
    location: Location
    stores: list[Location]
    own_codes: list[str]
    today: date

    @property
    def complete(self) -> int:
        """Lines of which everything has come."""
        return sum(line.received >= line.quantity for line in self.lines)

    @property
    def short(self) -> list[LineState]:
        """Lines of which something is missing."""
        return [line for line in self.lines if line.received < line.quantity]


def waiting(session: Session) -> list[Waiting]:
    """The notes that are open, the oldest first."""
    query = (
        select(Delivery, Party)
        .join(Party, Party.id == Delivery.supplier_id)
        .where(Delivery.closed_at.is_(None))
        .order_by(Delivery.announced_at, Delivery.id)
        .limit(200)
    )
    notes = []
    for delivery, supplier in session.execute(query):
        lines = receiving.lines_received(session, delivery)
        complete = sum(line.received >= line.quantity for line in lines)
        notes.append(Waiting(delivery.code, supplier, delivery.announced_at, len(lines), complete))
    return notes


def bay_of(session: Session, code: str, state: dict[str, Any]) -> Bay:
    """The page of one note, at the store the page stands on. Raises: UnknownDelivery, UnknownLocation."""
    note = receiving.get_delivery(session, code)
    stores = places.stores(session)
    chosen = next((place for place in stores if place.code == state.get("location")), None)
    if chosen is None and state.get("location"):
        chosen = get_location(session, str(state["location"]))
    lines = receiving.lines_received(session, note)
    return Bay(
        note=note,
        supplier=session.get_one(Party, note.supplier_id),
        lines=lines,
        location=chosen or stores[0],
        stores=stores,
        own_codes=_own_codes(session, lines),
        today=clock.day_of(clock.now(), settings().zone),
    )


def _own_codes(session: Session, lines: list[LineState]) -> list[str]:
    """The codes of this note's items that we print ourselves, the newest first."""
    query = (
        select(Item.code)
        .where(Item.receipt_line_id.in_([line.id for line in lines]), Item.parent_id.is_(None))
        .where(func.length(Item.code) == own.LENGTH)
        .order_by(Item.id.desc())
        .limit(LABELS_AT_ONCE)
    )
    return [code for code in session.scalars(query) if own.is_own(code)]
