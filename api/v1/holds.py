"""This file is /holds: what must not be used, why, since when and by whom; stopped by hand and let go."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from api import access
from api.fields import Money, Page, Scan, Text, Whole, Write
from api.here import occasion, person, read, write
from api.noun import Noun
from api.paging import paged
from spd import holding
from spd.staff import Role
from spd.stock.held import select_held
from spd.stock.holds import HoldReason, Why

bp = Noun("holds", "Things that must not be used until somebody says they may.")


class HeldAsked(Page):
    """Which holds."""

    location = Text()
    product = Text()
    reason = fields.String(validate=validate.OneOf([str(reason) for reason in HoldReason]))


class HoldOut(Schema):
    """One reason for which one thing is held."""

    id = fields.Integer()
    code = fields.String()
    reason = fields.String()
    reference = fields.String()
    note = fields.String()
    placed_at = fields.AwareDateTime()
    placed_by = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    value = Money()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    location = fields.String()


class HoldsOut(Schema):
    """A page of open holds."""

    holds = fields.List(fields.Nested(HoldOut))
    next = fields.Integer(allow_none=True)


class HoldIn(Write):
    """What to stop: items scanned, or else everything at a place, of a product, of a lot of it."""

    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in holding.BY_HAND]))
    reference = Text(load_default="", shortest=0, longest=80)
    note = Text(load_default="", shortest=0)
    items = fields.List(Scan(), load_default=list, validate=validate.Length(0, 1000))
    location = Text(load_default="", shortest=0)
    product = Text(load_default="", shortest=0)
    lot = Text(load_default="", shortest=0)


class StoppedOut(Schema):
    """What is held now."""

    items = fields.List(fields.String())
    repeated = fields.Boolean()


class ReleaseIn(Write):
    """Which holds end, and what was found."""

    holds = fields.List(
        Whole(validate=validate.Range(1, 2**62)), required=True, validate=validate.Length(1, 500)
    )  # fmt: skip
    note = Text(required=True)


class ReleasedOut(Schema):
    """What may be used again, and what other reasons still hold."""

    free = fields.List(fields.String())
    still_held = fields.List(fields.String())
    repeated = fields.Boolean()


@bp.get("")
@bp.arguments(HeldAsked, location="query")
@bp.response(200, HoldsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Every open hold, in the order placed."""
    rows = select_held(access.departments()).subquery()
    query = select(rows).where(rows.c.id > asked["after"]).order_by(rows.c.id).limit(asked["limit"] + 1)
    for name in ("location", "product", "reason"):
        if name in asked:
            query = query.where(rows.c[name] == asked[name])
    found = read(lambda session: session.execute(query).all())
    return paged("holds", found, asked["limit"], lambda row: row.id)


@bp.post("")
@bp.arguments(HoldIn)
@bp.response(201, StoppedOut)
def place(said: dict[str, Any]) -> dict[str, Any]:
    """Put things on hold wherever they are. Safe to send again with the same key."""
    asked = holding.ToHold(
        occasion=occasion(said),
        why=Why(reason=HoldReason(said["reason"]), reference=said["reference"], note=said["note"]),
        items=said["items"],
        location=said["location"],
        product=said["product"],
        lot=said["lot"],
        departments=access.departments(),
    )
    return asdict(write(asked.occasion, lambda session: holding.hold(session, asked)))


@bp.post("/release")
@bp.arguments(ReleaseIn)
@bp.response(201, ReleasedOut)
def release(said: dict[str, Any]) -> dict[str, Any]:
    """End holds; quality holds by another person than placed them, where the policy says so."""
    asked = holding.ToRelease(
        occasion=occasion(said),
        holds=said["holds"],
        note=said["note"],
        quality=Role.QUALITY in person().roles,
        departments=access.departments(),
    )
    return asdict(write(asked.occasion, lambda session: holding.release(session, asked)))
