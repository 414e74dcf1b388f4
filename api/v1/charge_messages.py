"""This file is /charge-messages: charges on their way to HIS; what does not get through is sent again or given up."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from api.fields import Money, Page, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import charging
from spd.charging import MessageAct

bp = Noun("charge-messages", "Charges on their way to HIS.")


class MessagesAsked(Page):
    """Which messages; those that wait for people, unless said otherwise."""

    state = fields.String(load_default="dead", validate=validate.OneOf(charging.STATES))


class MessageOut(Schema):
    """One charge, or the credit that takes one back."""

    id = fields.Integer()
    topic = fields.String()
    state = fields.String()
    created_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    attempts = fields.Integer()
    trouble = fields.String()
    movement_id = fields.Integer()
    item = fields.String()
    encounter = fields.String(allow_none=True)
    department = fields.String(allow_none=True)
    quantity = fields.Integer()
    amount = Money()


class MessagesOut(Schema):
    """A page of messages."""

    messages = fields.List(fields.Nested(MessageOut))
    next = fields.Integer(allow_none=True)


class MessageGiveUpIn(Write):
    """Why it is not sent."""

    reason = Text(required=True)


class MessageDecidedOut(Schema):
    """The message that was decided about."""

    id = fields.Integer()


@bp.get("")
@bp.arguments(MessagesAsked, location="query")
@bp.response(200, MessagesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Messages in the order written."""
    rows = charging.select_messages().subquery()
    query = select(rows).where(rows.c.id > asked["after"], rows.c.state == asked["state"])
    query = query.order_by(rows.c.id).limit(asked["limit"] + 1)
    return paged("messages", read(lambda session: session.execute(query).all()), asked["limit"], lambda row: row.id)


@bp.post("/<int:number>/resend")
@bp.arguments(Write)
@bp.response(201, MessageDecidedOut)
def resend(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Send it again at once, its failures forgotten."""
    act = MessageAct(occasion=occasion(said), message=number)
    return write(act.occasion, lambda session: {"id": charging.resend(session, act).id})


@bp.post("/<int:number>/give-up")
@bp.arguments(MessageGiveUpIn)
@bp.response(201, MessageDecidedOut)
def give_up(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Never send it; the credit that would take it back is not sent either. The use stays as it is."""
    act = MessageAct(occasion=occasion(said), message=number, reason=said["reason"])
    return write(act.occasion, lambda session: {"id": charging.give_up(session, act).id})
