"""This file is /receipts: what is scanned of a note, made accountable; cold goods' temperature; thousands at a time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import CautionOut, Scan, Text, Whole, Write
from api.here import occasion, write
from api.noun import Noun
from spd import ordering, receiving
from spd.core.occasion import Occasion
from spd.receiving import AsideKind, Delivered, InspectionReason, Receipt

bp = Noun("receipts", "Goods scanned in.")

REASON = validate.OneOf([reason.value for reason in InspectionReason])


class ArrivedIn(Schema):
    """One scanned package: a unit, a case of any level, or the SSCC of a case or pallet that the note lists.

    Lot and expiry are keyed in only where the label lacks them; `endless`: it has none, and somebody has looked.
    """

    scan = Scan(required=True)
    count = Whole(load_default=1, validate=validate.Range(1, 100_000))
    lot = Text(load_default=None, allow_none=True, longest=80)
    expires_on = fields.Date(load_default=None, allow_none=True)
    endless = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ReceiptIn(Write):
    """What was scanned of one note at one place: one package or thousands, all or nothing.

    With `aside`, what the note does not take is put aside and the rest received. With `quarantine`, all is received but
    held until an inspection is decided.
    """

    delivery = Text(required=True)
    location = Text(required=True)
    arrivals = fields.List(fields.Nested(ArrivedIn), required=True, validate=validate.Length(1, 10_000))
    aside = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    quarantine = fields.String(load_default=None, allow_none=True, validate=REASON)
    note = Text(load_default="", shortest=0)


class ReceivedOut(Schema):
    """One item that is now accountable."""

    code = fields.String()
    kind = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    owned = fields.Boolean(metadata={"description": "False: pre-received, the supplier's until it is used."})
    needs_label = fields.Boolean()
    held = fields.String(metadata={"description": "Why it may not be used yet; empty where it may."})


class PutAsideOut(Schema):
    """A piece that was not received but put aside."""

    number = fields.Integer()
    kind = fields.String(validate=validate.OneOf([kind.value for kind in AsideKind]))
    scan = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    other = fields.String(metadata={"description": "Another open note of the supplier that it belongs to."})
    note = fields.String()


class ReceiptOut(Schema):
    """What was received."""

    delivery = fields.String()
    items = fields.List(fields.Nested(ReceivedOut))
    cautions = fields.List(fields.Nested(CautionOut))
    asides = fields.List(fields.Nested(PutAsideOut))
    already = fields.List(
        fields.String(), metadata={"description": "Codes received on this note before: not counted again."}
    )
    repeated = fields.Boolean()


class TemperatureIn(Write):
    """How cold a note's cold goods came, in tenths of a degree Celsius: 45 is 4.5 °C."""

    delivery = Text(required=True)
    tenths = Whole(required=True, validate=validate.Range(-2000, 1000))


class TemperatureOut(Schema):
    """The temperature on record."""

    tenths = fields.Integer()
    said_at = fields.AwareDateTime()


def may_receive(session: Session, delivery: str, when: Occasion) -> None:
    """Whether who asks had no hand in buying what is received. Raises: BuyerReceives."""
    ordering.refuse_buyer_receives(session, delivery, when.staff_id)


def received(session: Session, said: Delivered) -> Receipt:
    """Receive, by somebody who did not buy. Raises: BuyerReceives, and what receiving raises."""
    may_receive(session, said.delivery, said.occasion)
    return receiving.receive(session, said)


def measured(session: Session, said: receiving.Measured) -> Any:
    """The temperature on record, by somebody who did not buy. Raises: BuyerReceives, and what measuring raises."""
    may_receive(session, said.delivery, said.occasion)
    return receiving.measure(session, said)


@bp.post("")
@bp.arguments(ReceiptIn)
@bp.response(201, ReceiptOut)
def receive(said: dict[str, Any]) -> dict[str, Any]:
    """Make scanned packages accountable. Safe to send again with the same key."""
    reason = said["quarantine"]
    delivered = Delivered(
        occasion=occasion(said),
        delivery=said["delivery"],
        location=said["location"],
        arrivals=[receiving.Arrived(**arrived) for arrived in said["arrivals"]],
        aside=said["aside"],
        ask=not said["aside"],
        quarantine=receiving.Quarantine(reason=InspectionReason(reason), note=said["note"]) if reason else None,
        note=said["note"],
    )
    return asdict(write(delivered.occasion, lambda session: received(session, delivered)))


@bp.post("/temperatures")
@bp.arguments(TemperatureIn)
@bp.response(201, TemperatureOut)
def measure(said: dict[str, Any]) -> Any:
    """State how cold a note's cold goods came; asked once for a note, before the first of them is received."""
    told = receiving.Measured(occasion=occasion(said), delivery=said["delivery"], tenths=said["tenths"])
    return write(told.occasion, lambda session: measured(session, told))
