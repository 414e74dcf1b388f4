"""This file is /orders/proposals: what stores should order today, and proposals made orders."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Money, Text, Whole, Write
from api.here import moment, occasion, read, write
from api.v1.orders import QUANTITY, OrderWhole, bp, whole
from spd import ordering


class ProposalsAsked(Schema):
    """Of which store."""

    location = Text(load_default=None)


class ProposalOut(Schema):
    """One product that a store should order, and the figures behind it, in base units."""

    key = fields.String()
    location = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    supplier = fields.String()
    quantity = fields.Integer()
    order_multiple = fields.Integer()
    unit_price = Money()
    amount = Money()
    wanted_on = fields.Date()
    available = fields.Integer()
    on_order = fields.Integer()
    demand = fields.Integer(metadata={"description": "What wards are short of."})
    reorder_at = fields.Integer()
    up_to = fields.Integer()
    basis = fields.String(metadata={"description": "Where the level comes from: fixed, use or demand."})
    mean_daily = fields.String()
    lead_days = fields.Integer()
    problem = fields.String(metadata={"description": "no_price, not_admitted, unlicensed; empty where it can be had."})


class ProposalsOut(Schema):
    """What should be ordered today."""

    proposals = fields.List(fields.Nested(ProposalOut))


class PlacedOut(Schema):
    """Orders placed."""

    orders = fields.List(fields.Nested(OrderWhole))


class ChosenIn(Schema):
    """A proposal accepted."""

    key = Text(required=True)
    quantity = Whole(required=True, validate=QUANTITY)
    supplier = Text(load_default="", shortest=0)


class AcceptIn(Write):
    """Proposals accepted: they become orders, one for each supplier and store."""

    lines = fields.List(fields.Nested(ChosenIn), required=True, validate=validate.Length(1, 2000))


@bp.get("/proposals")
@bp.arguments(ProposalsAsked, location="query")
@bp.response(200, ProposalsOut)
def proposals(asked: dict[str, Any]) -> dict[str, Any]:
    """What stores should order today, from whom, how much, and why."""
    now = moment()
    found = read(lambda session: ordering.propose(session, on=now.day, at=now.at, location=asked["location"]))
    return {"proposals": found}


@bp.post("/proposals")
@bp.arguments(AcceptIn)
@bp.response(201, PlacedOut)
def accept(said: dict[str, Any]) -> dict[str, Any]:
    """Make orders of proposals, submitted for approval. Safe to send again with the same key."""
    when = occasion(said)
    chosen = {line["key"]: line["quantity"] for line in said["lines"]}
    named = {line["key"]: line["supplier"] for line in said["lines"] if line["supplier"]}

    def act(session: Session) -> dict[str, Any]:
        orders = ordering.accept(session, when, chosen, suppliers=named)
        return {"orders": [whole(session, order) for order in orders]}

    return write(when, act)
