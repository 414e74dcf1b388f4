"""This file is what is said and told of loaner sets: lists, counts, losses."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import Money, Page, Price, Scan, Text, Whole, Write
from spd.stock.loaned import SetStanding


class SetsAsked(Page):
    """Which sets."""

    standing = fields.String(validate=validate.OneOf([str(one) for one in SetStanding]))
    unsettled = fields.Boolean(
        load_default=False, metadata={"description": "Only those of which something is not accounted for."}
    )


class SetOut(Schema):
    """One set with its figures over all lines."""

    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    supplier = fields.String()
    location = fields.String()
    representative = fields.String()
    encounter = fields.String(allow_none=True)
    operation = fields.String()
    standing = fields.String()
    listed_at = fields.AwareDateTime()
    listed = fields.Integer()
    brought = fields.Integer()
    used = fields.Integer()
    out = fields.Integer()
    lost = fields.Integer()
    left = fields.Integer()


class SetsOut(Schema):
    """A page of sets."""

    sets = fields.List(fields.Nested(SetOut))
    next = fields.Integer(allow_none=True)


class SetLineOut(Schema):
    """One line: brought = used + out + lost + left."""

    line = fields.Integer()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    serial = fields.String()
    expires_on = fields.Date(allow_none=True)
    unit_price = Money()
    listed = fields.Integer()
    brought = fields.Integer()
    used = fields.Integer()
    out = fields.Integer()
    lost = fields.Integer()
    left = fields.Integer()


class SetWholeOut(SetOut):
    """One set with its lines."""

    sterile = fields.String(
        allow_none=True,
        metadata={"description": "What its last sterilisation says: the last day, `failed`; null without one."},
    )
    lines = fields.List(fields.Nested(SetLineOut))


class SetListedIn(Schema):
    """One line of the list."""

    product = Text(required=True, longest=80)
    lot = Text(required=True, longest=80)
    serial = Text(load_default="", shortest=0, longest=80)
    quantity = Whole(load_default=1, validate=validate.Range(1, 2**31))
    expires_on = fields.Date(load_default=None)
    unit_price = Price(metadata={"description": "As agreed with the supplier, where left out."})


class SetIn(Write):
    """A set as its supplier says it will come."""

    name = Text(required=True)
    supplier = Text(required=True, longest=80)
    location = Text(required=True, longest=80)
    representative = Text(required=True)
    card = Text(load_default="", shortest=0, longest=80)
    encounter = Text(longest=80)
    operation = Text(load_default="", shortest=0, longest=80)
    lines = fields.List(fields.Nested(SetListedIn), required=True, validate=validate.Length(1, 1000))


class TrayPieceIn(Schema):
    """One scan at the tray, and how many such pieces."""

    scan = Scan(required=True)
    quantity = Whole(load_default=1, validate=validate.Range(1, 100_000))


class TrayCountIn(Write):
    """What two people counted: the one who sends it, and the second by badge and password."""

    pieces = fields.List(fields.Nested(TrayPieceIn), required=True, validate=validate.Length(1, 2000))
    second = Text(required=True, metadata={"description": "The badge or number of the second person."})
    pin = Text(required=True, metadata={"description": "Of the second person; kept nowhere."})
    note = Text(load_default="", shortest=0)


class SetArrivalIn(TrayCountIn):
    """What was counted of a set that has come."""

    as_counted = fields.Boolean(
        load_default=False,
        metadata={"description": "Take in what was counted where the list differs; needs a note."},
    )
    override = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 2**62))


class SetLossIn(Write):
    """What of a set cannot be found: a write-off that another person approves."""

    item = Text(required=True, longest=80, metadata={"description": "The item's code."})
    quantity = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 2**31))
    note = Text(load_default="", shortest=0)


class SetLossOut(Schema):
    """The write-off that waits."""

    document = fields.String()


class SetEndIn(Write):
    """Nothing more is to be said."""


class SetDoneOut(SetWholeOut):
    """The set as it stands."""

    repeated = fields.Boolean()
