"""This file is /deliveries: notes announced, how they differ from what came, closed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Page, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.receipts import may_receive
from spd import ordering, receiving
from spd.core.occasion import Occasion
from spd.parties import Party
from spd.receiving import Delivery, Difference

bp = Noun("deliveries", "Suppliers' delivery notes.")


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
        "version": delivery.version,
        "slip_number": delivery.slip_number,
        "invoices": delivery.invoices,
        "flagged": ordering.chain_flagged(delivery),
    }


def whole(session: Session, delivery: Delivery) -> dict[str, Any]:
    """A note with its lines, what came of each, and its cases."""
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


def closed(session: Session, when: Occasion, code: str, reason: str) -> list[Difference]:
    """The note finished, by somebody who did not buy. Raises: BuyerReceives, and what closing raises."""
    may_receive(session, code, when)
    return receiving.close_delivery(session, when, code, reason=reason)


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
    found = write(when, lambda session: closed(session, when, code, said["reason"]))
    return {"differences": found}
