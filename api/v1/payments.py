"""This file is /payments: what suppliers were paid, for which invoices; /payables: what they are owed; /scorecards."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Page, Text, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from api.v1.invoice_schemas import Amount
from spd.core import clock
from spd.ordering.scorecard import scorecards as reckon
from spd.parties import Party
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, Payment, PaymentPart, PaymentSaid, Way

bp = Noun("payments", "Payments to suppliers: of their invoices, ahead of them, or by the insurer.")
payables = Noun("payables", "What suppliers are owed, by how long it is overdue.")
scorecards = Noun("scorecards", "How suppliers did: what came of what was ordered, how soon, what went back, prices.")


class PaymentsAsked(Page):
    """Which payments."""

    supplier = Text()
    way = fields.String(validate=validate.OneOf([str(way) for way in Way]))
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "Those recorded until then."})


class PaymentPartOut(Schema):
    """What of a payment is for one invoice."""

    invoice = fields.String()
    amount = Money()


class PaymentOut(Schema):
    """One payment."""

    id = fields.Integer()
    code = fields.String()
    supplier = fields.String()
    way = fields.String()
    amount = Money()
    paid_on = fields.Date()
    reference = fields.String()
    reverses = fields.String(allow_none=True, metadata={"description": "The payment that this one undoes."})
    parts = fields.List(fields.Nested(PaymentPartOut))


class PaymentsOut(Schema):
    """A page of payments."""

    payments = fields.List(fields.Nested(PaymentOut))
    next = fields.Integer(allow_none=True)


class PaymentPartIn(Schema):
    """Of which invoice how much; all that is open where nothing is said."""

    invoice = Text(required=True, longest=80)
    amount = Amount(load_default=None, allow_none=True)


class PaymentIn(Write):
    """A payment. `amount` is for one ahead of invoices; `parts` for all others."""

    supplier = Text(required=True, longest=80)
    way = fields.String(required=True, validate=validate.OneOf([str(way) for way in Way]))
    reference = Text(required=True, longest=80)
    paid_on = fields.Date(load_default=None, allow_none=True)
    amount = Amount(load_default=None, allow_none=True)
    parts = fields.List(fields.Nested(PaymentPartIn), load_default=list, validate=validate.Length(0, 500))


class PaymentReverseIn(Write):
    """Why a payment is reversed."""

    reason = Text(required=True, longest=200)


class ScorecardsAsked(Schema):
    """From and until which day, both counted in."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "By what was recorded until then."})


class ScorecardOut(Schema):
    """How one supplier did. Rates are thousandths, null where there is nothing to reckon them from."""

    supplier = fields.String()
    name = fields.String()
    name_en = fields.String()
    orders = fields.Integer(metadata={"description": "Sent in these days."})
    fill_permille = fields.Integer(allow_none=True, metadata={"description": "Of their base units, how many came."})
    lead_days = fields.Decimal(
        as_string=True, allow_none=True, metadata={"description": "From sending to the first that came, on average."}
    )
    received = Money()
    returned = Money()
    returned_permille = fields.Integer(allow_none=True)
    billed_lines = fields.Integer(metadata={"description": "Matches of invoices that came in these days."})
    differing_lines = fields.Integer(metadata={"description": "Of these, at another price than was accrued."})
    difference = Money(metadata={"description": "Billed above what was accrued; below zero where less."})


class ScorecardsOut(Schema):
    """Every supplier with an order sent, goods come or gone, or an invoice in these days."""

    scorecards = fields.List(fields.Nested(ScorecardOut))


class PayableOut(Schema):
    """What one supplier is owed."""

    supplier = fields.String()
    name = fields.String()
    name_en = fields.String()
    not_due = Money()
    to_30 = Money(metadata={"description": "Overdue up to 30 days."})
    to_60 = Money()
    to_90 = Money()
    over_90 = Money()
    open = Money(metadata={"description": "All that is billed and not paid."})
    paid_ahead = Money()
    accrued = Money(metadata={"description": "Received or used, and on no invoice yet."})
    payment_days = fields.Integer(allow_none=True, metadata={"description": "How long payments took, on average."})
    terms = fields.Integer(metadata={"description": "Days from an invoice's coming in until it falls due."})


