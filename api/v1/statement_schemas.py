"""This file is what /statements takes and tells."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import AGES, Money, Month, Page, Text, Write
from spd import settlement
from spd.settlement import StatementState


class StatementAsked(Schema):
    """As of when."""

    as_of = fields.AwareDateTime(
        validate=AGES, metadata={"description": "As it stood at that instant, by what was done until then."}
    )


class LinesAsked(Page, StatementAsked):
    """Which lines, as of when."""


class StatementsAsked(Page):
    """Which statements; a supplier sees its own once they are sent."""

    state = fields.String(validate=validate.OneOf([str(state) for state in StatementState]))
    supplier = Text()
    month = Month()
    as_of = fields.AwareDateTime(
        validate=AGES, metadata={"description": "As they stood at that instant, by what was done until then."}
    )


class StatementOut(Schema):
    """One statement."""

    id = fields.Integer()
    code = fields.String()
    supplier = fields.String()
    supplier_name = fields.String()
    period = fields.String(metadata={"description": "The accounting month through which it reaches."})
    since_on = fields.Date(allow_none=True, metadata={"description": "The first of the days, where days were chosen."})
    until_on = fields.Date(allow_none=True)
    state = fields.String()
    lines = fields.Integer()
    exact = Money(
        allow_none=True,
        metadata={"description": "What the journal says of its lines; null of old drafts drawn anew."},
    )
    rounding = Money(allow_none=True, metadata={"description": "What rounding each line to the cent added."})
    total = Money(metadata={"description": "What is to be paid."})
    drafted_at = fields.AwareDateTime()


class StatementsOut(Schema):
    """A page of statements."""

    statements = fields.List(fields.Nested(StatementOut))
    next = fields.Integer(allow_none=True)


class StatementStepOut(Schema):
    """One thing done with a statement, and what the statement came to."""

    step = fields.String()
    state_after = fields.String()
    lines = fields.Integer()
    total = Money()
    reason = fields.String()
    by = fields.String()
    done_at = fields.AwareDateTime()


class StatementWhole(StatementOut):
    """One statement with what was done with it; a supplier is told no steps of the hospital's."""

    steps = fields.List(fields.Nested(StatementStepOut))


class StatementLineOut(Schema):
    """One line: a movement, at the price its goods came in at."""

    line = fields.Integer()
    movement_id = fields.Integer()
    day_on = fields.Date()
    event = fields.String()
    item = fields.String()
    product = fields.String()
    name = fields.String()
    lot = fields.String()
    serial = fields.String()
    quantity = fields.Integer(metadata={"description": "Base units; below zero where something came back."})
    unit_price = Money()
    amount = Money()
    billed = Money(metadata={"description": "The amount rounded half-up to the cent."})
    treatment = fields.String(validate=validate.OneOf([str(one) for one in settlement.Treatment]))
    corrects = fields.String(allow_none=True, metadata={"description": "The earlier statement it corrects."})


class StatementLinesOut(Schema):
    """A page of lines."""

    lines = fields.List(fields.Nested(StatementLineOut))
    next = fields.Integer(allow_none=True)


class DraftIn(Write):
    """Through which closing month, or of which days; of one supplier, or of all that are owed something."""

    month = Month(load_default=None, allow_none=True, metadata={"description": "Left out where days are said."})
    since_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "The first day; left out, from the beginning."}
    )
    until_on = fields.Date(load_default=None, allow_none=True)
    supplier = Text(load_default=None, allow_none=True)


class DraftedOut(Schema):
    """The drafts."""

    statements = fields.List(fields.Nested(StatementOut))


class StatementStepIn(Write):
    """A step, and why; of an invoice or a payment its number."""

    reason = Text(load_default="", shortest=0)
