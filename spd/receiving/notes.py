"""This file is delivery notes on record: found, compared with what came, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.core.errors import Conflict, NotFound
from spd.ledger import Item, Movement, MovementKind
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
    produced_on: date | None = None
    order_line_id: int | None = None
    largest_quantity: int = 0


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


def came_of(lines: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """What has been received, by the note's line: `receipt_line_id`, `received`. `lines` says of which."""
    return (
        select(Item.receipt_line_id, func.sum(Movement.quantity).label("received"))
        .join(Movement, Movement.item_id == Item.id)
        .where(Movement.kind == MovementKind.RECEIVE, lines)
        .group_by(Item.receipt_line_id)
    )


def lines_received(session: Session, delivery: Delivery) -> list[LineState]:
    """The note's lines with what has been received of each, in the order of the note."""
    came = came_of(Item.receipt_line_id.in_([line.id for line in delivery.lines])).subquery()
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
            produced_on=line.produced_on,
            order_line_id=line.order_line_id,
            largest_quantity=line.largest_quantity,
        )
        for line, product, name, name_en, base_unit, received in session.execute(query)
    ]
