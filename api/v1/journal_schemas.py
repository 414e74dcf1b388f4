"""This file is what /journal takes and tells."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import AGES, Money, Month, Page, Text


class JournalAsked(Page):
    """Which entries."""

    month = Month()
    movement = fields.Integer(validate=validate.Range(1, 2**62))
    document = Text(longest=80, metadata={"description": "The number of an invoice or a payment."})


class PostingOut(Schema):
    """One line: debit above zero, credit below."""

    line = fields.Integer()
    account = fields.String()
    account_name = fields.String()
    amount = Money()
    department = fields.String(allow_none=True)
    party = fields.String(allow_none=True)
    product_class = fields.String()
    expense_item = fields.String(metadata={"description": "Of expense the kind of material; else empty."})
    chargeable = fields.Boolean()


class EntryOut(Schema):
    """One entry; its lines sum to zero."""

    id = fields.Integer()
    movement_id = fields.Integer(allow_none=True, metadata={"description": "Null where a document made it."})
    document = fields.String(allow_none=True, metadata={"description": "Of an invoice, a payment; null of a movement."})
    event = fields.String()
    period = fields.String()
    day_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    lines = fields.List(fields.Nested(PostingOut))


class JournalOut(Schema):
    """A page of entries."""

    entries = fields.List(fields.Nested(EntryOut))
    next = fields.Integer(allow_none=True)


class VouchersAsked(Page):
    """Which month; `after` is the number of the last voucher taken, `limit` how many vouchers."""

    month = Month(required=True)
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "What was recorded until then."})


class VoucherLineOut(Schema):
    """One line of a voucher."""

    account = fields.String()
    account_name = fields.String()
    department = fields.String()
    supplier = fields.String()
    expense_item = fields.String(metadata={"description": "Of expense the kind of material; else empty."})
    debit = Money()
    credit = Money()
    entries = fields.Integer(metadata={"description": "How many entries of the journal it sums."})


class VoucherOut(Schema):
    """What happened of a kind on a day; debit and credit are the same."""

    voucher = fields.String()
    number = fields.Integer()
    day_on = fields.Date()
    event = fields.String()
    late = fields.Boolean(metadata={"description": "Of an earlier month that was closed."})
    added = fields.Boolean(metadata={"description": "Entered while the month was opened again, after its first lock."})
    lines = fields.List(fields.Nested(VoucherLineOut))


class ControlTotalsOut(Schema):
    """What a general ledger must come to when it has taken the month."""

    period = fields.String()
    vouchers = fields.Integer()
    lines = fields.Integer()
    debit = Money()
    credit = Money()
    final = fields.Boolean(metadata={"description": "Whether the month is closed: numbers and amounts stay."})


class VouchersOut(Schema):
    """A page of vouchers, with the control totals of the whole month."""

    vouchers = fields.List(fields.Nested(VoucherOut))
    next = fields.Integer(allow_none=True)
    totals = fields.Nested(ControlTotalsOut)


class BalancesAsked(Schema):
    """Of which months; as of an instant, where one is said."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    as_of = fields.AwareDateTime(validate=AGES)


class BalanceOut(Schema):
    """One account. Opening and closing are debits above zero, credits below; what is undone is red."""

    account = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()
    opening = Money()
    debit = Money()
    credit = Money()
    year_debit = Money()
    year_credit = Money()
    closing = Money()


class BalancesOut(Schema):
    """Every account with a balance, and whether they weigh nothing together."""

    since = fields.String()
    month = fields.String()
    accounts = fields.List(fields.Nested(BalanceOut))
    debit = Money()
    credit = Money()
    ties = fields.Boolean()


class LotAsked(Schema):
    """Which lot: its product's code, and its own."""

    product = Text(required=True, longest=80)
    lot = Text(required=True, longest=80, shortest=0)
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "As the lot stood then."})


class LotLineOut(Schema):
    """One movement in the three books: base units, and yuan."""

    movement_id = fields.Integer()
    day_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    kind = fields.String()
    event = fields.String()
    item = fields.String()
    document = fields.String()
    supplier = fields.String()
    physical = fields.Integer()
    owned = fields.Integer()
    consigned = fields.Integer()
    owed = Money()
    invoiced = Money()


class LotBooksOut(Schema):
    """A lot: what is in the house, whose it is, what became owed for it and what of that is invoiced."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    physical = fields.Integer()
    owned = fields.Integer()
    consigned = fields.Integer()
    loaner = fields.Integer()
    owed = Money()
    invoiced = Money()
    tie_out = fields.Integer(metadata={"description": "What lies there less what the movements come to: zero."})
    lines = fields.List(fields.Nested(LotLineOut))
