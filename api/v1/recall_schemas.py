"""This file is the shapes of /recalls: what is said to it, and what it answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import Text, Whole, Write
from spd.recalls import RecallClass

_CODES = validate.Length(0, 4000)


class RecallMeantIn(Schema):
    """Goods a notice means. `lots`, `serials`: codes and first..last, by comma or line; left out is all."""

    product = Text(required=True, metadata={"description": "Product code, device identifier, or a scan of the label."})
    lots = fields.String(load_default="", validate=_CODES)
    serials = fields.String(load_default="", validate=_CODES)
    produced_from_on = fields.Date(load_default=None)
    produced_to_on = fields.Date(load_default=None)
    expires_from_on = fields.Date(load_default=None)
    expires_to_on = fields.Date(load_default=None)


class RecallNoticeIn(Write):
    """A notice as it came; nothing is held until it is opened."""

    number = Text(required=True, longest=80)
    recall_class = fields.String(required=True, validate=validate.OneOf([str(one) for one in RecallClass]))
    issuer = Text(required=True)
    reason = Text(required=True, longest=2000)
    notice_on = fields.Date(required=True)
    targets = fields.List(fields.Nested(RecallMeantIn), required=True, validate=validate.Length(1, 200))


class RecallReasonIn(Write):
    """An act with its reason."""

    reason = Text(required=True)


class RecallReleaseIn(RecallReasonIn):
    """Items that are not meant after all."""

    items = fields.List(Text(), required=True, validate=validate.Length(1, 500))


class RecallExplainIn(Write):
    """What cannot be found, accounted for in words."""

    quantity = Whole(required=True, validate=validate.Range(0, 2**40))
    note = Text(required=True)


class RecallStepIn(Write):
    """What was done for some patients."""

    patients = fields.List(Text(longest=80), required=True, validate=validate.Length(1, 1000))
    step = fields.String(required=True, validate=validate.OneOf(["contacted", "reviewed", "resolved"]))
    note = fields.String(load_default="", validate=validate.Length(0, 200))
    follow_up_on = fields.Date(load_default=None)


class RecallOut(Schema):
    """One recall, with its deadlines and when they were met."""

    code = fields.String()
    number = fields.String()
    recall_class = fields.String()
    issuer = fields.String()
    reason = fields.String()
    notice_on = fields.Date()
    state = fields.String()
    drafted_at = fields.AwareDateTime()
    opened_at = fields.AwareDateTime(allow_none=True)
    hold_by_at = fields.AwareDateTime(allow_none=True)
    held_at = fields.AwareDateTime(allow_none=True)
    patients_by_at = fields.AwareDateTime(allow_none=True)
    listed_at = fields.AwareDateTime(allow_none=True)
    resolved_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class RecallMatchOut(Schema):
    """What one target matches. What it touches is told until the recall is opened, once it is counted."""

    line = fields.Integer(attribute="target.line")
    di = fields.String(attribute="target.di")
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    lots_said = fields.String()
    serials_said = fields.String()
    lots = fields.List(fields.String())
    unsure_lots = fields.List(fields.String(), metadata={"description": "Cannot be told apart: held as well."})
    items = fields.Integer(attribute="counts.items", allow_none=True)
    quantity = fields.Integer(attribute="counts.quantity", allow_none=True)
    places = fields.Integer(attribute="counts.places", allow_none=True)
    used = fields.Integer(attribute="counts.used", allow_none=True)
    patients = fields.Integer(attribute="counts.patients", allow_none=True)


class RecallBalanceOut(Schema):
    """The tie-out of one target, in base units."""

    line = fields.Integer()
    received = fields.Integer()
    found = fields.Integer()
    held = fields.Integer()
    let_go = fields.Integer()
    free = fields.Integer()
    used = fields.Integer()
    returned = fields.Integer()
    destroyed = fields.Integer()
    lost = fields.Integer()
    packed = fields.Integer()
    missing = fields.Integer()
    unexplained = fields.Integer()
    ties = fields.Boolean()


class RecallTouchesOut(Schema):
    """What all targets together touch, each thing counted once."""

    items = fields.Integer()
    quantity = fields.Integer()
    places = fields.Integer()
    used = fields.Integer()
    patients = fields.Integer()


class RecallCountingOut(Schema):
    """How far the counting is: items looked at, of so many."""

    done = fields.Integer()
    total = fields.Integer()


class RecallWholeOut(RecallOut):
    """One recall with what it matches, its tie-out and how far its patients are."""

    matches = fields.List(fields.Nested(RecallMatchOut))
    touches = fields.Nested(RecallTouchesOut, allow_none=True)
    counted_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When what it touches was counted; null before that, and once open."}
    )
    counting = fields.Nested(RecallCountingOut, allow_none=True)
    balances = fields.List(fields.Nested(RecallBalanceOut))
    patients = fields.Dict(keys=fields.String(), values=fields.Integer())
    task = fields.Integer(metadata={"description": "The work that was begun by this act."})


class RecallsOut(Schema):
    """A page of recalls."""

    recalls = fields.List(fields.Nested(RecallOut))
    next = fields.Integer(allow_none=True)


class RecallPlaceOut(Schema):
    """So much at one place."""

    location = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()
    department = fields.String()
    product = fields.String()
    lot = fields.String()
    items = fields.Integer()
    quantity = fields.Integer()
    held = fields.Integer()
    free = fields.Integer()
    held_at = fields.AwareDateTime(allow_none=True)


class RecallToteOut(Schema):
    """A tote to stop."""

    code = fields.String()
    location = fields.String()
    name = fields.String()
    name_en = fields.String()
    items = fields.List(fields.String())


class RecallWhereaboutsOut(Schema):
    """Where everything is."""

    places = fields.List(fields.Nested(RecallPlaceOut))
    totes = fields.List(fields.Nested(RecallToteOut))


class UseOfOut(Schema):
    """One use of something of a recall."""

    id = fields.Integer()
    used_at = fields.AwareDateTime()
    department = fields.String(allow_none=True)
    department_name = fields.String(allow_none=True)
    staff = fields.String()
    item = fields.String()
    serial = fields.String()
    product = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    encounter = fields.String(allow_none=True)
    patient = fields.String(allow_none=True)
    patient_name = fields.String(allow_none=True)
    outreach = fields.String(allow_none=True)


class UsesOfOut(Schema):
    """A page of uses."""

    uses = fields.List(fields.Nested(UseOfOut))
    next = fields.Integer(allow_none=True)


class DeniedOut(Schema):
    """Goods a device refuses by their label; an empty list or a missing day is all."""

    recall = fields.String()
    dis = fields.List(fields.String())
    lots = fields.List(fields.List(fields.String()))
    serials = fields.List(fields.List(fields.String()))
    produced_from_on = fields.Date(allow_none=True)
    produced_to_on = fields.Date(allow_none=True)
    expires_from_on = fields.Date(allow_none=True)
    expires_to_on = fields.Date(allow_none=True)


class DenyListOut(Schema):
    """What a device refuses. `changed` false: it has the current list, and nothing is repeated."""

    version = fields.Integer()
    changed = fields.Boolean()
    targets = fields.List(fields.Nested(DeniedOut))
    items = fields.List(fields.String())
    spared = fields.List(fields.String())


class DenyListAsked(Schema):
    """The version a device has."""

    since = fields.Integer(load_default=None, validate=validate.Range(0, 2**62))


class RecallCountOut(Schema):
    """How many it was done for."""

    count = fields.Integer()


class RecallDrillOut(Schema):
    """One mock recall."""

    month = fields.String()
    product = fields.String()
    name = fields.String()
    lot = fields.String()
    received = fields.Integer()
    on_hand = fields.Integer()
    used = fields.Integer()
    returned = fields.Integer()
    destroyed = fields.Integer()
    missing = fields.Integer()
    unexplained = fields.Integer()
    accounted_permille = fields.Integer()
    traced_permille = fields.Integer()
    uses = fields.Integer()
    patients = fields.Integer()
    departments = fields.Integer()
    match_ms = fields.Integer()
    places_ms = fields.Integer()
    patients_ms = fields.Integer()
    untraced = fields.List(fields.String())
    passed = fields.Boolean()


class RecallDrillsOut(Schema):
    """The mock recalls, newest first."""

    drills = fields.List(fields.Nested(RecallDrillOut))
