"""This file is delivery notes of orders: each line finds its order's line, and states no more than is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import receiving
from spd.catalog import offers, products_by_code
from spd.core.errors import Conflict, NotAllowed, NotFound, Refused
from spd.ordering import steps
from spd.ordering.models import Answer, Order, OrderLine, OrderState
from spd.ordering.progress import LineProgress, lines_of
from spd.parties import get_supplier
from spd.receiving import Announced, AnnouncedLine, Delivery

MOST_INVOICES = 2  # maker to distributor, distributor to hospital (两票制)


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


class PriceNotAgreed(Refused):
    """A supplier states a price or settlement that was not agreed."""

    code = "price-not-agreed"
    say = {
        "zh": "{product} 的价格或结算方式与协议不符: 协议为 {agreed}。",
        "en": "The price or settlement of {product} is not the one agreed, which is {agreed}.",
    }


class NotYourSupplier(NotAllowed):
    """Suppliers speak for themselves only."""

    code = "not-your-supplier"
    say = {"zh": "只能以本供应商名义操作。", "en": "You may act for your own company only."}


@dataclass(frozen=True)
class _Found:
    """A line of a note with the line of the order it fulfils."""

    said: AnnouncedLine
    line: LineProgress
    order: Order


def announce(session: Session, note: Announced, *, suppliers: frozenset[int] | None = None) -> tuple[Delivery, bool]:
    """The note on record, and whether it was there already, saying the same.

    `suppliers` are those the one who announces speaks for; None for people of the hospital.
    Raises: UnknownSupplier, NotYourSupplier, PriceNotAgreed, UnknownOrder, NotOnOrder, NoteKnown, OrderNotOpen,
    MoreThanOpen, UnknownProduct, NoPrice, PackageWrong, SsccTaken.
    """
    note = _checked(session, note, suppliers)
    found, note = _against_orders(session, note)
    if same := receiving.find_same(session, note):
        return same, True
    if session.scalar(select(Delivery.id).where(Delivery.code == note.code)):
        raise receiving.NoteKnown(delivery=note.code)
    _refuse_more_than_open(found)
    return receiving.announce(session, note), False


def amend(session: Session, note: Announced, *, suppliers: frozenset[int] | None = None) -> Delivery:
    """The note as it says now, while nothing of it has come.

    Raises: UnknownDelivery, as `announce`, DeliveryClosed, NoteReceived.
    """
    delivery = get_note(session, note.code, suppliers=suppliers)
    if receiving.was_amended(session, note.occasion):
        return delivery
    note = _checked(session, note, suppliers)
    if delivery.supplier_id != get_supplier(session, note.supplier).id:
        raise receiving.UnknownDelivery(delivery=note.code)
    found, note = _against_orders(session, note)
    before: dict[tuple[int, int], int] = {}
    numbers = _lines_by_id(session, [line.order_line_id for line in delivery.lines if line.order_line_id])
    for line in delivery.lines:
        if line.order_line_id and delivery.closed_at is None:
            key = numbers[line.order_line_id]
            before[key] = before.get(key, 0) + line.quantity
    _refuse_more_than_open(found, before)
    return receiving.amend(session, note)


def get_note(session: Session, code: str, *, suppliers: frozenset[int] | None = None) -> Delivery:
    """The note with this number or label; of some suppliers where they are named. Raises: UnknownDelivery."""
    delivery = receiving.get_delivery(session, code)
    if suppliers is not None and delivery.supplier_id not in suppliers:
        raise receiving.UnknownDelivery(delivery=code)
    return delivery


def orders_of(session: Session, delivery: Delivery) -> dict[int, tuple[str, int]]:
    """The order and its line that each line of a note fulfils, by the order line's number in `delivery_lines`."""
    ids = [line.order_line_id for line in delivery.lines if line.order_line_id]
    query = (
        select(OrderLine.id, Order.code, OrderLine.line)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.id.in_(ids))
    )
    return {row.id: (row.code, row.line) for row in session.execute(query)}


def chain_flagged(delivery: Delivery) -> bool:
    """Whether more invoices lie between maker and hospital than the two that are allowed."""
    return len(delivery.invoices) > MOST_INVOICES


def _checked(session: Session, note: Announced, suppliers: frozenset[int] | None) -> Announced:
    """Raises: UnknownSupplier, NotYourSupplier, PriceNotAgreed."""
    supplier = get_supplier(session, note.supplier)
    if suppliers is None:
        return note
    if supplier.id not in suppliers:
        raise NotYourSupplier()
    stated = [line for line in note.lines if line.unit_price is not None or line.settlement_mode is not None]
    if not stated:
        return note
    products = products_by_code(session, [line.product for line in stated])
    agreed = offers(
        session, on=note.occasion.day, product_ids=[p.id for p in products.values()], supplier_id=supplier.id
    )
    for line in stated:
        product = products.get(line.product)
        offer = agreed.get(product.id, [None])[0] if product else None
        if offer is None or (
            line.unit_price not in (None, offer.unit_price) or line.settlement_mode not in (None, offer.settlement_mode)
        ):
            said = f"{offer.unit_price} {offer.settlement_mode}" if offer else "–"
            raise PriceNotAgreed(product=line.product, agreed=said)
    return note


def _against_orders(session: Session, note: Announced) -> tuple[list[_Found], Announced]:
    """The lines that name an order, each with its order's line; the orders are this act's until it ends.

    Raises: UnknownOrder, NotOnOrder.
    """
    codes = sorted({line.order for line in note.lines if line.order})
    if not codes:
        return [], note
    supplier = get_supplier(session, note.supplier)
    orders = {code: steps.get_order(session, code) for code in codes}
    for code, order in orders.items():
        if order.supplier_id != supplier.id:
            raise steps.UnknownOrder(order=code)
    for order in sorted(orders.values(), key=lambda one: one.id):
        steps.keep_still(session, order)
    lines = lines_of(session, [order.id for order in orders.values()])
    found, said = [], []
    for line in note.lines:
        if not line.order:
            said.append(line)
            continue
        order = orders[line.order]
        match = _match(line, order, lines[order.id])
        found.append(_Found(line, match, order))
        said.append(replace(line, order_line_id=match.id))
    return found, replace(note, lines=said)


def _match(said: AnnouncedLine, order: Order, lines: Sequence[LineProgress]) -> LineProgress:
    """The order's line of this product, which is the one named if one is. Raises: NotOnOrder."""
    for line in lines:
        if line.product == said.product and said.order_line in (None, line.line):
            return line
    raise NotOnOrder(order=order.code, product=said.product)


def _refuse_more_than_open(found: Sequence[_Found], before: dict[tuple[int, int], int] | None = None) -> None:
    """Raises: OrderNotOpen, MoreThanOpen. `before` is what the note stated until now, which it gives back."""
    stated: dict[tuple[int, int], int] = {}
    for one in found:
        if one.order.state != OrderState.SENT or one.order.answer == Answer.DECLINED:
            raise OrderNotOpen(order=one.order.code)
        key = (one.order.id, one.line.line)
        stated[key] = stated.get(key, 0) + one.said.quantity
        may = one.line.open(one.order.over_percent, given_back=(before or {}).get(key, 0))
        if stated[key] > may:
            raise MoreThanOpen(
                product=one.line.name, order=one.order.code, unit=one.line.base_unit, open=may, quantity=stated[key]
            )


def _lines_by_id(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The order and line number of lines in whatever version they are."""
    query = select(OrderLine.id, OrderLine.order_id, OrderLine.line).where(OrderLine.id.in_(ids))
    return {row.id: (row.order_id, row.line) for row in session.execute(query)}
