"""This file is what the events of a queue say, by kind: as the endpoint that takes each online would have it."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import Text, Whole
from spd.counting import Round
from spd.offline import EventKind
from spd.unscanned import UnableReason


class Entered(Schema):
    """How the code was told: read off the label, or typed because of what stood in the way of reading it.

    scanner: what it calls itself, so that it is read by its habits; left out, it is that of the device.
    """

    entered = fields.String(validate=validate.OneOf(["scanned", "keyed"]))
    reason = Text(shortest=0, longest=40)
    scanner = Text(load_default="", shortest=0, longest=80)


class UsePayload(Entered):
    """An item used; `patient` is the token of a snapshot or of a page, `encounter` a wristband that was in neither."""

    scan = Text(required=True, longest=4000)
    patient = Text(longest=400)
    encounter = Text()
    department = Text()
    quantity = Whole(validate=validate.Range(1, 1_000_000))


class PaperPayload(UsePayload):
    """A use written on paper; the number of the sheet."""

    sheet = Text(required=True, longest=80)


class EmergencyPayload(Entered):
    """An item used on a patient not known yet; `tag` tells such patients apart."""

    scan = Text(required=True, longest=4000)
    tag = Text(load_default="A", longest=24)
    department = Text()
    quantity = Whole(validate=validate.Range(1, 1_000_000))


class UnablePayload(Schema):
    """Something could not be scanned; once its code is typed, told again, of the `report` of the first tap."""

    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in UnableReason]))
    page = Text(load_default="", shortest=0, longest=24)
    code = Text(load_default="", shortest=0, longest=400)
    report = fields.UUID()


class CaughtPayload(Entered):
    """A use that the device stopped by what it knows of the ward: nothing was used, and what was caught is kept."""

    scan = Text(required=True, longest=4000)
    rule = fields.String(
        required=True,
        validate=validate.OneOf(["recalled", "held", "expired", "latex-conflict", "mri-conflict", "fefo-breach"]),
    )
    patient = Text(longest=400)
    encounter = Text()


class SignPayload(Entered):
    """A tote signed for at a place; the items scanned, or all of it; or that the rest of it is missing."""

    dispatch = Text(required=True)
    location = Text(required=True)
    items = fields.List(Text(longest=4000), load_default=list, validate=validate.Length(0, 1000))
    badge = Text(load_default="", shortest=0)
    missing = fields.Boolean(load_default=False)


class CountPayload(Entered):
    """A thing seen in a count; how many, where it is loose; without a thing the place is gone over from now on."""

    count = Text(required=True)
    location = Text(required=True)
    scan = Text(longest=4000)
    quantity = Whole(validate=validate.Range(0, 10_000_000))
    round = fields.String(validate=validate.OneOf([Round.FIRST.value, Round.SECOND.value]))


PAYLOAD: dict[str, Schema] = {
    EventKind.USE: UsePayload(), EventKind.SIGN: SignPayload(), EventKind.COUNT: CountPayload(),
    EventKind.PAPER: PaperPayload(), EventKind.EMERGENCY: EmergencyPayload(), EventKind.UNABLE: UnablePayload(),
    EventKind.CAUGHT: CaughtPayload(),
}  # fmt: skip
