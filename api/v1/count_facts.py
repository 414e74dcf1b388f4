"""This file is what /counts tells: a count with its places, a line, a difference."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Money
from spd import counting
from spd.catalog import Product
from spd.counting import Count, CountResult, Judged, Recorded
from spd.places import Location


class CountedPlaceOut(Schema):
    """How far one place of a count is."""

    location = fields.String()
    name = fields.String()
    begun = fields.List(fields.String(), metadata={"description": "Rounds: first, second."})
    over = fields.List(fields.String())
    lines = fields.Integer()


class CountOut(Schema):
    """A count and how far each of its places is."""

    code = fields.String()
    kind = fields.String()
    tier = fields.String()
    title = fields.String()
    state = fields.String()
    blind = fields.Boolean()
    rounds = fields.Integer()
    planned_on = fields.Date()
    started_at = fields.AwareDateTime(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    places = fields.List(fields.Nested(CountedPlaceOut))


class CountLineOut(Schema):
    """A line kept, and what it says at first sight; never what the book expects."""

    count = fields.String()
    location = fields.String()
    round = fields.String()
    finding = fields.String(metadata={"description": "ok, elsewhere, in_transit, used, gone, held, expired, …"})
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    base_unit = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    booked_at = fields.String()
    used_at = fields.AwareDateTime(allow_none=True)
    lines = fields.Integer(metadata={"description": "Things counted at this place so far, in this round."})
    again = fields.Boolean()
    kept = fields.Boolean(metadata={"description": "It came after the approval: on record, without effect."})
    repeated = fields.Boolean()


class CountDifferenceOut(Schema):
    """One thing that differs or is an exception."""

    subject = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    location = fields.String()
    finding = fields.String()
    book = fields.Integer()
    counted = fields.Integer()
    difference = fields.Integer()
    value = Money()
    recount = fields.Boolean(metadata={"description": "It is to be counted again first."})
    by_other = fields.Boolean(metadata={"description": "By another person."})
    reason = fields.String()
    note = fields.String()
    adjusted = fields.Integer()
    exception = fields.String()


def told_count(session: Session, count: Count) -> dict[str, Any]:
    """A count and how far each of its places is."""
    names = ("code", "kind", "tier", "title", "state", "blind", "rounds", "planned_on", "started_at", "submitted_at",
             "approved_at", "closed_at")  # fmt: skip
    places = [
        {"location": one.place.code, "name": one.place.name, "begun": one.begun, "over": one.over, "lines": one.lines}
        for one in counting.progress(session, count)
    ]
    return {name: getattr(count, name) for name in names} | {"places": places}


def line_told(line: Recorded) -> dict[str, Any]:
    """A line, as words and numbers."""
    return asdict(line) | {"finding": line.finding.value}


def differences_judged(session: Session, judged: list[Judged]) -> list[dict[str, Any]]:
    """Differences that are not decided yet."""
    places = _codes(session, {one.location_id for one in judged})
    return [
        {
            "subject": one.subject, "product": one.thing.product if one.thing else "",
            "name": one.thing.name if one.thing else one.said, "name_en": one.thing.name_en if one.thing else "",
            "location": places[one.location_id], "finding": one.finding.value, "book": one.book,
            "counted": one.counted, "difference": one.difference, "value": one.value, "recount": one.recount,
            "by_other": one.by_other, "reason": one.reason, "note": one.note, "adjusted": 0, "exception": "",
        }
        for one in judged
    ]  # fmt: skip


def differences_decided(session: Session, count: Count) -> list[dict[str, Any]]:
    """Differences and exceptions as they were approved."""
    settled = counting.COUNTED_WELL
    query = (
        select(CountResult, Product.code, Product.name, Product.name_en)
        .outerjoin(Product, Product.id == CountResult.product_id)
        .where(CountResult.count_id == count.id)
        .where((CountResult.difference != 0) | CountResult.finding.not_in(settled))
        .order_by(CountResult.id)
    )
    rows = session.execute(query).all()
    places = _codes(session, {row.CountResult.location_id for row in rows})
    return [_decided(row.CountResult, row, places) for row in rows]


def _decided(result: CountResult, row: Any, places: dict[int, str]) -> dict[str, Any]:
    names = ("subject", "finding", "book", "counted", "difference", "reason", "note", "adjusted", "exception")
    return {name: getattr(result, name) for name in names} | {
        "product": row.code or "", "name": row.name or result.note, "name_en": row.name_en or "",
        "location": places[result.location_id], "recount": False, "by_other": False,
        "value": Decimal(result.difference * result.unit_price),
    }  # fmt: skip


def _codes(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(Location.id, Location.code).where(Location.id.in_(ids))
    return dict(session.execute(query).all())
