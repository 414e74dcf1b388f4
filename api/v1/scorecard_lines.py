"""This file is /scorecards/…: what the figures of a supplier's card count, line by line."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Money
from api.here import read
from api.v1.payments import ScorecardsAsked, scorecards
from spd.core.columns import worth
from spd.ledger import Item, Movement
from spd.ordering.scorecard import CardDays
from spd.ordering.scorecard_lines import CardPart, goods_on_card, matches_on_card, orders_on_card
from spd.parties import supplier_told_of
from spd.settlement.invoices import Invoice, InvoiceLine, InvoiceMatch


class CardLinesAsked(ScorecardsAsked):
    """What of the card, from and until which day, both counted in."""

    of = fields.String(load_default=CardPart.ORDERS.value, validate=validate.OneOf([str(one) for one in CardPart]))


class CardLineOut(Schema):
    """One order, one movement, or one match of an invoice, by its day."""

    day_on = fields.Date(metadata={"description": "Sent, moved, or come in."})
    code = fields.String(metadata={"description": "Of the order, the item, or the invoice."})
    name = fields.String(metadata={"description": "Of the product; of an order empty."})
    quantity = fields.Integer(metadata={"description": "Base units; of an order as ordered."})
    came = fields.Integer(allow_none=True, metadata={"description": "Of an order, at most what was ordered."})
    lead_days = fields.Integer(allow_none=True)
    amount = Money(allow_none=True, metadata={"description": "Worth; of a match billed above accrued."})


@scorecards.get("/<path:code>", endpoint="lines")
@scorecards.arguments(CardLinesAsked, location="query")
@scorecards.response(200, CardLineOut(many=True))
def lines(asked: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """What one figure of a supplier's card counts: its lines come to it."""
    days = CardDays(since=asked["since"], until=asked["until"], at=asked.get("as_of"))
    return read(lambda session: _lines(session, days, CardPart(asked["of"]), code))


def _lines(session: Session, days: CardDays, part: CardPart, code: str) -> list[dict[str, Any]]:
    supplier = supplier_told_of(session, code)
    if part is CardPart.ORDERS:
        return [
            {"day_on": one.sent_on, "code": one.order, "name": "", "quantity": one.ordered, "came": one.came,
             "lead_days": one.lead_days, "amount": None}
            for one in orders_on_card(session, days, supplier)
        ]  # fmt: skip
    if part in (CardPart.RECEIVED, CardPart.RETURNED):
        goods, product = goods_on_card(days, supplier, part)
        query = goods.add_columns(
            Movement.day_on, Item.code, product.name, Movement.quantity,
            worth(Movement.quantity, Item.unit_price).label("amount"),
        ).order_by(Movement.id)  # fmt: skip
    else:
        query = matches_on_card(days, supplier, part).add_columns(
            Invoice.received_on.label("day_on"), Invoice.code, InvoiceLine.name, InvoiceMatch.quantity,
            (InvoiceMatch.billed - InvoiceMatch.accrued).label("amount"),
        ).order_by(InvoiceMatch.id)  # fmt: skip
    return [row._asdict() | {"came": None, "lead_days": None} for row in session.execute(query)]
