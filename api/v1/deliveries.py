"""This file is /deliveries: notes announced, how they differ from what came, closed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Money, Page, Price, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import receiving
from spd.catalog import SettlementMode
from spd.parties import Party
from spd.receiving import Delivery

bp = Noun("deliveries", "Suppliers' delivery notes.")

QUANTITY = validate.Range(1, 10_000_000)


class DeliveriesAsked(Page):
    """Which notes."""

    open = fields.Boolean(load_default=True)


class DeliveryOut(Schema):
    """One note."""

    code = fields.String()
    label = fields.String()
    supplier = fields.String()
    supplier_name = fields.String()
    announced_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)


class DeliveriesOut(Schema):
    """A page of notes."""

    deliveries = fields.List(fields.Nested(DeliveryOut))
    next = fields.Integer(allow_none=True)


class LineOut(Schema):
    """A line of a note with what has come of it."""

    line = fields.Integer()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    received = fields.Integer()
    unit_price = Money()
    settlement_mode = fields.String()


class DeliveryWhole(DeliveryOut):
    """One note with its lines."""

    lines = fields.List(fields.Nested(LineOut))


class AnnouncedOut(DeliveryWhole):
    """A note put on record."""

    repeated = fields.Boolean(metadata={"description": "It was on record already, saying the same."})


class LineIn(Schema):
    """A line of a note; without a price the one agreed with the supplier holds."""

    product = Text(required=True)
    quantity = Whole(required=True, validate=QUANTITY)
    lot = Text(load_default="", shortest=0, longest=80)
    expires_on = fields.Date(load_default=None, allow_none=True)
    unit_price = Price(load_default=None, allow_none=True)
    settlement_mode = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([mode.value for mode in SettlementMode])
    )


class DeliveryIn(Write):
    """A note as the supplier sent it."""

    code = Text(required=True, longest=80)
    supplier = Text(required=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, 2000))


class CloseIn(Write):
    """A note is finished; a reason is needed where it came short, or something was put aside."""

    reason = Text(load_default="", shortest=0)


class DifferenceOut(Schema):
    """How a note differs from what came: `short`, `near` its expiry, or the kind of a piece put aside."""

    kind = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    received = fields.Integer()


class ClosedOut(Schema):
    """How the note differed from what came when it was finished."""

    differences = fields.List(fields.Nested(DifferenceOut))


def _told(delivery: Delivery, supplier: Party) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "code": delivery.code,
        "label": delivery.label,
        "supplier": supplier.code,
        "supplier_name": supplier.name,
        "announced_at": delivery.announced_at,
        "closed_at": delivery.closed_at,
    }


def _whole(session: Session, delivery: Delivery) -> dict[str, Any]:
    supplier = session.get_one(Party, delivery.supplier_id)
    return _told(delivery, supplier) | {"lines": receiving.lines_received(session, delivery)}


@bp.get("")
@bp.arguments(DeliveriesAsked, location="query")
@bp.response(200, DeliveriesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The notes, oldest first; those still open unless asked otherwise."""
    query = select(Delivery, Party).join(Party, Party.id == Delivery.supplier_id).where(Delivery.id > asked["after"])
    query = query.where(Delivery.closed_at.is_(None) if asked["open"] else Delivery.closed_at.is_not(None))
    query = query.order_by(Delivery.id).limit(asked["limit"] + 1)
    rows = read(lambda session: [_told(*row) for row in session.execute(query)])
    return paged("deliveries", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(DeliveryIn)
@bp.response(201, AnnouncedOut)
def announce(said: dict[str, Any]) -> dict[str, Any]:
    """Put a supplier's note on record; everything received stands at zero. Safe to send again."""
    note = receiving.Announced(
        occasion=occasion(said),
        code=said["code"],
        supplier=said["supplier"],
        lines=[receiving.AnnouncedLine(**line) for line in said["lines"]],
    )

    def act(session: Session) -> dict[str, Any]:
        same = receiving.find_same(session, note)
        return _whole(session, same or receiving.announce(session, note)) | {"repeated": same is not None}

    return write(note.occasion, act)


@bp.get("/<path:code>")
@bp.response(200, DeliveryWhole)
def show(code: str) -> dict[str, Any]:
    """One note, by its number or our label, with what has come of each line."""
    return read(lambda session: _whole(session, receiving.get_delivery(session, code)))


@bp.post("/<path:code>/close")
@bp.arguments(CloseIn)
@bp.response(200, ClosedOut)
def close(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Finish a note. Closing a closed note changes nothing."""
    when = occasion(said)
    found = write(when, lambda session: receiving.close_delivery(session, when, code, reason=said["reason"]))
    return {"differences": found}
