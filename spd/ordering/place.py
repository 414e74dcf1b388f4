"""This file is placing orders and amending them: every amendment is a new version, the earlier ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd import policies
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Racing
from spd.ordering import steps
from spd.ordering.lines import Orderable, Wanted, judge, written
from spd.ordering.models import Answer, Order, OrderLine, OrderState
from spd.ordering.progress import LineProgress, amount_of, lines_of
from spd.parties import Party, get_supplier
from spd.places import Location, LocationKind, UnknownLocation, get_location


class BelowAnnounced(Refused):
    """The supplier has announced or delivered more than the order is to ask for."""

    code = "below-announced"
    say = {
        "zh": "{product} 供应商已通知送货 {announced}, 订单不能改为 {quantity}。先请供应商修改送货单。",
        "en": "{announced} of {product} have been announced: the order cannot ask for {quantity}. "
        "Have the supplier amend the note first.",
    }


@dataclass(frozen=True, kw_only=True)
class ToOrder:
    """An order as it is asked for."""

    supplier: str
    location: str
    lines: Sequence[Wanted]
    wanted_on: date | None = None
    over_percent: int = 0
    note: str = ""


def place(session: Session, occasion: Occasion, asked: Sequence[ToOrder], *, submit: bool = False) -> list[Order]:
    """The orders, drafts or at once submitted for approval; all of them, or with a refusal none.

    Asked again with the same key, the first ones are returned.
    Raises: KeyReused, UnknownSupplier, UnknownLocation, NothingOrdered, ProductTwice, UnknownProduct, NotAdmitted,
    NoPrice, BelowMinimum, NotWholePackaging.
    """
    if done := steps.find_done(session, occasion):
        ids = list(dict.fromkeys(step.order_id for step in done))
        return [session.get_one(Order, order_id) for order_id in ids]
    placed = []
    for number, one in enumerate(asked):
        order = _placed(session, occasion, one, number)
        if submit:
            send_for_approval(session, occasion, order)
        placed.append(order)
    return placed


def _placed(session: Session, occasion: Occasion, asked: ToOrder, number: int) -> Order:
    supplier = get_supplier(session, asked.supplier)
    store = get_store(session, asked.location)
    lines = judge(session, supplier, asked.lines, on=occasion.day)
    label = own.derive("document", f"order:{occasion.request_key}:{number}".encode())
    order = Order(
        code=label,
        label=label,
        supplier_id=supplier.id,
        location_id=store.id,
        state=OrderState.DRAFT.value,
        placed_at=occasion.recorded_at,
        placed_by_id=occasion.staff_id,
        wanted_on=asked.wanted_on,
        over_percent=asked.over_percent,
        note=asked.note,
    )
    session.add(order)
    try:
        session.flush()  # its number makes its code; the same key at this moment is refused here
    except IntegrityError as error:
        raise Racing() from error
    order.code = f"PO{occasion.day:%y%m%d}-{order.id:04d}"
    session.add_all(written(order.id, 1, place_in, line, asked.wanted_on) for place_in, line in enumerate(lines, 1))
    steps.note(session, occasion, order, "place")
    return order


def get_store(session: Session, code: str) -> Location:
    """The store that goods are ordered for. Raises: UnknownLocation."""
    store = get_location(session, code)
    if store.kind != LocationKind.STORE:
        raise UnknownLocation(location=code)
    return store


def amend(session: Session, occasion: Occasion, order: Order, asked: ToOrder, *, reason: str) -> Order:
    """The order in a new version, to be approved again; what it asked before is kept. Supplier and store stay.

    Raises: KeyReused, NotThatStep, NothingOrdered, ProductTwice, UnknownProduct, NotAdmitted, NoPrice, BelowMinimum,
    NotWholePackaging, BelowAnnounced, Racing.
    """
    if steps.find_done(session, occasion):
        return order
    lines = judge(session, session.get_one(Party, order.supplier_id), asked.lines, on=occasion.day)
    steps.keep_still(session, order)
    before = lines_of(session, [order.id])[order.id]
    _refuse_below_announced(before, lines)
    steps.take(session, occasion, order, "amend", reason=reason)
    session.execute(
        update(Order)
        .where(Order.id == order.id)
        .values(
            version=order.version + 1,
            answer=Answer.NONE.value,
            wanted_on=asked.wanted_on,
            over_percent=asked.over_percent,
            note=asked.note,
        )
    )
    session.refresh(order)
    numbers = _numbers(session, order)
    for line in lines:
        number = numbers.setdefault(line.product.id, max(numbers.values(), default=0) + 1)
        session.add(written(order.id, order.version, number, line, asked.wanted_on))
    session.flush()  # two amendments at once: the second is refused here
    return order


def _numbers(session: Session, order: Order) -> dict[int, int]:
    """The number of each product's line in any version: a product that comes back gets its own again."""
    query = select(OrderLine.product_id, OrderLine.line).where(OrderLine.order_id == order.id)
    return {row.product_id: row.line for row in session.execute(query)}


def _refuse_below_announced(before: Sequence[LineProgress], lines: Sequence[Orderable]) -> None:
    wanted = {line.product.id: line.wanted.quantity for line in lines}
    for line in before:
        quantity = wanted.get(line.product_id, 0)
        if quantity < line.announced:
            raise BelowAnnounced(product=line.name, announced=line.announced, quantity=quantity)


def send_for_approval(session: Session, occasion: Occasion, order: Order) -> None:
    """The order waits for another person's approval, or needs none by its value. Raises: NotThatStep, Racing."""
    steps.take(session, occasion, order, "submit")
    least = policies.get(session, "order.approval_value")
    amount = session.scalar(select(amount_of()).where(Order.id == order.id))
    if least and amount is not None and amount < least:
        steps.take(session, occasion, order, "waive")
