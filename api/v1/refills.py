"""This file is /refills: what places need, what they ask for, what they were not given, what wards may exchange."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Page, Scan, Text, Whole, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from api.v1.items import refuse_foreign
from spd import policies, replenishment
from spd.core import clock
from spd.places import Location, get_location
from spd.replenishment.models import Shortage
from spd.replenishment.needs import statement
from spd.replenishment.shortages import shortages_statement

bp = Noun("refills", "What places need, and what they have not been given.")
_SHIFT = 32  # a place and a product as one number, to page by


class RefillsAsked(Page):
    """Whose list; all that the asker may see, where no place is named."""

    location = Text()


class NeedOut(Schema):
    """What one place needs of one product, in packs."""

    location = fields.String(attribute="location_code")
    location_name = fields.String()
    product = fields.String(attribute="product_code")
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    pack_quantity = fields.Integer(metadata={"description": "Base units in one pack."})
    lower = fields.Integer(allow_none=True)
    upper = fields.Integer(allow_none=True)
    has = fields.Integer()
    coming = fields.Integer(metadata={"description": "On its way, picked, or to be picked in an open wave."})
    need = fields.Integer()
    low = fields.Boolean(metadata={"description": "Stock is at or below the lower limit."})
    by_card = fields.Boolean()
    by_hand = fields.Boolean()
    short = fields.Boolean(metadata={"description": "An earlier wave could not bring it."})
    reason = fields.String()


class NeedsOut(Schema):
    """A page of the refill list."""

    refills = fields.List(fields.Nested(NeedOut))
    next = fields.Integer(allow_none=True)


class RefillAskIn(Write):
    """Packs of a product for a place, and why."""

    location = Text(required=True)
    product = Text(required=True)
    packs = Whole(required=True, validate=validate.Range(1, 10_000))
    reason = Text(load_default="", shortest=0)


class BinCardIn(Write):
    """The card of an empty bin."""

    scan = Scan(required=True)


class RefillAskedOut(Schema):
    """What is on the list now. `added`: whether this changed it; a card scanned again does not."""

    location = fields.String()
    location_name = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    packs = fields.Integer()
    pack_quantity = fields.Integer()
    added = fields.Boolean()
    repeated = fields.Boolean()


class ShortagesAsked(Page):
    """Which shortages: those open, unless all are asked for."""

    location = Text()
    closed = fields.Boolean(load_default=False)


class ShortageOut(Schema):
    """What a wave could not bring a place."""

    location = fields.String(attribute="location_code")
    location_name = fields.String()
    product = fields.String(attribute="product_code")
    name = fields.String()
    packs = fields.Integer()
    pack_quantity = fields.Integer()
    delivered = fields.Integer(metadata={"description": "Base units signed for since, of later deliveries."})
    wave = fields.String()
    arisen_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)


class ShortagesOut(Schema):
    """A page of shortages."""

    shortages = fields.List(fields.Nested(ShortageOut))
    next = fields.Integer(allow_none=True)


class ExchangesAsked(Schema):
    """Which packs: those that expire within so many days."""

    within_days = fields.Integer(load_default=90, validate=validate.Range(1, 3650))


class ExchangeOut(Schema):
    """A pack that will not be used in time where it lies, where it would be, and what may come back for it."""

    item = fields.String()
    product = fields.String(attribute="product_code")
    name = fields.String()
    expires_on = fields.Date()
    days_left = fields.Integer()
    lasts_days = fields.Integer(allow_none=True, metadata={"description": "Null where nothing of it is used."})
    from_location = fields.String(attribute="from_code")
    to_location = fields.String(attribute="to_code")
    to_lasts_days = fields.Integer()
    back = fields.String(allow_none=True)


class ExchangesOut(Schema):
    """What may be exchanged, the soonest to expire first."""

    exchanges = fields.List(fields.Nested(ExchangeOut))


class ExchangeIn(Write):
    """The pack that expires soon, and the one that comes back for it."""

    item = Scan(required=True)
    back = Scan(required=True)


class ExchangedOut(Schema):
    """The two packs, each where the other was."""

    items = fields.List(fields.String())


@bp.get("")
@bp.arguments(RefillsAsked, location="query")
@bp.response(200, NeedsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The refill list: each place and product once, whatever asked for it."""

    def ask(session: Session) -> dict[str, Any]:
        query = statement(on=_today(), at=clock.now(), fill=policies.get(session, "refill.fill"))
        c = query.selected_columns
        query = _of_place(session, query, c.location_id, asked.get("location"))
        place, product = asked["after"] >> _SHIFT, asked["after"] & ((1 << _SHIFT) - 1)
        later = (c.location_id > place) | ((c.location_id == place) & (c.product_id > product))
        query = query.where(later).order_by(c.location_id, c.product_id).limit(asked["limit"] + 1)
        rows = session.execute(query).all()
        return paged("refills", rows, asked["limit"], lambda row: row.location_id << _SHIFT | row.product_id)

    return read(ask)


