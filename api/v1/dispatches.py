"""This file is /dispatches and /transfers: totes sent to a ward and signed for, things moved in the house."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access, badge
from api.fields import Page, Scan, Text, Write
from api.here import occasion, person, read, settings, write
from api.noun import Noun
from api.paging import paged
from api.v1.items import refuse_foreign
from spd import replenishment
from spd.core import clock
from spd.places import Location
from spd.replenishment import waiting_in
from spd.replenishment.tote_rows import STATES, TotesAsked, totes

bp = Noun("dispatches", "Totes on their way to a ward.")
transfers = Noun("transfers", "Things moved in the house.")
returns = Noun("tote-returns", "Things that left in a tote and are brought to a store after all.")


class MovedIn(Write):
    """Scanned items and where they go."""

    items = fields.List(
        Scan(),
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "A kit's label stands for all that is in it."},
    )
    to = Text(required=True, metadata={"description": "Location code or shelf label."})


class SentOut(Schema):
    """A tote on its way."""

    code = fields.String()
    to = fields.String()
    to_name = fields.String()
    items = fields.List(fields.String())
    things = fields.Integer(metadata={"description": "Things in hand: a kit is one, whatever it holds."})
    repeated = fields.Boolean()


class DispatchOut(Schema):
    """A tote and what in it has not been signed for."""

    code = fields.String()
    to = fields.String()
    to_name = fields.String()
    waiting = fields.List(fields.String())


class DispatchesAsked(Page):
    """Which totes: `after` is the number of the last one seen; the newest come first."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class DispatchListed(Schema):
    """A tote that left: how many things, how many signed for, by whom."""

    code = fields.String()
    seal = fields.String(allow_none=True)
    state = fields.String(metadata={"description": "waits, partly, signed, or back: all of it came back unsigned."})
    origin = fields.String()
    to = fields.String()
    items = fields.Integer()
    signed = fields.Integer()
    waiting = fields.Integer()
    sent_at = fields.AwareDateTime()
    sent_by = fields.String()
    signed_at = fields.AwareDateTime(allow_none=True)
    signed_by = fields.String(allow_none=True)


class DispatchesOut(Schema):
    """A page of totes."""

    dispatches = fields.List(fields.Nested(DispatchListed))
    next = fields.Integer(allow_none=True)


class SignIn(Write):
    """A ward signs at its shelf: for the whole tote, or for the items scanned.

    The signature is of whose badge was scanned; of who asks, where there is none.
    """

    location = Text(required=True)
    items = fields.List(Scan(), load_default=list, validate=validate.Length(0, 1000))
    badge = Text(longest=80)
    pin = Text(
        longest=200,
        load_only=True,
        metadata={"description": "The receiver's password, where the tote is worth more than the policy says."},
    )


class HeldUpOut(Schema):
    """A thing that is not signed for: held, recalled or expired. It goes to quarantine."""

    item = fields.String()
    name = fields.String()
    name_en = fields.String()
    error = fields.String()
    zh = fields.String()
    en = fields.String()


class SignedOut(Schema):
    """What became ward stock, and what is missing."""

    dispatch = fields.String()
    location = fields.String()
    items = fields.List(fields.String())
    missing = fields.List(fields.String())
    title_passed = fields.Integer(metadata={"description": "Items that became the hospital's by this signature."})
    signed_by = fields.String()
    things = fields.Integer(metadata={"description": "Things in hand: a kit is one, whatever it holds."})
    stopped = fields.List(fields.Nested(HeldUpOut))
    repeated = fields.Boolean()


class MissingIn(Write):
    """That the rest is missing; a porter scans the badge of who signed."""

    badge = Text(longest=80)


class MissingOut(Schema):
    """What the ward has not found in a tote. It stays on its way, on the store's list."""

    missing = fields.List(fields.String())


class BroughtBackOut(Schema):
    """What is in the store again: free, or held where it must not be used."""

    items = fields.List(fields.String())


