"""This file is /deliveries and /receipts: notes announced, and what is scanned of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import CautionOut, Money, Page, Scan, Text, Whole, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from spd import ordering, receiving
from spd.parties import Party
from spd.receiving import Delivery

bp = Noun("deliveries", "Suppliers' delivery notes.")
receipts = Noun("receipts", "Goods scanned in.")


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
    version = fields.Integer(metadata={"description": "Raised when the note is amended."})
    slip_number = fields.String(metadata={"description": "Of the paper that travels with the goods (随货同行单)."})
    invoices = fields.List(fields.String(), metadata={"description": "From maker to hospital, in order."})
    flagged = fields.Boolean(metadata={"description": "More than two invoices between maker and hospital (两票制)."})


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
    produced_on = fields.Date(allow_none=True)
    largest_quantity = fields.Integer(metadata={"description": "The most the note ever stated."})
    order = fields.String()
    order_line = fields.Integer(allow_none=True)


class PackageOut(Schema):
    """A case or pallet of a note."""

    sscc = fields.String(metadata={"description": "Eighteen digits, or a label of ours."})
    inside = fields.String(allow_none=True)
    line = fields.Integer(allow_none=True)
    quantity = fields.Integer()
    di = fields.String()
    serials = fields.List(fields.String())


class DeliveryWhole(DeliveryOut):
    """One note with its lines and cases."""

    lines = fields.List(fields.Nested(LineOut))
    packages = fields.List(fields.Nested(PackageOut))


class CloseIn(Write):
    """A note is finished; a reason is needed where it came short."""

    reason = Text(load_default="", shortest=0)


class DifferenceOut(Schema):
    """A line that came short."""

    product = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    received = fields.Integer()


class ClosedOut(Schema):
    """What was missing when the note was finished."""

    differences = fields.List(fields.Nested(DifferenceOut))


class ArrivedIn(Schema):
    """One scanned package; lot and expiry are keyed in only where the label lacks them."""

    scan = Scan(required=True)
    count = Whole(load_default=1, validate=validate.Range(1, 100_000))
    lot = Text(load_default=None, allow_none=True, longest=80)
    expires_on = fields.Date(load_default=None, allow_none=True)


class ReceiptIn(Write):
    """What was scanned of one note at one place: one package or thousands, all or nothing."""

    delivery = Text(required=True)
    location = Text(required=True)
    arrivals = fields.List(fields.Nested(ArrivedIn), required=True, validate=validate.Length(1, 10_000))


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


class ReceiptOut(Schema):
    """What was received."""

    delivery = fields.String()
    items = fields.List(fields.Nested(ReceivedOut))
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


def _told(delivery: Delivery, supplier: Party) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "code": delivery.code,
        "label": delivery.label,
        "supplier": supplier.code,
        "supplier_name": supplier.name,
        "announced_at": delivery.announced_at,
        "closed_at": delivery.closed_at,
        "version": delivery.version,
        "slip_number": delivery.slip_number,
        "invoices": delivery.invoices,
        "flagged": ordering.chain_flagged(delivery),
    }


def whole(session: Session, delivery: Delivery) -> dict[str, Any]:
    supplier = session.get_one(Party, delivery.supplier_id)
    orders = ordering.orders_of(session, delivery)
    lines = []
    for line in receiving.lines_received(session, delivery):
        order, number = orders.get(line.order_line_id or 0, ("", None))
        lines.append(asdict(line) | {"order": order, "order_line": number})
    numbers = {line["id"]: line["line"] for line in lines}
    packages = receiving.packages_of(session, delivery)
    codes = {package.id: package.sscc for package in packages}
    cases = [
        {
            "sscc": package.sscc, "inside": codes.get(package.parent_id or 0), "quantity": package.quantity,
            "line": numbers.get(package.delivery_line_id), "di": package.di, "serials": package.serial_list,
        }
        for package in packages
    ]  # fmt: skip
    return _told(delivery, supplier) | {"lines": lines, "packages": cases}


@bp.get("")
@bp.arguments(DeliveriesAsked, location="query")
@bp.response(200, DeliveriesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The notes, oldest first; those still open unless asked otherwise. A supplier is told its own."""
    mine = access.suppliers()
    query = select(Delivery, Party).join(Party, Party.id == Delivery.supplier_id).where(Delivery.id > asked["after"])
    query = query.where(Delivery.closed_at.is_(None) if asked["open"] else Delivery.closed_at.is_not(None))
    if mine is not None:
        query = query.where(Delivery.supplier_id.in_(mine))
    query = query.order_by(Delivery.id).limit(asked["limit"] + 1)
    rows = read(lambda session: [_told(*row) for row in session.execute(query)])
    return paged("deliveries", rows, asked["limit"], lambda row: int(row["id"]))


@bp.get("/<path:code>")
@bp.response(200, DeliveryWhole)
def show(code: str) -> dict[str, Any]:
    """One note, by its number or our label, with what has come of each line."""
    mine = access.suppliers()
    return read(lambda session: whole(session, ordering.get_note(session, code, suppliers=mine)))


@bp.post("/<path:code>/close")
@bp.arguments(CloseIn)
@bp.response(200, ClosedOut)
def close(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Finish a note. Closing a closed note changes nothing."""
    when = occasion(said)
    short = write(when, lambda session: receiving.close_delivery(session, when, code, reason=said["reason"]))
    return {"differences": short}


@receipts.post("")
@receipts.arguments(ReceiptIn)
@receipts.response(201, ReceiptOut)
def receive(said: dict[str, Any]) -> dict[str, Any]:
    """Make scanned packages accountable. Safe to send again with the same key."""
    delivered = receiving.Delivered(
        occasion=occasion(said),
        delivery=said["delivery"],
        location=said["location"],
        arrivals=[receiving.Arrived(**arrived) for arrived in said["arrivals"]],
        near_days=int(settings().near_expiry_days),
    )
    return asdict(write(delivered.occasion, lambda session: receiving.receive(session, delivered)))