def _today() -> Any:
    return clock.day_of(clock.now(), settings().zone)


def _of_place(session: Session, query: Any, location_id: Any, code: str | None) -> Any:
    """The query for one place, or for all of the asker's. Raises: UnknownLocation, NotAllowed."""
    if code is not None:
        place = get_location(session, code)
        refuse_foreign(place.department_id)
        return query.where(location_id == place.id)
    mine = access.departments()
    if mine is None:
        return query
    return query.where(location_id.in_(select(Location.id).where(Location.department_id.in_(mine))))


@bp.post("")
@bp.arguments(RefillAskIn)
@bp.response(201, RefillAskedOut)
def ask(said: dict[str, Any]) -> dict[str, Any]:
    """Ask for packs; merged with what is asked for already. Safe to send again with the same key."""
    wanted = replenishment.ToAsk(
        occasion=occasion(said),
        location=said["location"],
        product=said["product"],
        packs=said["packs"],
        reason=said["reason"],
        departments=access.departments(),
    )
    return asdict(write(wanted.occasion, lambda session: replenishment.ask(session, wanted)))


@bp.post("/cards")
@bp.arguments(BinCardIn)
@bp.response(201, RefillAskedOut)
def card(said: dict[str, Any]) -> dict[str, Any]:
    """Scan the card of an empty bin: it is on the list once. Safe to send again with the same key."""
    when, scan = occasion(said), said["scan"]
    return asdict(write(when, lambda session: replenishment.scan_card(session, when, scan.code or scan.data)))


@bp.get("/shortages")
@bp.arguments(ShortagesAsked, location="query")
@bp.response(200, ShortagesOut)
def shortages(asked: dict[str, Any]) -> dict[str, Any]:
    """What places have not been given, until the ward has signed for a later delivery of it."""

    def ask(session: Session) -> dict[str, Any]:
        query = shortages_statement().add_columns(Shortage.id.label("number"))
        query = _of_place(session, query, Shortage.location_id, asked.get("location"))
        if not asked["closed"]:
            query = query.where(Shortage.closed_at.is_(None))
        query = query.where(Shortage.id > asked["after"]).order_by(Shortage.id).limit(asked["limit"] + 1)
        return paged("shortages", session.execute(query).all(), asked["limit"], lambda row: row.number)

    return read(ask)


@bp.get("/exchanges")
@bp.arguments(ExchangesAsked, location="query")
@bp.response(200, ExchangesOut)
def exchanges(asked: dict[str, Any]) -> dict[str, Any]:
    """Packs in wards that will not be used before they expire, each with the place that would use it."""
    days, mine = asked["within_days"], access.departments()
    found = read(
        lambda session: replenishment.exchanges(
            session, on=_today(), within_days=days, at=clock.now(), departments=mine
        )
    )
    return {"exchanges": found}


@bp.post("/exchanges")
@bp.arguments(ExchangeIn)
@bp.response(201, ExchangedOut)
def swap(said: dict[str, Any]) -> dict[str, Any]:
    """Let two packs of two wards change places. Safe to send again with the same key."""
    asked = replenishment.ToSwap(
        occasion=occasion(said), item=said["item"], back=said["back"], departments=access.departments()
    )
    return {"items": write(asked.occasion, lambda session: replenishment.swap(session, asked))}
