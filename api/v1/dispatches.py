"""This file is /dispatches and /transfers: totes sent to a ward and signed for, things moved in the house."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access
from api.fields import Scan, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.v1.items import refuse_foreign
from spd import replenishment
from spd.places import Location
from spd.replenishment import waiting_in

bp = Noun("dispatches", "Totes on their way to a ward.")
transfers = Noun("transfers", "Things moved in the house.")


class MovedIn(Write):
    """Scanned items and where they go."""

    items = fields.List(Scan(), required=True, validate=validate.Length(1, 1000))
    to = Text(required=True, metadata={"description": "Location code or shelf label."})


class SentOut(Schema):
    """A tote on its way."""

    code = fields.String()
    to = fields.String()
    to_name = fields.String()
    items = fields.List(fields.String())
    repeated = fields.Boolean()


class DispatchOut(Schema):
    """A tote and what in it has not been signed for."""

    code = fields.String()
    to = fields.String()
    to_name = fields.String()
    waiting = fields.List(fields.String())


class SignIn(Write):
    """A ward signs at its shelf: for the whole tote, or for the items scanned."""

    location = Text(required=True)
    items = fields.List(Scan(), load_default=list, validate=validate.Length(0, 1000))


class SignedOut(Schema):
    """What became ward stock, and what is missing."""

    dispatch = fields.String()
    location = fields.String()
    items = fields.List(fields.String())
    missing = fields.List(fields.String())
    title_passed = fields.Integer(metadata={"description": "Items that became the hospital's by this signature."})
    held = fields.List(fields.String(), metadata={"description": "Here, but on hold: stopped on its way, or expired."})
    repeated = fields.Boolean()


class TransferredOut(Schema):
    """What is now there."""

    items = fields.List(fields.String())
    to = fields.String()
    repeated = fields.Boolean()


@bp.post("")
@bp.arguments(MovedIn)
@bp.response(201, SentOut)
def send(said: dict[str, Any]) -> dict[str, Any]:
    """Fill a tote; its items are on their way. Safe to send again with the same key."""
    asked = replenishment.ToDispatch(occasion=occasion(said), items=said["items"], to=said["to"])
    return asdict(write(asked.occasion, lambda session: replenishment.dispatch(session, asked)))


@bp.get("/<path:code>")
@bp.response(200, DispatchOut)
def show(code: str) -> dict[str, Any]:
    """A tote, by the code on its seal."""

    def ask(session: Session) -> dict[str, Any]:
        tote = replenishment.get_dispatch(session, code)
        place = session.get_one(Location, tote.to_location_id)
        refuse_foreign(place.department_id)
        return {"code": tote.code, "to": place.code, "to_name": place.name, "waiting": waiting_in(session, tote.code)}

    return read(ask)


@bp.post("/<path:code>/sign")
@bp.arguments(SignIn)
@bp.response(201, SignedOut)
def sign(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Sign for a tote; only now is it ward stock. Safe to send again with the same key."""
    signing = replenishment.ToSign(
        occasion=occasion(said),
        dispatch=code,
        location=said["location"],
        items=said["items"],
        departments=access.departments(),
    )
    return asdict(write(signing.occasion, lambda session: replenishment.sign(session, signing)))


@transfers.post("")
@transfers.arguments(MovedIn)
@transfers.response(201, TransferredOut)
def move(said: dict[str, Any]) -> dict[str, Any]:
    """Carry items to another place, whole. Safe to send again with the same key."""
    asked = replenishment.ToTransfer(
        occasion=occasion(said), items=said["items"], to=said["to"], departments=access.departments()
    )
    return asdict(write(asked.occasion, lambda session: replenishment.transfer(session, asked)))
