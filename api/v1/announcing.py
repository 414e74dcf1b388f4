"""This file is how notes come to /deliveries: announced and amended, by the hospital or by the supplier itself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access
from api.fields import Price, Text, Whole, Write
from api.here import occasion, write
from api.v1.deliveries import DeliveryWhole, bp, whole
from spd import ordering, receiving
from spd.catalog import SettlementMode

QUANTITY = validate.Range(1, 10_000_000)


class AnnouncedOut(DeliveryWhole):
    """A note put on record."""

    repeated = fields.Boolean(metadata={"description": "It was on record already, saying the same."})


class LineIn(Schema):
    """A line of a note; without a price the one agreed with the supplier holds, and a supplier states no other."""

    product = Text(required=True)
    quantity = Whole(required=True, validate=QUANTITY)
    lot = Text(load_default="", shortest=0, longest=80)
    expires_on = fields.Date(load_default=None, allow_none=True)
    unit_price = Price(load_default=None, allow_none=True)
    settlement_mode = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([mode.value for mode in SettlementMode])
    )
    produced_on = fields.Date(load_default=None, allow_none=True)
    order = Text(
        load_default="", shortest=0, longest=80, metadata={"description": "No more is stated than is open on it."}
    )
    order_line = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 100_000))


class PackageIn(Schema):
    """A case or pallet: without an SSCC it gets a label of ours; `line` is what it holds, 0 for a pallet of cases."""

    line = Whole(load_default=0, validate=validate.Range(0, 2000))
    quantity = Whole(load_default=0, validate=validate.Range(0, 10_000_000))
    sscc = Text(load_default="", shortest=0, longest=80)
    inside = Text(load_default="", shortest=0, longest=80)
    di = Text(load_default="", shortest=0, longest=80)
    serials = fields.List(Text(longest=80), load_default=list, validate=validate.Length(0, 10_000))


class NoteSaidIn(Write):
    """What a note says now, while nothing of it has come."""

    supplier = Text(required=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, 2000))
    packages = fields.List(fields.Nested(PackageIn), load_default=list, validate=validate.Length(0, 10_000))
    slip_number = Text(load_default="", shortest=0, longest=80)
    invoices = fields.List(Text(longest=80), load_default=list, validate=validate.Length(0, 20))


class DeliveryIn(NoteSaidIn):
    """A note as the supplier sent it."""

    code = Text(required=True, longest=80)


def _note(said: dict[str, Any], code: str) -> receiving.Announced:
    return receiving.Announced(
        occasion=occasion(said),
        code=code,
        supplier=said["supplier"],
        lines=[receiving.AnnouncedLine(**line) for line in said["lines"]],
        packages=[receiving.AnnouncedPackage(**package) for package in said["packages"]],
        slip_number=said["slip_number"],
        invoices=said["invoices"],
    )


@bp.post("")
@bp.arguments(DeliveryIn)
@bp.response(201, AnnouncedOut)
def announce(said: dict[str, Any]) -> dict[str, Any]:
    """Put a supplier's note on record; everything received stands at zero. Safe to send again."""
    note, mine = _note(said, said["code"]), access.suppliers()

    def act(session: Session) -> dict[str, Any]:
        delivery, known = ordering.announce(session, note, suppliers=mine)
        return whole(session, delivery) | {"repeated": known}

    return write(note.occasion, act)


@bp.post("/<path:code>/amend")
@bp.arguments(NoteSaidIn)
@bp.response(200, DeliveryWhole)
def amend(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say what a note states now; only while nothing of it has come. What it said before is kept."""
    note, mine = _note(said, code), access.suppliers()
    return write(note.occasion, lambda session: whole(session, ordering.amend_note(session, note, suppliers=mine)))
