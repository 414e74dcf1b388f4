"""This file is /inspections: what was found of goods on receipt, and what is decided of those held."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Page, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.receipts import REASON, may_receive
from spd import receiving
from spd.catalog import Product
from spd.ledger import Item
from spd.receiving import Delivery, DeliveryLine, Inspection, InspectionReason, InspectionResult

bp = Noun("inspections", "What was found of goods on receipt.")


class InspectionsAsked(Page):
    """Which inspections: by default those that are held and wait for a decision."""

    result = fields.String(
        load_default=InspectionResult.HELD.value, validate=validate.OneOf([one.value for one in InspectionResult])
    )
    delivery = Text(load_default=None)


class InspectionOut(Schema):
    """One result: of a thing, or of a whole line where nothing was wrong."""

    number = fields.Integer()
    delivery = fields.String()
    line = fields.Integer()
    item = fields.String(allow_none=True)
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    quantity = fields.Integer(allow_none=True)
    result = fields.String()
    reason = fields.String()
    note = fields.String()
    inspected_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    decision_note = fields.String()


class InspectionsOut(Schema):
    """A page of inspections."""

    inspections = fields.List(fields.Nested(InspectionOut))
    next = fields.Integer(allow_none=True)


class InspectedIn(Write):
    """What an inspection came to; without a reason nothing was wrong. Name a line of the note, or one item."""

    delivery = Text(required=True)
    line = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 100_000))
    item = Text(load_default="", shortest=0, longest=80)
    reason = fields.String(load_default=None, allow_none=True, validate=REASON)
    note = Text(load_default="", shortest=0)

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_more: Any) -> None:
        if (data.get("line") is None) == (not data.get("item")):
            raise ValidationError("Name either a line or an item.", "line")


class InspectionDecidedIn(Write):
    """Accepted, or it goes back to the supplier."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(load_default="", shortest=0)


def asked() -> Any:
    """Every inspection with what it is of."""
    return (
        select(Inspection, Delivery.code, DeliveryLine.line, Item.code, Item.quantity, Product)
        .join(Delivery, Delivery.id == Inspection.delivery_id)
        .join(DeliveryLine, DeliveryLine.id == Inspection.delivery_line_id)
        .join(Product, Product.id == DeliveryLine.product_id)
        .outerjoin(Item, Item.id == Inspection.item_id)
        .order_by(Inspection.id)
    )


def _rows(session: Session, query: Any) -> list[dict[str, Any]]:
    return [
        {
            "number": one.id,
            "delivery": note,
            "line": line,
            "item": item,
            "product": product.code,
            "name": product.name,
            "name_en": product.name_en,
            "quantity": quantity,
            "result": one.result,
            "reason": one.reason,
            "note": one.note,
            "inspected_at": one.inspected_at,
            "decided_at": one.decided_at,
            "decision_note": one.decision_note,
        }
        for one, note, line, item, quantity, product in session.execute(query)
    ]


def inspected(session: Session, said: receiving.Inspected) -> list[Inspection]:
    """What was found, by somebody who did not buy. Raises: BuyerReceives, and what inspecting raises."""
    may_receive(session, said.delivery, said.occasion)
    return receiving.inspect(session, said)


def decided(session: Session, said: receiving.Decided) -> Inspection:
    """What is decided of it, by somebody who did not buy. Raises: BuyerReceives, and what deciding raises."""
    row = session.get(Inspection, said.number)
    if row is not None:
        may_receive(session, session.get_one(Delivery, row.delivery_id).code, said.occasion)
    return receiving.decide(session, said)


@bp.get("")
@bp.arguments(InspectionsAsked, location="query")
@bp.response(200, InspectionsOut)
def listing(said: dict[str, Any]) -> dict[str, Any]:
    """The inspections with a result, oldest first."""
    query = asked().where(Inspection.id > said["after"], Inspection.result == said["result"]).limit(said["limit"] + 1)
    if said["delivery"]:
        query = query.where((Delivery.code == said["delivery"]) | (Delivery.label == said["delivery"]))
    rows = read(lambda session: _rows(session, query))
    return paged("inspections", rows, said["limit"], lambda row: int(row["number"]))


@bp.post("")
@bp.arguments(InspectedIn)
@bp.response(201, InspectionsOut)
def inspect(said: dict[str, Any]) -> dict[str, Any]:
    """Keep what an inspection came to; with a reason, all of it that is in the house is held. Safe to send again."""
    reason = InspectionReason(said["reason"]) if said["reason"] else None
    found = receiving.Inspected(
        occasion=occasion(said),
        delivery=said["delivery"],
        line=said["line"],
        item=said["item"],
        reason=reason,
        note=said["note"],
    )

    def act(session: Session) -> list[dict[str, Any]]:
        made = inspected(session, found)
        return _rows(session, asked().where(Inspection.id.in_([one.id for one in made])))

    return {"inspections": write(found.occasion, act), "next": None}


@bp.post("/<int:number>/decide")
@bp.arguments(InspectionDecidedIn)
@bp.response(200, InspectionOut)
def decide(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Accept what is held, or have it go back. Deciding the same again changes nothing."""
    judged = receiving.Decided(occasion=occasion(said), number=number, accept=said["accept"], note=said["note"])

    def act(session: Session) -> dict[str, Any]:
        decided(session, judged)
        return _rows(session, asked().where(Inspection.id == number))[0]

    return write(judged.occasion, act)