class TroubledOut(Schema):
    """A thing on its way that no ward will sign for."""

    dispatch = fields.String()
    to = fields.String()
    item = fields.String()
    name = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    why = fields.String(metadata={"description": "held, expired or missing"})
    since = fields.AwareDateTime(allow_none=True)


class ReprintOut(Schema):
    """A tote with something in it that is held now: its list is printed anew."""

    code = fields.String()
    to = fields.String()
    held = fields.Integer()
    sealed = fields.Boolean()


class TroubleOut(Schema):
    """What the store has to look after."""

    items = fields.List(fields.Nested(TroubledOut))
    reprints = fields.List(fields.Nested(ReprintOut))


class TransferredOut(Schema):
    """What is now there."""

    items = fields.List(fields.String())
    to = fields.String()
    things = fields.Integer(metadata={"description": "Things in hand: a kit is one, whatever it holds."})
    repeated = fields.Boolean()


@bp.post("")
@bp.arguments(MovedIn)
@bp.response(201, SentOut)
def send(said: dict[str, Any]) -> dict[str, Any]:
    """Fill a tote; its items are on their way. Safe to send again with the same key."""
    asked = replenishment.ToDispatch(
        occasion=occasion(said), items=said["items"], to=said["to"], departments=access.departments()
    )
    return asdict(write(asked.occasion, lambda session: replenishment.dispatch(session, asked)))


@bp.get("")
@bp.arguments(DispatchesAsked, location="query")
@bp.response(200, DispatchesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Totes that left for the places the caller sees, the newest first."""
    which = TotesAsked(
        state=asked["state"], before=asked["after"], limit=asked["limit"] + 1, departments=access.departments()
    )
    rows = read(lambda session: totes(session, which))
    page = paged("dispatches", rows, asked["limit"], lambda row: int(row.number))
    return {"dispatches": [row._mapping for row in page["dispatches"]], "next": page["next"]}


@bp.get("/trouble")
@bp.response(200, TroubleOut)
def trouble() -> dict[str, Any]:
    """What is on its way and will not be signed for, and the totes whose lists are printed anew."""

    def ask(session: Session) -> dict[str, Any]:
        today = clock.day_of(clock.now(), settings().zone)
        return {
            "items": replenishment.in_trouble(session, on=today, at=clock.now()),
            "reprints": replenishment.to_reprint(session),
        }

    return read(ask)


@returns.post("")
@returns.arguments(MovedIn)
@returns.response(201, BroughtBackOut)
def bring_back(said: dict[str, Any]) -> dict[str, Any]:
    """Bring things that left in a tote to a store after all. Safe to send again with the same key."""
    asked = replenishment.ToBringBack(occasion=occasion(said), items=said["items"], to=said["to"])
    return {"items": write(asked.occasion, lambda session: replenishment.bring_back(session, asked))}


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
        badge=said.get("badge", ""),
        signer=person(),
        proved=badge.proved(said.get("badge", ""), said.get("pin", "")),
    )
    return asdict(write(signing.occasion, lambda session: replenishment.sign(session, signing)))


@bp.post("/<path:code>/missing")
@bp.arguments(MissingIn)
@bp.response(201, MissingOut)
def missing(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say that the rest of a tote is not in it: whose badge was scanned, or who asks. Said again, nothing changes."""
    when = occasion(said)

    def act(session: Session) -> tuple[str, ...]:
        said_by = replenishment.by_badge(session, said["badge"]) if "badge" in said else person()
        return replenishment.report_missing(session, when, code, said_by)

    return {"missing": write(when, act)}


@transfers.post("")
@transfers.arguments(MovedIn)
@transfers.response(201, TransferredOut)
def move(said: dict[str, Any]) -> dict[str, Any]:
    """Carry items to another place, whole. Safe to send again with the same key."""
    asked = replenishment.ToTransfer(
        occasion=occasion(said), items=said["items"], to=said["to"], departments=access.departments()
    )
    return asdict(write(asked.occasion, lambda session: replenishment.transfer(session, asked)))
