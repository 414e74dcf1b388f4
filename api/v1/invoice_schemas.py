"""This file is what /invoices takes and tells."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from api.fields import AGES, Money, Page, Price, Text, Whole, Write
from spd.settlement.invoices import InvoiceState, MatchStatus

_SIGNED = re.compile(r"\A-?[0-9]{1,10}(\.[0-9]{1,2})?\Z")


class Amount(fields.String):
    """An amount to the cent that somebody states; below zero on a red invoice."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Regexp(_SIGNED), **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """The amount as an exact decimal."""
        text = super().deserialize(value, attr, data, **more)
        return Decimal(text) if isinstance(text, str) else text


AS_OF = fields.AwareDateTime(
    validate=AGES, metadata={"description": "As at that instant, by what was done, matched and paid until then."}
)


class InvoicesAsked(Page):
    """Which invoices."""

    state = fields.String(validate=validate.OneOf([str(state) for state in InvoiceState]))
    supplier = Text()
    number = Text(longest=80)
    status = fields.String(
        validate=validate.OneOf([str(status) for status in MatchStatus]),
        metadata={"description": "What it is matched to."},
    )
    as_of = AS_OF


class InvoiceAsked(Schema):
    """One invoice as it is, or as it stood."""

    as_of = AS_OF


class InvoiceOut(Schema):
    """One invoice."""

    id = fields.Integer()
    code = fields.String()
    supplier = fields.String()
    supplier_name = fields.String()
    number = fields.String(metadata={"description": "As its supplier numbered it."})
    first_number = fields.String(metadata={"description": "Of two invoices the first, from maker to distributor."})
    delivery_note = fields.String()
    issued_on = fields.Date()
    received_on = fields.Date()
    due_on = fields.Date()
    state = fields.String()
    lines = fields.Integer()
    total = Money()
    paid = Money()
    open = Money()
    note = fields.String()


class InvoiceListedOut(InvoiceOut):
    """One invoice of a list, with what it is matched to."""

    status = fields.String()


class InvoicesOut(Schema):
    """A page of invoices."""

    invoices = fields.List(fields.Nested(InvoiceListedOut))
    next = fields.Integer(allow_none=True)


class InvoiceMatchOut(Schema):
    """Part of a line, and the accrued posting it is for."""

    posting_id = fields.Integer()
    quantity = fields.Integer()
    accrued = Money()
    billed = Money()


class InvoiceLineOut(Schema):
    """One line as it is printed, and what it comes to."""

    line = fields.Integer()
    product = fields.String(allow_none=True)
    name = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    unit_price = Money()
    amount = Money()
    status = fields.String(validate=validate.OneOf([str(status) for status in MatchStatus]))
    matches = fields.List(fields.Nested(InvoiceMatchOut))


class InvoiceStepOut(Schema):
    """One thing done with an invoice."""

    step = fields.String()
    state_after = fields.String()
    reason = fields.String()
    by = fields.String()
    done_at = fields.AwareDateTime()


class InvoiceEntryOut(Schema):
    """One entry of the journal that an invoice made."""

    entry_id = fields.Integer()
    event = fields.String()
    period = fields.String()


class DifferenceLyingOut(Schema):
    """Part of the differences of price: on goods on hand, or used by a department (empty: disposed of, sent back)."""

    on_hand = fields.Boolean()
    department = fields.String()
    amount = Money()


class InvoiceWhole(InvoiceOut):
    """One invoice with its lines, what was done with it, and its entries in the journal."""

    status = fields.String(validate=validate.OneOf([str(status) for status in MatchStatus]))
    items = fields.List(fields.Nested(InvoiceLineOut))
    steps = fields.List(fields.Nested(InvoiceStepOut))
    entries = fields.List(fields.Nested(InvoiceEntryOut))
    differences = fields.List(fields.Nested(DifferenceLyingOut), metadata={"description": "Where they lie now."})


class InvoiceLineIn(Schema):
    """A line: of price and amount one may be left out."""

    product = Text(load_default="", shortest=0, longest=80)
    name = Text(load_default="", shortest=0)
    lot = Text(load_default="", shortest=0, longest=80)
    quantity = Whole(required=True, validate=validate.Range(-10_000_000, 10_000_000))
    unit_price = Price(load_default=None, allow_none=True)
    amount = Amount(load_default=None, allow_none=True)


class InvoiceIn(Write):
    """An invoice as it is printed."""

    supplier = Text(required=True, longest=80)
    number = Text(required=True, longest=80)
    first_number = Text(load_default="", shortest=0, longest=80)
    delivery_note = Text(load_default="", shortest=0, longest=80)
    issued_on = fields.Date(required=True)
    received_on = fields.Date(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    note = Text(load_default="", shortest=0)
    lines = fields.List(fields.Nested(InvoiceLineIn), required=True, validate=validate.Length(1, 2000))


class MatchedIn(Schema):
    """So much of a line is for this posting."""

    line = Whole(required=True, validate=validate.Range(1, 100_000))
    posting_id = Whole(required=True, validate=validate.Range(1, 2**62))
    quantity = Whole(required=True, validate=validate.Range(-10_000_000, 10_000_000))


class InvoiceMatchIn(Write):
    """What is matched to what; where nothing is named, the likeliest. Of a booked invoice, why it differs."""

    matches = fields.List(
        fields.Nested(MatchedIn), load_default=None, allow_none=True, validate=validate.Length(1, 2000)
    )
    reason = Text(load_default="", shortest=0)


class InvoiceStepIn(Write):
    """A step, and why."""

    reason = Text(load_default="", shortest=0)
