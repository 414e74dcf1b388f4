"""This file is what a store stands at, found for all products at once: there, ordered, asked for, given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select, union_all
from sqlalchemy.orm import Session

from spd.catalog import Lot
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.ordering.levels import Use
from spd.ordering.models import Answer, Order, OrderAnswer, OrderLine, OrderState, OrderStep
from spd.ordering.progress import announced_and_received
from spd.places import WARD_KINDS, End, Location
from spd.receiving import Delivery, DeliveryLine, came_of
from spd.replenishment.levels import planned
from spd.replenishment.needs import statement as refill_list
from spd.stock.until import unexpired

PENDING = (OrderState.DRAFT, OrderState.SUBMITTED, OrderState.APPROVED, OrderState.SENT)
_OUT = (MovementKind.DISPATCH, MovementKind.TRANSFER, MovementKind.CONSUME)
_BACK = (MovementKind.DELIVER, MovementKind.TRANSFER, MovementKind.RETURN, MovementKind.REVERSE)
_NOT_BACK = (End.SUPPLIER, End.PROCESSING, End.LOSS, End.FOUND)
Key = tuple[int, int]  # store and product


def available(session: Session, stores: Sequence[int], *, on: date, at: datetime | None = None) -> dict[Key, int]:
    """Base units that can be given out: not held, not reserved, not expired."""
    query = (
        select(Item.location_id, Item.product_id, func.sum(Item.quantity))
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id.in_(stores), Item.state == ItemStateName.AVAILABLE, Item.quantity > 0)
        .where(unexpired(Moment(on, at)))
        .group_by(Item.location_id, Item.product_id)
    )
    return {(store, product): int(quantity) for store, product, quantity in session.execute(query)}


def on_order(session: Session, main_store: int) -> dict[Key, int]:
    """Base units that are still to come: of orders, less what the supplier will not deliver; of notes without one.

    Notes without an order come to the main store.
    """
    pending = and_(Order.state.in_([state.value for state in PENDING]), Order.answer != Answer.DECLINED)
    came = {(row.order_id, row.line): int(row.received) for row in session.execute(announced_and_received(pending))}
    promised = {row.order_line_id: row.quantity for row in session.execute(_promised(pending))}
    query = (
        select(OrderLine.id, OrderLine.order_id, OrderLine.line, OrderLine.product_id, OrderLine.quantity)
        .add_columns(Order.location_id)
        .join(Order, and_(Order.id == OrderLine.order_id, Order.version == OrderLine.version))
        .where(pending)
    )
    coming: dict[Key, int] = {}
    for line in session.execute(query):
        due = promised.get(line.id, line.quantity) - came.get((line.order_id, line.line), 0)
        key = (line.location_id, line.product_id)
        coming[key] = coming.get(key, 0) + max(0, due)
    for product, quantity in session.execute(_announced_without_order()):
        key = (main_store, product)
        coming[key] = coming.get(key, 0) + int(quantity)
    return coming


def _promised(pending: Any) -> Select[*tuple[Any, ...]]:
    """What the supplier confirmed last of each line."""
    last = (
        select(func.max(OrderAnswer.id))
        .join(OrderLine, OrderLine.id == OrderAnswer.order_line_id)
        .join(Order, and_(Order.id == OrderLine.order_id, Order.version == OrderLine.version))
        .where(pending)
        .group_by(OrderAnswer.order_line_id)
    )
    return select(OrderAnswer.order_line_id, OrderAnswer.quantity).where(OrderAnswer.id.in_(last))


def _announced_without_order() -> Select[*tuple[Any, ...]]:
    lines = select(DeliveryLine.id).join(Delivery).where(Delivery.closed_at.is_(None))
    came = came_of(Item.receipt_line_id.in_(lines)).subquery()
    due = DeliveryLine.quantity - func.coalesce(came.c.received, 0)
    return (
        select(DeliveryLine.product_id, func.sum(case((due > 0, due), else_=0)))
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .outerjoin(came, came.c.receipt_line_id == DeliveryLine.id)
        .where(Delivery.closed_at.is_(None), DeliveryLine.order_line_id.is_(None))
        .group_by(DeliveryLine.product_id)
    )


def given_out(session: Session, stores: Sequence[int], *, on: date, days: int) -> dict[Key, Use]:
    """What each store gave out in the days before `on`, less what came back, by day."""
    of_day = Movement.day_on.between(on - timedelta(days=days), on - timedelta(days=1))
    out = (
        select(Movement.from_location_id.label("store"), Item.product_id, Movement.day_on, Movement.quantity)
        .join(Item, Item.id == Movement.item_id)
        .where(of_day, Movement.kind.in_(_OUT), Movement.from_location_id.in_(stores))
    )
    back = (
        select(Movement.to_location_id.label("store"), Item.product_id, Movement.day_on, -Movement.quantity)
        .join(Item, Item.id == Movement.item_id)
        .where(of_day, Movement.kind.in_(_BACK), Movement.to_location_id.in_(stores))
        .where(Movement.from_location_id.not_in(_NOT_BACK), Movement.from_location_id != Movement.to_location_id)
    )
    both = union_all(out, back).subquery()
    daily = (
        select(both.c.store, both.c.product_id, both.c.day_on, func.sum(both.c.quantity).label("quantity"))
        .group_by(both.c.store, both.c.product_id, both.c.day_on)
        .subquery()
    )
    query = select(
        daily.c.store,
        daily.c.product_id,
        func.sum(daily.c.quantity).label("total"),
        func.sum(daily.c.quantity * daily.c.quantity).label("squares"),
    ).group_by(daily.c.store, daily.c.product_id)
    return {
        (row.store, row.product_id): Use(total=int(row.total), squares=int(row.squares), days=days)
        for row in session.execute(query)
    }


def ward_demand(session: Session, *, on: date, at: datetime | None = None) -> dict[int, int]:
    """Base units that wards are waiting for, by product: their refill list, and what waves are still to pick."""
    wards = select(Location.id).where(Location.kind.in_(WARD_KINDS))
    needed = refill_list(on=on, at=at).subquery("needed")
    to_pick = planned().subquery("to_pick")
    asked = union_all(
        select(needed.c.product_id, (needed.c.need * needed.c.pack_quantity).label("quantity")).where(
            needed.c.location_id.in_(wards)
        ),
        select(to_pick.c.product_id, to_pick.c.quantity).where(to_pick.c.location_id.in_(wards)),
    ).subquery("asked")
    query = select(asked.c.product_id, func.sum(asked.c.quantity)).group_by(asked.c.product_id)
    return {product_id: int(quantity) for product_id, quantity in session.execute(query)}


def lead_days_of(session: Session) -> dict[int, int]:
    """Days from sending an order to its first goods, on average over past orders, by supplier."""
    sent = (
        select(OrderStep.order_id, func.min(OrderStep.day_on).label("day_on"))
        .where(OrderStep.step == "send")
        .group_by(OrderStep.order_id)
        .subquery()
    )
    first = (
        select(OrderLine.order_id, func.min(Movement.day_on).label("day_on"))
        .join(DeliveryLine, DeliveryLine.order_line_id == OrderLine.id)
        .join(Item, Item.receipt_line_id == DeliveryLine.id)
        .join(Movement, Movement.item_id == Item.id)
        .where(Movement.kind == MovementKind.RECEIVE)
        .group_by(OrderLine.order_id)
        .subquery()
    )
    query = (
        select(Order.supplier_id, sent.c.day_on, first.c.day_on)
        .join(sent, sent.c.order_id == Order.id)
        .join(first, first.c.order_id == Order.id)
    )
    days: dict[int, list[int]] = {}
    for supplier, left, came in session.execute(query):
        days.setdefault(supplier, []).append(max(0, (came - left).days))
    return {supplier: -(-sum(taken) // len(taken)) for supplier, taken in days.items()}
