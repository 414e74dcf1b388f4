"""This file is /suppliers/…/payment-terms: how long a supplier waits for its money, in versions from a day on."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Text, Whole, Write
from api.here import occasion, read, settings, write
from api.v1.reference import suppliers
from spd.core import clock
from spd.parties import get_supplier
from spd.payment_terms import LONGEST_DAYS, PaymentTerm, TermSaid, agree_term, payment_days

_DAYS = "Days from an invoice's coming in until it falls due; null, the hospital's policy holds."


class PaymentTermIn(Write):
    """What is agreed from a day on; invoices that came in before keep the day they fall due."""

    from_on = fields.Date(required=True)
    days = Whole(
        load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_DAYS), metadata={"description": _DAYS}
    )
    number = Text(load_default="", longest=80, shortest=0)
    reason = Text(load_default="", longest=200, shortest=0)


class PaymentTermOut(Schema):
    """One version."""

    version = fields.Integer()
    from_on = fields.Date()
    days = fields.Integer(allow_none=True, metadata={"description": _DAYS})
    number = fields.String()
    reason = fields.String()
    set_at = fields.AwareDateTime()


class PaymentTermsOut(Schema):
    """Every version, the earliest first, and what holds today."""

    days = fields.Integer(metadata={"description": "Those of an invoice that comes in today."})
    terms = fields.List(fields.Nested(PaymentTermOut))


@suppliers.get("/<code>/payment-terms", endpoint="terms")
@suppliers.response(200, PaymentTermsOut)
def terms(code: str) -> dict[str, Any]:
    """The terms of payment of a supplier."""

    def ask(session: Session) -> dict[str, Any]:
        supplier, today = get_supplier(session, code), clock.day_of(clock.now(), settings().zone)
        query = select(PaymentTerm).where(PaymentTerm.supplier_id == supplier.id).order_by(PaymentTerm.version)
        return {"days": payment_days(session, supplier.id, today), "terms": list(session.scalars(query))}

    return read(ask)


@suppliers.post("/<code>/payment-terms", endpoint="agree_terms")
@suppliers.arguments(PaymentTermIn)
@suppliers.response(201, PaymentTermOut)
def agree(said: dict[str, Any], code: str) -> PaymentTerm:
    """Agree terms of payment from a day on. Safe to send again with the same key."""
    when = occasion(said)
    term = TermSaid(from_on=said["from_on"], days=said["days"], number=said["number"], reason=said["reason"])
    return write(when, lambda session: agree_term(session, when, get_supplier(session, code), term))
