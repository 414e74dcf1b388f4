"""This file is the receiving bay as its pages show it: the notes that wait, and one note with what has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.here import settings
from api.pages import asides, places
from scanners import Scan, own
from spd import licensing, receiving
from spd.core import clock
from spd.labelling import Printer
from spd.ledger import Item
from spd.licensing import Finding
from spd.ordering import Order, OrderLine
from spd.parties import Party
from spd.places import Location, get_location
from spd.receiving import (
    Delivery,
    DeliveryLine,
    DeliveryPackage,
    Difference,
    Inspection,
    InspectionResult,
    LineState,
    ReceivingException,
    cold,
)
from spd.receiving.aside import PutAside, told
from spd.receiving.closing import NEAR

SHOWN = 200
"""Open notes on the first page; others are searched for."""
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
    unprinted: int
    printers: list[Printer]
    differences: list[Difference]
    asides: list[PutAside]
    held: int
    temperature: int | None
    warnings: list[Finding]
    today: date

    @property
    def complete(self) -> int:
        """Lines of which everything has come."""
        return sum(line.received >= line.quantity for line in self.lines)

    @property
    def unexplained(self) -> list[Difference]:
        """The differences that need a reason."""
        return [one for one in self.differences if one.kind != NEAR]


def desk(session: Session) -> dict[str, Any]:
    """The first page of receiving: the notes that wait (`?q=`), and how much waits on the lists of the bay."""
    words = request.args.get("q", "").strip()[:80]
    notes = waiting(session, words)
    more = 0 if len(notes) < SHOWN else (session.scalar(_open(words).with_only_columns(func.count())) or 0) - SHOWN
    aside = select(func.count()).where(ReceivingException.resolved_at.is_(None))
    held = select(func.count()).where(Inspection.result == InspectionResult.HELD.value)
    return {
        "waiting": notes,
        "more": more,
        "words": words,
        "aside_count": session.scalar(aside.select_from(ReceivingException)) or 0,
        "held_count": session.scalar(held.select_from(Inspection)) or 0,
    }


def _open(words: str) -> Any:
    """Open notes: all, or those whose numbers, supplier or purchase orders have these words."""
    query: Any = select(Delivery, Party).join(Party, Party.id == Delivery.supplier_id)
    query = query.where(Delivery.closed_at.is_(None))
    if not words:
        return query
    ordered = (
        select(DeliveryLine.id)
        .join(OrderLine, OrderLine.id == DeliveryLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(DeliveryLine.delivery_id == Delivery.id, Order.code.icontains(words, autoescape=True))
    )
    said = (Delivery.code, Delivery.label, Delivery.slip_number, Party.code, Party.name, Party.name_en)
    return query.where(or_(*(column.icontains(words, autoescape=True) for column in said), ordered.exists()))


def waiting(session: Session, words: str = "") -> list[Waiting]:
    """The notes that are open, the oldest first; only those with these words."""
    query = _open(words).order_by(Delivery.announced_at, Delivery.id).limit(SHOWN)
    notes = []
    for delivery, supplier in session.execute(query):
        lines = receiving.lines_received(session, delivery)
        complete = sum(line.received >= line.quantity for line in lines)
        notes.append(Waiting(delivery.code, supplier, delivery.announced_at, len(lines), complete))
    return notes


def note_of_case(session: Session, scan: Scan) -> str | None:
    """The open note that lists this case or pallet, the oldest where several do."""
    code = scan.sscc or (scan.code if scan.kind == "document" else None)
    if not code:
        return None
    query = (
        select(Delivery.code)
        .join(DeliveryPackage, DeliveryPackage.delivery_id == Delivery.id)
        .where(DeliveryPackage.sscc == code, Delivery.closed_at.is_(None))
    )
    return session.scalar(query.order_by(Delivery.id).limit(1))


def bay_of(session: Session, code: str, state: dict[str, Any]) -> Bay:
    """The page of one note, at the store the page stands on. Raises: UnknownDelivery, UnknownLocation."""
    note = receiving.get_delivery(session, code)
    stores = places.stores(session)
    chosen = next((place for place in stores if place.code == state.get("location")), None)
    if chosen is None and state.get("location"):
        chosen = get_location(session, str(state["location"]))
    lines = receiving.lines_received(session, note)
    today = clock.day_of(clock.now(), settings().zone)
    return Bay(
        note=note,
        supplier=session.get_one(Party, note.supplier_id),
        lines=lines,
        location=chosen or stores[0],
        stores=stores,
        own_codes=_own_codes(session, lines),
        unprinted=len(asides.unprinted(session, note.code)),
        printers=list(session.scalars(select(Printer).where(~Printer.retired).order_by(Printer.code))),
        differences=receiving.differences(session, note, on=today),
        asides=told(session, (ReceivingException.delivery_id == note.id) & ReceivingException.resolved_at.is_(None)),
        held=_held(session, note),
        temperature=cold.newest(session, note),
        warnings=_warnings(session, note, lines, today) if request.method == "GET" else [],
        today=today,
    )


def _held(session: Session, note: Delivery) -> int:
    mine = (Inspection.delivery_id == note.id) & (Inspection.result == InspectionResult.HELD.value)
    return session.scalar(select(func.count()).select_from(Inspection).where(mine)) or 0


def _warnings(session: Session, note: Delivery, lines: list[LineState], today: date) -> list[Finding]:
    """What is told of licences before anything is scanned; what depends on the day of production is judged then."""
    wanted = [licensing.Wanted(supplier_id=note.supplier_id, product_id=line.product_id) for line in lines]
    found = licensing.findings(session, wanted, on=today, act=licensing.Act.RECEIVE)
    unsaid = (licensing.Matter.DAY_UNKNOWN, licensing.Matter.MISSING)
    return [one for one in found if one.severity is licensing.Severity.BLOCK or one.matter not in unsaid]


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
