"""This file is what a supplier's scorecard counts, line by line: its orders, goods that came or went back, matches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.orm import Session

from spd.catalog import Lot, products_at
from spd.ledger import Item
from spd.ordering.models import Order
from spd.ordering.scorecard import (
    CAME_IN,
    HALF_A_CENT,
    WENT_BACK,
    CardDays,
    filled,
    lead_times,
    matches,
    moved,
    orders_sent,
    permille,
)
from spd.parties import Party
from spd.settlement.invoices import Invoice, InvoiceMatch


class CardPart(StrEnum):
    """What of a card is looked into."""

    ORDERS = "orders"
    RECEIVED = "received"
    RETURNED = "returned"
    BILLED = "billed"
    DIFFERING = "differing"


@dataclass(frozen=True, kw_only=True)
class OrderOnCard:
    """One order sent in the days of a card. `came`: base units, at most what was ordered; `lead_days`: none where
    nothing came."""

    order: str
    sent_on: date
    ordered: int
    came: int
    fill_permille: int | None
    lead_days: int | None


def orders_on_card(session: Session, days: CardDays, supplier: Party) -> list[OrderOnCard]:
    """The orders that the fill rate and the lead days of a supplier are reckoned from, by their numbers."""
    sent = {order: one for order, one in orders_sent(session, days).items() if one[0] == supplier.id}
    come, leads = filled(session, sent, days.at), lead_times(session, sent, days)
    found = []
    for number, (_supplier, day) in sent.items():
        ordered, came = come[number]
        found.append(
            OrderOnCard(
                order=session.get_one(Order, number).code, sent_on=day, ordered=ordered, came=came,
                fill_permille=permille(came, ordered), lead_days=leads.get(number),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.order)


def goods_on_card(days: CardDays, supplier: Party, part: CardPart) -> tuple[Select[Any], Any]:
    """The movements, with items, products and lots, of what came of a supplier or went back; selects nothing yet. And
    the products, to be asked as `Product` is."""
    product = products_at(days.at)
    of = moved(days, WENT_BACK if part is CardPart.RETURNED else CAME_IN).where(Item.supplier_id == supplier.id)
    return of.join(product, product.id == Item.product_id).join(Lot, Lot.id == Item.lot_id), product


def matches_on_card(days: CardDays, supplier: Party, part: CardPart) -> Select[Any]:
    """The matches, with invoices and their lines, of a supplier, or those at another price; selects nothing yet."""
    of = matches(days).where(Invoice.supplier_id == supplier.id)
    if part is CardPart.BILLED:
        return of
    difference = InvoiceMatch.billed - InvoiceMatch.accrued
    return of.where(or_(difference > HALF_A_CENT, difference < -HALF_A_CENT))