class PayablesOut(Schema):
    """Every supplier that is owed something."""

    payables = fields.List(fields.Nested(PayableOut))


@bp.get("")
@bp.arguments(PaymentsAsked, location="query")
@bp.response(200, PaymentsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The payments, oldest first."""
    query = select(Payment, Party.code).join(Party, Party.id == Payment.supplier_id).where(Payment.id > asked["after"])
    query = query.order_by(Payment.id).limit(asked["limit"] + 1)
    for name, column in (("supplier", Party.code), ("way", Payment.way)):
        if name in asked:
            query = query.where(column == asked[name])
    if "as_of" in asked:
        query = query.where(Payment.recorded_at <= asked["as_of"])
    rows = read(lambda session: [_told(session, *row) for row in session.execute(query).all()])
    return paged("payments", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(PaymentIn)
@bp.response(201, PaymentOut)
def pay(said: dict[str, Any]) -> dict[str, Any]:
    """Pay, as another person than who entered, matched or booked the invoices or approved their statements.

    Safe to send again with the same key.
    """
    when = occasion(said)
    parts: dict[str, Decimal | None] = {part["invoice"]: part["amount"] for part in said["parts"]}
    asked = PaymentSaid(
        occasion=when, supplier=said["supplier"], way=Way(said["way"]), reference=said["reference"],
        paid_on=said["paid_on"], parts=parts, amount=said["amount"],
    )  # fmt: skip
    return write(when, lambda session: _told(session, invoices.pay(session, asked), said["supplier"]))


@bp.post("/<code>/reverse")
@bp.arguments(PaymentReverseIn)
@bp.response(201, PaymentOut)
def reverse(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Undo a payment, as another person than who paid: its invoices are open again. Safe to send again."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        payment = invoices.get_payment(session, code)
        red = invoices.reverse_payment(session, when, payment, reason=said["reason"])
        return _told(session, red, session.get_one(Party, red.supplier_id).code)

    return write(when, do)


@scorecards.get("")
@scorecards.arguments(ScorecardsAsked, location="query")
@scorecards.response(200, ScorecardsOut)
def reckoned(asked: dict[str, Any]) -> dict[str, Any]:
    """How suppliers did over some days: fill rate, lead time, returns, price differences. As on the page."""
    found = read(lambda session: reckon(session, asked["since"], asked["until"], asked.get("as_of")))
    return {"scorecards": [asdict(one) for one in found]}


class PayablesAsked(Schema):
    """As of when; now, where nothing is said."""

    as_of = fields.AwareDateTime(validate=AGES)


@payables.get("")
@payables.arguments(PayablesAsked, location="query")
@payables.response(200, PayablesOut)
def owed(asked: dict[str, Any]) -> dict[str, Any]:
    """What every supplier is owed by its invoices, by age; what is accrued; how long payments took."""
    at = asked.get("as_of")
    on = clock.day_of(at or clock.now(), settings().zone)
    return {"payables": read(lambda session: [asdict(one) for one in invoices.aged_payables(session, on, at)])}


def _told(session: Session, payment: Payment, supplier: str) -> dict[str, Any]:
    query = (
        select(Invoice.code.label("invoice"), PaymentPart.amount)
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .where(PaymentPart.payment_id == payment.id)
        .order_by(PaymentPart.id)
    )
    names = ("id", "code", "way", "amount", "paid_on", "reference")
    parts = [row._asdict() for row in session.execute(query)]
    undone = session.get(Payment, payment.reverses_id) if payment.reverses_id else None
    told = {name: getattr(payment, name) for name in names} | {"supplier": supplier, "parts": parts}
    return told | {"reverses": undone.code if undone else None}
