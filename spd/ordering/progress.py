"""This file is how far orders are: what of each line was announced and what came, always summed, never kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Product
from spd.core.columns import worth
from spd.ledger import Item, Movement, MovementKind
from spd.ordering.models import Order, OrderAnswer, OrderLine, OrderState, OrderStep
from spd.receiving import Delivery, DeliveryLine, came_of

PARTLY, DELIVERED = "partly_delivered", "delivered"
PROGRESS = (*(state.value for state in OrderState), PARTLY, DELIVERED)
"""What an order is shown as."""


@dataclass(frozen=True, kw_only=True)
class LineProgress:
    """A line of an order in its version in force, with what was announced of it and what came."""

    id: int
    order_id: int
    line: int
    product_id: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    quantity: int
    order_multiple: int
    unit_price: Decimal
    settlement_mode: str
    wanted_on: date | None
    reason: str
    announced: int
    received: int
    confirmed: int | None
    promised_on: date | None

    @property
    def amount(self) -> Decimal:
        """What the line costs."""
        return self.quantity * self.unit_price

    @property
    def missing(self) -> int:
        """What has not come."""
        return max(0, self.quantity - self.received)

    def open(self, over_percent: int, *, given_back: int = 0) -> int:
        """What a further note may state; the order may allow more than it asked for, a note may give back its own."""
        return max(0, self.quantity * (100 + over_percent) // 100 - self.announced + given_back)


def lines_of(
    session: Session, order_ids: Sequence[int], *, at: datetime | None = None
) -> dict[int, list[LineProgress]]:
    """The lines of these orders in force, by order, in order; with `at` those in force at an instant, and what of them
    had come then."""
    said = _said(session, order_ids, at)
    promised = _promised(session, order_ids)
    query = (
        select(OrderLine, Product.code, Product.name, Product.name_en, Product.specification, Product.base_unit)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .where(Order.id.in_(order_ids), OrderLine.version == _version(at))
        .order_by(OrderLine.order_id, OrderLine.line)
    )
    found: dict[int, list[LineProgress]] = {order_id: [] for order_id in order_ids}
    for row, code, name, name_en, specification, unit in session.execute(query):
        announced, received = said.get((row.order_id, row.line), (0, 0))
        confirmed, day = promised.get(row.id, (None, None))
        found[row.order_id].append(
            LineProgress(
                id=row.id, order_id=row.order_id, line=row.line, product_id=row.product_id, product=code, name=name,
                name_en=name_en, specification=specification, base_unit=unit, quantity=row.quantity,
                order_multiple=row.order_multiple, unit_price=row.unit_price, settlement_mode=row.settlement_mode,
                wanted_on=row.wanted_on, reason=row.reason, announced=announced, received=received,
                confirmed=confirmed, promised_on=day,
            )
        )  # fmt: skip
    return found


def _version(at: datetime | None) -> Any:
    """The version of an order that is in force, or was at an instant."""
    if at is None:
        return Order.version
    newest = select(func.max(OrderStep.version)).where(OrderStep.order_id == Order.id, OrderStep.done_at <= at)
    return newest.correlate(Order).scalar_subquery()


def announced_and_received(orders: ColumnElement[bool], at: datetime | None = None) -> Select[Any]:
    """(order_id, line, announced, received) of every line that a note names; `orders` says of which orders.

    A note that is closed announces no more than what came of it: the rest is open again. With `at` what had come then.
    """
    theirs = Item.receipt_line_id.in_(
        select(DeliveryLine.id)
        .join(OrderLine, OrderLine.id == DeliveryLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(orders)
    )
    came = came_of(theirs if at is None else theirs & (Movement.recorded_at <= at)).subquery()
    received = func.coalesce(came.c.received, 0)
    return (
        select(
            OrderLine.order_id,
            OrderLine.line,
            func.sum(_larger_while_open(received)).label("announced"),
            func.sum(received).label("received"),
        )
        .join(DeliveryLine, DeliveryLine.order_line_id == OrderLine.id)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(came, came.c.receipt_line_id == DeliveryLine.id)
        .where(orders)
        .group_by(OrderLine.order_id, OrderLine.line)
    )


def _larger_while_open(received: ColumnElement[Any]) -> ColumnElement[Any]:
    stated = case((received > DeliveryLine.quantity, received), else_=DeliveryLine.quantity)
    return case((Delivery.closed_at.is_(None), stated), else_=received)


def _said(session: Session, order_ids: Sequence[int], at: datetime | None) -> dict[tuple[int, int], tuple[int, int]]:
    rows = session.execute(announced_and_received(Order.id.in_(order_ids), at))
    return {(row.order_id, row.line): (int(row.announced), int(row.received)) for row in rows}


def _promised(session: Session, order_ids: Sequence[int]) -> dict[int, tuple[int, date | None]]:
    """What the supplier confirmed last, by line."""
    query = (
        select(OrderAnswer.order_line_id, OrderAnswer.quantity, OrderAnswer.promised_on)
        .join(OrderLine, OrderLine.id == OrderAnswer.order_line_id)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderAnswer.id)
    )
    return {line: (quantity, day) for line, quantity, day in session.execute(query)}


def amount_of() -> ColumnElement[Any]:
    """What an order costs in its version in force, as an expression of `Order`."""
    total = func.sum(worth(OrderLine.quantity, OrderLine.unit_price))
    return (
        select(total)
        .where(OrderLine.order_id == Order.id, OrderLine.version == Order.version)
        .correlate(Order)
        .scalar_subquery()
    )


def progress_of() -> ColumnElement[str]:
    """What an order is shown as, as an expression of `Order`: its state, and once sent what came of it."""
    return case(
        (Order.state != OrderState.SENT, Order.state),
        (~_received_any(), OrderState.SENT.value),
        (_some_missing(), PARTLY),
        else_=DELIVERED,
    )


_LINE = aliased(OrderLine)


def _received_any() -> ColumnElement[bool]:
    return exists(
        select(Movement.id)
        .join(Item, Item.id == Movement.item_id)
        .join(DeliveryLine, DeliveryLine.id == Item.receipt_line_id)
        .join(_LINE, _LINE.id == DeliveryLine.order_line_id)
        .where(_LINE.order_id == Order.id, Movement.kind == MovementKind.RECEIVE)
        .correlate(Order)
    )


_WANTED = aliased(OrderLine)
_NOTED = aliased(OrderLine)


def _some_missing() -> ColumnElement[bool]:
    came = (
        select(func.coalesce(func.sum(Movement.quantity), 0))
        .join(Item, Item.id == Movement.item_id)
        .join(DeliveryLine, DeliveryLine.id == Item.receipt_line_id)
        .join(_NOTED, _NOTED.id == DeliveryLine.order_line_id)
        .where(_NOTED.order_id == _WANTED.order_id, _NOTED.line == _WANTED.line, Movement.kind == MovementKind.RECEIVE)
        .correlate(_WANTED)
        .scalar_subquery()
    )
    return exists(
        select(_WANTED.id)
        .where(_WANTED.order_id == Order.id, _WANTED.version == Order.version, came < _WANTED.quantity)
        .correlate(Order)
    )


def shown_as(order: Order, lines: Sequence[LineProgress]) -> str:
    """The same for one order that is at hand."""
    if order.state != OrderState.SENT or not any(line.received for line in lines):
        return order.state
    return PARTLY if any(line.missing for line in lines) else DELIVERED
