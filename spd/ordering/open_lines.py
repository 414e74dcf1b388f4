"""This file is what a note may state of orders: each line finds its order's line, and no more than is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, NotFound, Refusal, Refused
from spd.ordering import steps
from spd.ordering.models import Answer, Order, OrderLine, OrderState
from spd.ordering.progress import LineProgress, lines_of
from spd.parties import get_supplier
from spd.receiving import Announced, AnnouncedLine, Delivery


class OrderNotOpen(Conflict):
    """Nothing may be announced of this order now."""

    code = "order-not-open"
    say = {
        "zh": "订单 {order} 未发出、已变更、已拒绝或已关闭, 不能送货。请联系采购员。",
        "en": "Order {order} is not open for delivery: not sent, being changed, declined or closed. Ask the buyer.",
    }


class NotOnOrder(NotFound):
    """The order asks for no such product or line."""

    code = "not-on-order"
    say = {
        "zh": "订单 {order} 上没有 {product}。核对订单行。",
        "en": "{product} is not on order {order}. Check the line of the order.",
    }


class MoreThanOpen(Refused):
    """The note states more than the order still has open."""

    code = "more-than-open"
    error = "E09"
    say = {
        "zh": "{product} 在订单 {order} 上还可送 {open} {unit}, 送货单写了 {quantity}。改少后重新提交。",
        "en": "{open} {unit} of {product} are still open on order {order}, the note states {quantity}. State less.",
    }


@dataclass(frozen=True)
class Found:
    """A line of a note, by its place on it, with the line of the order it fulfils."""

    at: int
    said: AnnouncedLine
    line: LineProgress
    order: Order


@dataclass
class Stated:
    """What notes state of orders' lines, and what they gave back, by (order, line): of one note or of one file."""

    now: dict[tuple[int, int], int] = field(default_factory=dict)
    given_back: dict[tuple[int, int], int] = field(default_factory=dict)


def against_orders(session: Session, note: Announced) -> tuple[list[Found], Announced]:
    """The lines that name an order, each with its order's line; the orders are this act's until it ends.

    Raises: UnknownOrder, NotOnOrder.
    """
    codes = sorted({line.order for line in note.lines if line.order})
    if not codes:
        return [], note
    supplier = get_supplier(session, note.supplier)
    orders = {code: _order(session, code, supplier.id) for code in codes}
    for order in sorted(orders.values(), key=lambda one: one.id):
        steps.keep_still(session, order)
    lines = lines_of(session, [order.id for order in orders.values()])
    found, said = [], []
    for at, line in enumerate(note.lines):
        if not line.order:
            said.append(line)
            continue
        order = orders[line.order]
        match = _match(line, order, lines[order.id])
        found.append(Found(at, line, match, order))
        said.append(replace(line, order_line_id=match.id))
    return found, replace(note, lines=said)


def judge(
    session: Session, note: Announced, stated: Stated, known: Delivery | None = None
) -> list[tuple[int, Refusal]]:
    """What its orders refuse of a note that nobody has announced yet, each with the place of the line; writes nothing.

    `stated` is what notes before it in the same file take of the same orders; this one's share is added. `known` is
    the note as it stands, where it is to be amended.
    """
    supplier = get_supplier(session, note.supplier)
    refused: list[tuple[int, Refusal]] = []
    found: list[Found] = []
    lines: dict[int, list[LineProgress]] = {}
    for at, said in enumerate(note.lines):
        if not said.order:
            continue
        try:
            order = _order(session, said.order, supplier.id)
            if order.id not in lines:
                lines |= lines_of(session, [order.id])
            found.append(Found(at, said, _match(said, order, lines[order.id]), order))
        except Refusal as refusal:
            refused.append((at, refusal))
    if known is not None:
        for key, quantity in given_back(session, known).items():
            stated.given_back[key] = stated.given_back.get(key, 0) + quantity
    return [*refused, *_refusals(found, stated)]


def refuse_more_than_open(found: Sequence[Found], before: Mapping[tuple[int, int], int] | None = None) -> None:
    """Raises: OrderNotOpen, MoreThanOpen. `before` is what the note stated until now, which it gives back."""
    for _at, refusal in _refusals(found, Stated(given_back=dict(before or {}))):
        raise refusal


def given_back(session: Session, delivery: Delivery) -> dict[tuple[int, int], int]:
    """What an open note states of each order's line, in whatever version of the order: amended, it gives it back."""
    if delivery.closed_at is not None:
        return {}
    ids = [line.order_line_id for line in delivery.lines if line.order_line_id]
    query = select(OrderLine.id, OrderLine.order_id, OrderLine.line).where(OrderLine.id.in_(ids))
    numbers = {row.id: (row.order_id, row.line) for row in session.execute(query)}
    stated: dict[tuple[int, int], int] = {}
    for line in delivery.lines:
        if line.order_line_id:
            key = numbers[line.order_line_id]
            stated[key] = stated.get(key, 0) + line.quantity
    return stated


def _refusals(found: Sequence[Found], stated: Stated) -> Iterator[tuple[int, Refusal]]:
    """What is not open: each with the place of the line that asks for it."""
    for one in found:
        if one.order.state != OrderState.SENT or one.order.answer == Answer.DECLINED:
            yield one.at, OrderNotOpen(order=one.order.code)
            continue
        key = (one.order.id, one.line.line)
        stated.now[key] = stated.now.get(key, 0) + one.said.quantity
        may = one.line.open(one.order.over_percent, given_back=stated.given_back.get(key, 0))
        if stated.now[key] > may:
            yield (
                one.at,
                MoreThanOpen(
                    product=one.line.name, order=one.order.code, unit=one.line.base_unit, open=may,
                    quantity=stated.now[key],
                ),
            )  # fmt: skip


def _order(session: Session, code: str, supplier_id: int) -> Order:
    """Raises: UnknownOrder."""
    order = steps.get_order(session, code)
    if order.supplier_id != supplier_id:
        raise steps.UnknownOrder(order=code)
    return order


def _match(said: AnnouncedLine, order: Order, lines: Sequence[LineProgress]) -> LineProgress:
    """The order's line of this product, which is the one named if one is. Raises: NotOnOrder."""
    for line in lines:
        if line.product == said.product and said.order_line in (None, line.line):
            return line
    raise NotOnOrder(order=order.code, product=said.product)
