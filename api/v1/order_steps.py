"""This file is the steps of /orders: submitted, approved, sent, confirmed or declined by the supplier, closed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.fields import Text, Whole, Write
from api.here import occasion
from api.v1.orders import OrderWhole, bp, stepped
from spd import ordering


class ReasonIn(Write):
    """A step, and why."""

    reason = Text(load_default="", shortest=0)


class ConfirmedIn(Schema):
    """What the supplier says of one line."""

    line = Whole(required=True, validate=validate.Range(1, 100_000))
    quantity = Whole(required=True, validate=validate.Range(0, 10_000_000))
    promised_on = fields.Date(load_default=None, allow_none=True)


class ConfirmIn(Write):
    """The supplier accepts: lines not named as they were ordered."""

    lines = fields.List(fields.Nested(ConfirmedIn), load_default=list, validate=validate.Length(0, 2000))


@bp.post("/<path:code>/submit")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def submit(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Ask for approval; below the value of the policy none is needed."""
    return _decided(said, code, "submit")


@bp.post("/<path:code>/approve")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def approve(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Approve an order that somebody else placed."""
    return _decided(said, code, "approve")


@bp.post("/<path:code>/refuse")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def refuse(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Refuse an order that somebody else placed, and say why."""
    return _decided(said, code, "refuse")


@bp.post("/<path:code>/send")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def send(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Send an approved order: its supplier sees it from now on."""
    return _decided(said, code, "send")


@bp.post("/<path:code>/close")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def close(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Close an order; a reason is needed where something has not come."""
    return _decided(said, code, "close")


@bp.post("/<path:code>/cancel")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def cancel(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Cancel an order of which nothing is on its way, and say why."""
    return _decided(said, code, "cancel")


@bp.post("/<path:code>/confirm")
@bp.arguments(ConfirmIn)
@bp.response(200, OrderWhole)
def confirm(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Accept an order as its supplier: how much of each line, and for which day."""
    when = occasion(said)
    lines = [ordering.Confirmed(**line) for line in said["lines"]]
    return stepped(when, code, lambda session, order: ordering.answer(session, when, order, lines))


@bp.post("/<path:code>/decline")
@bp.arguments(ReasonIn)
@bp.response(200, OrderWhole)
def decline(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Decline an order as its supplier, and say why."""
    when = occasion(said)
    return stepped(when, code, lambda session, order: ordering.decline(session, when, order, reason=said["reason"]))


def _decided(said: dict[str, Any], code: str, step: str) -> dict[str, Any]:
    when = occasion(said)
    return stepped(
        when, code, lambda session, order: ordering.decide(session, when, order, step, reason=said["reason"])
    )
