"""This file is delivery notes of orders: each line finds its order's line, and states no more than is still open."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import receiving
from spd.catalog import offers, products_by_code
from spd.core.errors import NotAllowed, Refused
from spd.ordering.models import Order, OrderLine
from spd.ordering.open_lines import against_orders, given_back, refuse_more_than_open
from spd.parties import get_supplier
from spd.receiving import Announced, Delivery

MOST_INVOICES = 2  # maker to distributor, distributor to hospital (两票制)


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


def announce(session: Session, note: Announced, *, suppliers: frozenset[int] | None = None) -> tuple[Delivery, bool]:
    """The note on record, and whether it was there already, saying the same.

    `suppliers` are those the one who announces speaks for; None for people of the hospital.
    Raises: UnknownSupplier, NotYourSupplier, PriceNotAgreed, UnknownOrder, NotOnOrder, NoteKnown, OrderNotOpen,
    MoreThanOpen, UnknownProduct, NoPrice, PackageWrong, SsccTaken.
    """
    note = _checked(session, note, suppliers)
    found, note = against_orders(session, note)
    if same := receiving.find_same(session, note):
        return same, True
    if session.scalar(select(Delivery.id).where(Delivery.code == note.code)):
        raise receiving.NoteKnown(delivery=note.code)
    refuse_more_than_open(found)
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
    found, note = against_orders(session, note)
    refuse_more_than_open(found, given_back(session, delivery))
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
