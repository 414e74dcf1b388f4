"""This file is /counts: stocktakes planned, counted, decided. What a blind count expects nobody is told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access
from api.counted import move_here, own_count, refuse_foreign_place, today
from api.fields import Page, Scan, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.count_facts import CountLineOut, CountOut, line_told, told_count
from spd import counting
from spd.counting import CountKind, CountState, Round
from spd.places import get_location

bp = Noun("counts", "Stocktakes.")

_CLASSES = ("high_value", "low_value", "reagent")


class CountsAsked(Page):
    """Which counts."""

    state = fields.String(validate=validate.OneOf([one.value for one in CountState]))
    location = Text()


class CountRowOut(Schema):
    """A count in a list."""

    code = fields.String()
    kind = fields.String()
    tier = fields.String()
    title = fields.String()
    state = fields.String()
    planned_on = fields.Date()
    started_at = fields.AwareDateTime(allow_none=True)
    places = fields.Integer()
    lines = fields.Integer()


class CountsOut(Schema):
    """A page of counts."""

    counts = fields.List(fields.Nested(CountRowOut))
    next = fields.Integer(allow_none=True)


class CountDueRowOut(Schema):
    """What of one tier is due at one place."""

    location = fields.String()
    name = fields.String()
    name_en = fields.String()
    tier = fields.String(metadata={"description": "daily, A, B or C."})
    products = fields.Integer()
    items = fields.Integer()
    last_on = fields.Date(allow_none=True)
    due_on = fields.Date()


class CountsDueOut(Schema):
    """What is to be counted today."""

    due = fields.List(fields.Nested(CountDueRowOut))


class CountIn(Write):
    """A count to plan. A calendar count is of one place and what of a tier is due there."""

    kind = fields.String(required=True, validate=validate.OneOf([one.value for one in CountKind]))
    locations = fields.List(Text(), load_default=list, validate=validate.Length(0, 1000))
    products = fields.List(Text(), load_default=list, validate=validate.Length(0, 1000))
    product_class = fields.String(load_default="", validate=validate.OneOf(["", *_CLASSES]))
    tier = fields.String(load_default="", validate=validate.OneOf(["", *counting.TIERS]))
    title = Text(load_default="", shortest=0)
    blind = fields.Boolean(load_default=True)
    rounds = Whole(load_default=1, validate=validate.Range(1, 2))


class CountPlaceIn(Write):
    """The place somebody begins to go over."""

    location = Text(required=True)
    round = fields.String(validate=validate.OneOf([Round.FIRST.value, Round.SECOND.value]))


class CountPlaceOut(Schema):
    """The place gone over now, and those that are over by it."""

    location = fields.String()
    name = fields.String()
    round = fields.String()
    ended = fields.List(fields.String())


class CountLineIn(CountPlaceIn):
    """A thing seen there; how many, where it is loose."""

    scan = Scan(required=True)
    quantity = Whole(validate=validate.Range(0, 10_000_000))
    move = fields.Boolean(
        load_default=False, metadata={"description": "It is booked elsewhere: carry it here in the book as well."}
    )


class CountFinishIn(Write):
    """Counting is over; places nobody went over are left out where that is said."""

    leave_out = fields.Boolean(load_default=False)


@bp.get("")
@bp.arguments(CountsAsked, location="query")
@bp.response(200, CountsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Counts, oldest first."""
    mine = access.departments()

    def ask(session: Session) -> list[Any]:
        return counting.counts(
            session, state=asked.get("state"), location=asked.get("location"), after=asked["after"],
            limit=asked["limit"] + 1, departments=mine,
        )  # fmt: skip

    return paged("counts", read(ask), asked["limit"], lambda row: int(row.id))


@bp.get("/due")
@bp.response(200, CountsDueOut)
def due() -> dict[str, Any]:
    """What is to be counted today: high-value and consigned goods daily, the rest by class A, B, C."""
    on, mine = today(), access.departments()
    return {"due": read(lambda session: counting.due(session, on=on, departments=mine))}


@bp.post("")
@bp.arguments(CountIn)
@bp.response(201, CountOut)
def plan(said: dict[str, Any]) -> dict[str, Any]:
    """Plan a count; it begins with the first scan. Safe to send again with the same key."""
    when, mine = occasion(said), access.departments()
    names = ("locations", "products", "product_class", "tier", "title", "blind", "rounds")
    asked = counting.ToCount(
        occasion=when, kind=CountKind(said["kind"]), departments=mine, **{name: said[name] for name in names}
    )

    def act(session: Session) -> dict[str, Any]:
        for code in asked.locations:
            refuse_foreign_place(get_location(session, code))
        return told_count(session, counting.plan(session, asked))

    return write(when, act)


@bp.get("/<path:code>")
@bp.response(200, CountOut)
def show(code: str) -> dict[str, Any]:
    """A count and how far it is."""
    return read(lambda session: told_count(session, own_count(session, code)))


@bp.post("/<path:code>/places")
@bp.arguments(CountPlaceIn)
@bp.response(201, CountPlaceOut)
def begin(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Begin to go over a place; the place before it is over by that."""
    number = Round(said["round"]) if "round" in said else None
    at = counting.At(occasion=occasion(said), count=code, location=said["location"], round=number)

    def act(session: Session) -> counting.Begun:
        refuse_foreign_place(get_location(session, at.location))
        return counting.go_over(session, at)

    return asdict(write(at.occasion, act))


@bp.post("/<path:code>/lines")
@bp.arguments(CountLineIn)
@bp.response(201, CountLineOut)
def line(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Keep what was seen or counted. Safe to send again with the same key, late, and in any order."""
    return _kept(said, code)


@bp.post("/<path:code>/recounts")
@bp.arguments(CountLineIn)
@bp.response(201, CountLineOut)
def recount(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Count a difference again, in review: as a line; 0 says that it was looked for and is not there."""
    return _kept(said, code)


def _kept(said: dict[str, Any], code: str) -> dict[str, Any]:
    number = Round(said["round"]) if "round" in said else None
    seen = counting.Seen(
        occasion=occasion(said), count=code, location=said["location"], item=said["scan"],
        quantity=said.get("quantity"), round=number,
    )  # fmt: skip

    def act(session: Session) -> counting.Recorded:
        refuse_foreign_place(get_location(session, seen.location))
        if said["move"] and (moved := move_here(session, seen)):
            return moved
        return counting.record(session, seen)

    return line_told(write(seen.occasion, act))


@bp.post("/<path:code>/finish")
@bp.arguments(CountFinishIn)
@bp.response(201, CountOut)
def finish(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Counting is over: the count goes into review."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        own_count(session, code)
        return told_count(session, counting.finish(session, when, code, leave_out=said["leave_out"]))

    return write(when, act)
