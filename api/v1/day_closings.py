"""This file is /day-closings: what is open of a department's day, signing it, and how days stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import access, closing
from api.fields import Month, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from spd.closing import Square
from spd.closing.days import DaySaid, close_day

bp = Noun("day-closings", "Hospital days that departments sign, with what was open of them and why.")


class DayMonthAsked(Schema):
    """Which accounting month."""

    month = Month(required=True)


class DaySquareOut(Schema):
    """One day of one department. state: none, open, missed, closed, remains (with something open), late."""

    department = fields.String()
    day = fields.Date()
    state = fields.String()
    count = fields.Integer(metadata={"description": "Open when it was signed, or come in since."})
    missed = fields.Boolean(metadata={"description": "Not signed in time."})


class DayRemainOut(Schema):
    """So much is open of one kind: totes, unscanned, disputes, charges, differences, counts, emergencies,
    paper."""

    kind = fields.String()
    count = fields.Integer()


class DaySignedOut(Schema):
    """One signing of a day."""

    version = fields.Integer()
    closed_at = fields.AwareDateTime()
    closed_by = fields.String()
    reason = fields.String()
    remained = fields.List(fields.Nested(DayRemainOut))


class DayClosingOut(Schema):
    """A department's day as it stands. late: movements that came in after it was signed last."""

    department = fields.String()
    day = fields.Date()
    state = fields.String()
    remaining = fields.List(fields.Nested(DayRemainOut))
    late = fields.Integer()
    signed = fields.List(fields.Nested(DaySignedOut))


class DayCloseIn(Write):
    """The day is to be signed. What is open stays open with this reason."""

    department = Text(required=True, longest=80)
    day = fields.Date(required=True)
    reason = Text(load_default="", shortest=0)


class DayAsked(Schema):
    """Whose day."""

    department = Text(required=True, longest=80)
    day = fields.Date(required=True)


@bp.get("")
@bp.arguments(DayMonthAsked, location="query")
@bp.response(200, DaySquareOut(many=True))
def squares(asked: dict[str, Any]) -> list[Square]:
    """How every day of a month stands, by department; of one's own departments."""
    mine = access.departments()
    return read(lambda session: closing.month_of_days(session, asked["month"], mine))


@bp.get("/day")
@bp.arguments(DayAsked, location="query")
@bp.response(200, DayClosingOut)
def show(asked: dict[str, Any]) -> dict[str, Any]:
    """What is open of a department's day now, and how it was signed."""
    mine = access.departments()
    return read(lambda session: _told(closing.day_view(session, asked["department"], asked["day"], mine)))


@bp.post("")
@bp.arguments(DayCloseIn)
@bp.response(201, DayClosingOut)
def close(said: dict[str, Any]) -> dict[str, Any]:
    """Sign a department's day, today or one before. Safe to send again with the same key.

    Where something is open a reason is needed. A day is signed again after something has come in late.
    """
    when, mine = occasion(said), access.departments()

    def act(session: Session) -> dict[str, Any]:
        department = closing.department_of(session, said["department"], mine)
        wanted = DaySaid(department=department, day=said["day"], end=closing.end_of(said["day"]), reason=said["reason"])
        close_day(session, when, wanted)
        return _told(closing.day_view(session, department.code, said["day"], mine))

    return write(when, act)


def _told(view: closing.DayView) -> dict[str, Any]:
    return {
        "department": view.department.code,
        "day": view.day,
        "state": view.state,
        "late": view.late,
        "remaining": [{"kind": kind, "count": count} for kind, count in view.remaining],
        "signed": [
            asdict(one) | {"remained": [{"kind": kind, "count": count} for kind, count in one.remained]}
            for one in view.signed
        ],
    }
