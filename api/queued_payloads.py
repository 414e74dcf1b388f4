"""This file is what each kind of event of a queue says."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import Text, Whole
from spd.counting import Round
from spd.offline import EventKind


class Entered(Schema):
    """How the code was told: read off the label, or typed because of what stood in the way of reading it.

    scanner: what it calls itself, so that it is read by its habits; left out, it is that of the device.
    """

    scanner = Text(shortest=0, longest=80)
    entered = fields.String(validate=validate.OneOf(["scanned", "keyed"]))
    reason = Text(shortest=0, longest=40)


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
    EventKind.PAPER: PaperPayload(),
}  # fmt: skip
