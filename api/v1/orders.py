"""This file is /orders: placed, amended, followed. Proposals and steps are in files of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Page, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import ordering
from spd.core.occasion import Occasion
from spd.ordering import PROGRESS, Order, OrderStep
from spd.parties import Party
from spd.places import Location
from spd.staff import Staff

bp = Noun("orders", "Orders to suppliers.")

QUANTITY = validate.Range(1, 10_000_000)


class OrdersAsked(Page):
    """Which orders; a supplier sees its own once they are sent."""

    state = fields.String(validate=validate.OneOf(PROGRESS))
    supplier = Text()


class OrderOut(Schema):
    """One order."""

    code = fields.String()
    label = fields.String()
    supplier = fields.String()
    supplier_name = fields.String()
    location = fields.String()
    state = fields.String(metadata={"description": "Once sent: sent, partly_delivered or delivered, by what came."})
    version = fields.Integer()
    answer = fields.String(metadata={"description": "The supplier's: accepted, changed, declined, or empty."})
    placed_at = fields.AwareDateTime()
    wanted_on = fields.Date(allow_none=True)
    over_percent = fields.Integer()
    note = fields.String()
    amount = Money()


class OrdersOut(Schema):
    """A page of orders."""

    orders = fields.List(fields.Nested(OrderOut))
    next = fields.Integer(allow_none=True)


class OrderLineOut(Schema):
    """A line with what was announced of it and what came, in base units."""

    line = fields.Integer()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    quantity = fields.Integer()
    order_multiple = fields.Integer()
    unit_price = Money()
    amount = Money()
    settlement_mode = fields.String()
    wanted_on = fields.Date(allow_none=True)
    announced = fields.Integer()
    received = fields.Integer()
    confirmed = fields.Integer(allow_none=True)
    promised_on = fields.Date(allow_none=True)


class StepOut(Schema):
    """One thing done with an order."""

    step = fields.String()
    state_after = fields.String()
    version = fields.Integer()
    reason = fields.String()
    by = fields.String()
    done_at = fields.AwareDateTime()


class OrderWhole(OrderOut):
    """One order with its lines and what was done with it; a supplier is told no steps of the hospital's."""

    lines = fields.List(fields.Nested(OrderLineOut))
    steps = fields.List(fields.Nested(StepOut))


class WantedIn(Schema):
    """A line as it is asked for."""

    product = Text(required=True)
    quantity = Whole(required=True, validate=QUANTITY)
    wanted_on = fields.Date(load_default=None, allow_none=True)


class AmendIn(Write):
    """What an order asks for now."""

    lines = fields.List(fields.Nested(WantedIn), required=True, validate=validate.Length(1, 2000))
    wanted_on = fields.Date(load_default=None, allow_none=True)
    over_percent = Whole(load_default=0, validate=validate.Range(0, 100))
    note = Text(load_default="", shortest=0)
    reason = Text(load_default="", shortest=0)


class OrderIn(AmendIn):
    """An order as it is asked for; `submit` sends it for approval at once."""

    supplier = Text(required=True)
    location = Text(required=True)
    submit = fields.Boolean(load_default=False)


@bp.get("")
@bp.arguments(OrdersAsked, location="query")
@bp.response(200, OrdersOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The orders, oldest first."""
    mine = access.suppliers()
    state = ordering.progress_of()
    query = (
        select(Order, Party, Location.code, state.label("shown"), ordering.amount_of().label("amount"))
        .join(Party, Party.id == Order.supplier_id)
        .join(Location, Location.id == Order.location_id)
        .where(Order.id > asked["after"])
        .order_by(Order.id)
        .limit(asked["limit"] + 1)
    )
    if mine is not None:
        query = query.where(ordering.seen_by(mine))
    if "state" in asked:
        query = query.where(state == asked["state"])
    if "supplier" in asked:
        query = query.where(Party.code == asked["supplier"])
    rows = read(lambda session: [_told(*row) | {"id": row[0].id} for row in session.execute(query)])
    return paged("orders", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(OrderIn)
@bp.response(201, OrderWhole)
def place(said: dict[str, Any]) -> dict[str, Any]:
    """Place an order at the prices in force. Safe to send again with the same key."""
    when, asked = occasion(said), _asked(said)
    return write(when, lambda session: whole(session, ordering.place(session, when, [asked], submit=said["submit"])[0]))


@bp.get("/<path:code>")
@bp.response(200, OrderWhole)
def show(code: str) -> dict[str, Any]:
    """One order, by its number or our label, with what came of it."""
    mine = access.suppliers()
    return read(lambda session: whole(session, ordering.get_order(session, code, suppliers=mine)))


@bp.post("/<path:code>/amend")
@bp.arguments(AmendIn)
@bp.response(200, OrderWhole)
def amend(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Ask for something else: a new version, to be approved again."""
    when, asked = occasion(said), _asked({"supplier": "", "location": ""} | said)
    return stepped(
        when, code, lambda session, order: ordering.amend(session, when, order, asked, reason=said["reason"])
    )


def _asked(said: dict[str, Any]) -> ordering.ToOrder:
    return ordering.ToOrder(
        supplier=said["supplier"],
        location=said["location"],
        lines=[ordering.Wanted(**line) for line in said["lines"]],
        wanted_on=said["wanted_on"],
        over_percent=said["over_percent"],
        note=said["note"],
    )


def stepped(when: Occasion, code: str, act: Callable[[Session, Order], Order]) -> dict[str, Any]:
    mine = access.suppliers()
    return write(when, lambda session: whole(session, act(session, ordering.get_order(session, code, suppliers=mine))))


def _told(order: Order, supplier: Party, location: str, shown: str, amount: Any) -> dict[str, Any]:
    names = ("code", "label", "version", "answer", "placed_at", "wanted_on", "over_percent", "note")
    return {name: getattr(order, name) for name in names} | {
        "supplier": supplier.code, "supplier_name": supplier.name, "location": location, "state": shown,
        "amount": amount or 0,
    }  # fmt: skip


def whole(session: Session, order: Order) -> dict[str, Any]:
    lines = ordering.lines_of(session, [order.id])[order.id]
    supplier, location = session.get_one(Party, order.supplier_id), session.get_one(Location, order.location_id)
    amount = sum(line.amount for line in lines)
    steps = (
        select(OrderStep, Staff.name)
        .join(Staff, Staff.id == OrderStep.staff_id)
        .where(OrderStep.order_id == order.id)
        .order_by(OrderStep.id)
    )
    told = [
        {
            "step": row.step, "state_after": row.state_after, "version": row.version, "reason": row.reason,
            "by": name, "done_at": row.done_at,
        }
        for row, name in session.execute(steps)
        if access.suppliers() is None
    ]  # fmt: skip
    return _told(order, supplier, location.code, ordering.shown_as(order, lines), amount) | {
        "lines": lines,
        "steps": told,
    }
