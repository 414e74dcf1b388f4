"""This file is /payments: what suppliers were paid, for which invoices; and /payables: what they are owed, by age."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Money, Page, Text, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from api.v1.invoice_schemas import Amount
from spd.core import clock
from spd.parties import Party
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, Payment, PaymentPart, PaymentSaid, Way

bp = Noun("payments", "Payments to suppliers: of their invoices, ahead of them, or by the insurer.")
payables = Noun("payables", "What suppliers are owed, by how long it is overdue.")


class PaymentsAsked(Page):
    """Which payments."""

    supplier = Text()
    way = fields.String(validate=validate.OneOf([str(way) for way in Way]))


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
    payment_days = fields.Integer(allow_none=True)


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
    rows = read(lambda session: [_told(session, *row) for row in session.execute(query).all()])
    return paged("payments", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(PaymentIn)
@bp.response(201, PaymentOut)
def pay(said: dict[str, Any]) -> dict[str, Any]:
    """Pay, as another person than who booked the invoices. Safe to send again with the same key."""
    when = occasion(said)
    parts: dict[str, Decimal | None] = {part["invoice"]: part["amount"] for part in said["parts"]}
    asked = PaymentSaid(
        occasion=when, supplier=said["supplier"], way=Way(said["way"]), reference=said["reference"],
        paid_on=said["paid_on"], parts=parts, amount=said["amount"],
    )  # fmt: skip
    return write(when, lambda session: _told(session, invoices.pay(session, asked), said["supplier"]))


@payables.get("")
@payables.response(200, PayablesOut)
def owed() -> dict[str, Any]:
    """What every supplier is owed by its invoices today, by age; what is accrued; how long payments took."""
    today = clock.day_of(clock.now(), settings().zone)
    return {"payables": read(lambda session: [asdict(one) for one in invoices.aged_payables(session, today)])}


def _told(session: Session, payment: Payment, supplier: str) -> dict[str, Any]:
    query = (
        select(Invoice.code.label("invoice"), PaymentPart.amount)
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .where(PaymentPart.payment_id == payment.id)
        .order_by(PaymentPart.id)
    )
    names = ("id", "code", "way", "amount", "paid_on", "reference")
    parts = [row._asdict() for row in session.execute(query)]
    return {name: getattr(payment, name) for name in names} | {"supplier": supplier, "parts": parts}
