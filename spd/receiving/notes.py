"""This file is delivery notes: announced by the supplier, compared with what came, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import Product, get_price, get_product
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.ledger import Item, Movement, MovementKind
from spd.parties import Party, get_supplier
from spd.receiving.models import Delivery, DeliveryLine


class UnknownDelivery(NotFound):
    """No delivery note has this number or label."""

    code = "unknown-delivery"
    error = "E01"
    say = {
        "zh": "没有送货单 {delivery}。扫描送货单条码, 或先导入送货单。",
        "en": "There is no delivery note {delivery}. Scan the note's code, or import the note first.",
    }


class DeliveryClosed(Conflict):
    """The note is closed."""

    code = "delivery-closed"
    say = {
        "zh": "送货单 {delivery} 已收货完成。为新到货物导入新的送货单。",
        "en": "Delivery note {delivery} is closed. Import a new note for goods that came later.",
    }


class NoteKnown(Conflict):
    """The supplier's note is there already."""

    code = "note-known"
    verdict = "repeat"
    say = {
        "zh": "送货单 {delivery} 已导入, 不重复导入。",
        "en": "Delivery note {delivery} has been imported before. It was not imported again.",
    }


@dataclass(frozen=True, kw_only=True)
class AnnouncedLine:
    """A line of a note; without a price the one agreed with the supplier holds."""

    product: str
    quantity: int
    lot: str = ""
    expires_on: date | None = None
    unit_price: Decimal | None = None
    settlement_mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A delivery note as the supplier sent it."""

    occasion: Occasion
    code: str
    supplier: str
    lines: Sequence[AnnouncedLine]


@dataclass(frozen=True, kw_only=True)
class LineState:
    """A line of a note with what has come of it."""

    id: int
    line: int
    product_id: int
    product: str
    name: str
    name_en: str
    base_unit: str
    lot: str
    expires_on: date | None
    quantity: int
    received: int
    unit_price: Decimal
    settlement_mode: str


def announce(session: Session, note: Announced) -> Delivery:
    """The note on record, all received quantities at zero.

    Raises: UnknownSupplier, NoteKnown, UnknownProduct, NoPrice.
    """
    supplier = get_supplier(session, note.supplier)
    if session.scalar(select(Delivery.id).where(Delivery.code == note.code)):
        raise NoteKnown(delivery=note.code)
    delivery = Delivery(
        code=note.code,
        label=own.derive("document", f"delivery:{supplier.code}:{note.code}".encode()),
        supplier_id=supplier.id,
        announced_at=note.occasion.recorded_at,
        lines=[_line(session, supplier, n, said, note.occasion.day) for n, said in enumerate(note.lines, 1)],
    )
    session.add(delivery)
    try:
        session.flush()  # its lines' numbers are told to the caller and kept on items
    except IntegrityError as error:  # somebody imports the same note at this moment
        raise NoteKnown(delivery=note.code) from error
    return delivery


def find_same(session: Session, note: Announced) -> Delivery | None:
    """The note on record that says exactly this, so that a program that asks again is answered, not refused."""
    known = session.scalars(select(Delivery).where(Delivery.code == note.code)).one_or_none()
    if known is None or known.supplier_id != get_supplier(session, note.supplier).id:
        return None
    if len(known.lines) != len(note.lines):
        return None
    same = (_says(session, line, said) for line, said in zip(known.lines, note.lines, strict=True))
    return known if all(same) else None


def _says(session: Session, line: DeliveryLine, said: AnnouncedLine) -> bool:
    """Whether a line on record is the one announced; what was left open then is whatever was agreed."""
    kept = (line.product_id, line.quantity, line.lot, line.expires_on)
    return (
        kept == (get_product(session, said.product).id, said.quantity, said.lot, said.expires_on)
        and said.unit_price in (None, line.unit_price)
        and said.settlement_mode in (None, line.settlement_mode)
    )


def _line(session: Session, supplier: Party, number: int, said: AnnouncedLine, day: date) -> DeliveryLine:
    product = get_product(session, said.product)
    price, mode = said.unit_price, said.settlement_mode
    if price is None or mode is None:
        agreed = get_price(session, product, supplier.id, on=day)
        price = agreed.unit_price if price is None else price
        mode = mode or agreed.settlement_mode
    return DeliveryLine(
        line=number,
        product_id=product.id,
        lot=said.lot,
        expires_on=said.expires_on,
        quantity=said.quantity,
        unit_price=price,
        settlement_mode=mode,
    )


def get_delivery(session: Session, code: str) -> Delivery:
    """The note with this number or label. Raises: UnknownDelivery."""
    known = select(Delivery).where((Delivery.code == code) | (Delivery.label == code))
    found = session.scalars(known.order_by(Delivery.code == code)).first()
    if found is None:
        raise UnknownDelivery(delivery=code)
    return found


def open_for_receiving(session: Session, delivery: Delivery) -> bool:
    """Whether the note is open; if so it is this act's until it ends, and others who receive on it wait.

    The note's row is written as it is: PostgreSQL then lets one act at a time count what has come. SQLite does anyway.
    """
    stays_open = (
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.closed_at.is_(None))
        .values(closed_at=None)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(stays_open).rowcount) == 1  # type: ignore[attr-defined]


def lines_received(session: Session, delivery: Delivery) -> list[LineState]:
    """The note's lines with what has been received of each, in the order of the note."""
    came = (
        select(Item.receipt_line_id, func.sum(Movement.quantity).label("received"))
        .join(Movement, Movement.item_id == Item.id)
        .where(Movement.kind == MovementKind.RECEIVE, Item.receipt_line_id.in_([line.id for line in delivery.lines]))
        .group_by(Item.receipt_line_id)
        .subquery()
    )
    query = (
        select(DeliveryLine, Product.code, Product.name, Product.name_en, Product.base_unit, came.c.received)
        .join(Product, Product.id == DeliveryLine.product_id)
        .outerjoin(came, came.c.receipt_line_id == DeliveryLine.id)
        .where(DeliveryLine.delivery_id == delivery.id)
        .order_by(DeliveryLine.line)
    )
    return [
        LineState(
            id=line.id,
            line=line.line,
            product_id=line.product_id,
            product=product,
            name=name,
            name_en=name_en,
            base_unit=base_unit,
            lot=line.lot,
            expires_on=line.expires_on,
            quantity=line.quantity,
            received=int(received or 0),
            unit_price=line.unit_price,
            settlement_mode=line.settlement_mode,
        )
        for line, product, name, name_en, base_unit, received in session.execute(query)
    ]
