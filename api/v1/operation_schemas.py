"""This file is what is said and told of operations: plans, openings, draws, returns, signatures."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import Page, Scan, Text, Whole, Write
from spd.disposal import Why
from spd.theatre import OperationStanding, Part

SIDES = ("", "left", "right", "both")


class OperationsAsked(Page):
    """Which operations."""

    standing = fields.String(validate=validate.OneOf([str(one) for one in OperationStanding]))
    room = Text(longest=80)
    overdue = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Only those that wait longer than the policies allow: ended and not confirmed, begun "
            "and not ended, or drawn for and not begun."
        },
    )


class OperationProcedureIn(Schema):
    """One procedure."""

    code = Text(load_default="", shortest=0, longest=40, metadata={"description": "As 81.54 in ICD-9-CM-3."})
    name = Text(required=True)
    side = fields.String(load_default="", validate=validate.OneOf(SIDES))


class OperationProcedureOut(Schema):
    """One procedure."""

    code = fields.String()
    name = fields.String()
    side = fields.String()


class OperationOut(Schema):
    """One operation."""

    id = fields.Integer()
    code = fields.String()
    standing = fields.String()
    encounter = fields.String()
    patient_name = fields.String()
    bed = fields.String()
    room = fields.String()
    room_name = fields.String()
    department = fields.String(allow_none=True)
    surgeon = fields.String()
    surgeon_name = fields.String()
    nurse = fields.String()
    nurse_name = fields.String()
    procedures = fields.List(fields.Nested(OperationProcedureOut))
    planned_at = fields.AwareDateTime()
    opened_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    confirmed_at = fields.AwareDateTime(allow_none=True)


class OperationsOut(Schema):
    """A page of operations."""

    operations = fields.List(fields.Nested(OperationOut))
    next = fields.Integer(allow_none=True)


class OperationFigures(Schema):
    """drawn = used + returned + wasted + asked + out, in base units."""

    drawn = fields.Integer()
    used = fields.Integer()
    direct = fields.Integer(metadata={"description": "Used of the room's own stock, without being drawn."})
    elsewhere = fields.Integer(metadata={"description": "Of what was used, that which was not used on this patient."})
    returned = fields.Integer(metadata={"description": "Gone from the room, or left there as its own stock."})
    wasted = fields.Integer()
    asked = fields.Integer(metadata={"description": "Waits on a write-off."})
    out = fields.Integer(metadata={"description": "Not accounted for."})


class OperationLineOut(OperationFigures):
    """One thing."""

    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    chargeable = fields.Boolean()
    lot = fields.String()
    serial = fields.String()
    expires_on = fields.Date(allow_none=True)
    confirmed = fields.Boolean(metadata={"description": "Whether both have signed for these very figures."})


class OperationSignatureOut(Schema):
    """One signature; one that is not valid any more was given for other figures, or before it was opened again."""

    part = fields.String()
    by = fields.String()
    by_name = fields.String()
    signed_at = fields.AwareDateTime()
    valid = fields.Boolean()


class OperationEventOut(Schema):
    """One thing that happened."""

    kind = fields.String()
    occurred_at = fields.AwareDateTime()
    by = fields.String()
    by_name = fields.String()
    reason = fields.String()


class OperationWholeOut(OperationOut):
    """One operation with its things, signatures and events."""

    lines = fields.List(fields.Nested(OperationLineOut))
    figures = fields.Nested(OperationFigures)
    signatures = fields.List(fields.Nested(OperationSignatureOut))
    events = fields.List(fields.Nested(OperationEventOut))
    missing = fields.List(fields.String(), metadata={"description": "Who has not signed for this: surgeon, nurse."})
    changed = fields.Boolean(metadata={"description": "Confirmed before, and something has changed since."})


class OperationDoneOut(OperationWholeOut):
    """The operation as it stands."""

    repeated = fields.Boolean()


class OperationIn(Write):
    """An operation on the plan. The side of its procedures, where it is one, is held against what is used."""

    code = Text(load_default="", shortest=0, longest=80, metadata={"description": "Its number in HIS."})
    encounter = Text(required=True, longest=80)
    room = Text(required=True, longest=80)
    planned_at = fields.AwareDateTime(required=True)
    surgeon = Text(required=True, longest=80)
    nurse = Text(required=True, longest=80, metadata={"description": "The circulating nurse."})
    procedures = fields.List(fields.Nested(OperationProcedureIn), required=True, validate=validate.Length(1, 20))
    wanted = fields.Dict(
        keys=Text(longest=40), values=Text(longest=80), load_default=dict, validate=validate.Length(0, 20),
        metadata={"description": "What else the plan asks, by the names of the products' attributes."},
    )  # fmt: skip


class OperationChangeIn(Write):
    """What is to be otherwise; what is left out stays. After the beginning only the people change."""

    room = Text(longest=80)
    planned_at = fields.AwareDateTime()
    surgeon = Text(longest=80)
    nurse = Text(longest=80)
    procedures = fields.List(fields.Nested(OperationProcedureIn), validate=validate.Length(1, 20))


class OperationOpeningIn(Write):
    """The number of the operation, or wristband and room; what is said is all held together."""

    operation = Text(load_default="", shortest=0, longest=80)
    encounter = Text(load_default="", shortest=0, longest=80, metadata={"description": "Wristband or encounter."})
    room = Text(load_default="", shortest=0, longest=80, metadata={"description": "Label or code of the room."})


class OperationDrawIn(Write):
    """What is scanned out; a kit by its label."""

    items = fields.List(Scan(), required=True, validate=validate.Length(1, 200))


class OperationBackIn(OperationDrawIn):
    """What was not used."""

    to = Text(
        load_default="", shortest=0, longest=80,
        metadata={"description": "Where to; left out, back where it was drawn from. The room: it stays there."},
    )  # fmt: skip


class OperationWasteIn(Write):
    """What was spoilt or cannot be found: a write-off that another person approves."""

    item = Scan(required=True)
    quantity = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 2**31))
    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in Why]))


class OperationMovedOut(Schema):
    """What went where."""

    items = fields.List(fields.String())
    to = fields.String()
    repeated = fields.Boolean()


class OperationWasteOut(Schema):
    """The write-off that waits."""

    document = fields.String()


class OperationEndIn(Write):
    """The operation is over."""


class OperationReasonIn(Write):
    """Why."""

    reason = Text(required=True)


class OperationSignIn(Write):
    """One signature: as surgeon or as circulating nurse, by badge and password."""

    part = fields.String(required=True, validate=validate.OneOf([one.value for one in Part]))
    badge = Text(
        load_default="", shortest=0, longest=80, metadata={"description": "Who signs; left out, the one who asks."}
    )
    pin = Text(required=True, metadata={"description": "Of who signs; kept nowhere."})
