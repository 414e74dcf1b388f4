"""This file is /closings/calendar: on which day accounting months end, the months that makes, and another from on."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from api.calendars import Calendar, CalendarView, calendar_view, calendars_told
from api.fields import Text, Whole, Write
from api.here import occasion, read, write
from api.v1.closings import bp
from spd import ledger
from spd.ledger import Rule

_LAST_DAY = "1 to 28, or 31 for the last day of each month."


class CalendarAsked(Schema):
    """Which year; with a calendar that is not set, the months it would make."""

    year = fields.Integer(required=True, validate=validate.Range(2001, 2098))
    from_on = fields.Date(metadata={"description": "The first of a month to come, of a calendar to try."})
    last_day = fields.Integer(validate=validate.Range(1, 31), metadata={"description": _LAST_DAY})

    @validates_schema
    def _both(self, data: dict[str, Any], **_more: Any) -> None:
        if ("from_on" in data) != ("last_day" in data):
            raise ValidationError("Name both from_on and last_day, or neither.", "from_on")


class CalendarOut(Schema):
    """One calendar. state: over, holds or to_come. Months as they are, where nobody set one, have no first day."""

    from_on = fields.Date(allow_none=True)
    last_day = fields.Integer(metadata={"description": _LAST_DAY})
    state = fields.String()
    reason = fields.String()
    set_at = fields.AwareDateTime(allow_none=True)
    set_by = fields.String(allow_none=True)


class CalendarMonthOut(Schema):
    """A month: its days, how it stands (as in /closings); `turns` where another calendar begins within it."""

    period = fields.String()
    first_on = fields.Date()
    last_on = fields.Date()
    days = fields.Integer()
    state = fields.String()
    turns = fields.Boolean()
    changed = fields.Boolean(metadata={"description": "Whether the calendar that is tried gives it other days."})


class CalendarsOut(Schema):
    """What is set, the months of the year, and the earliest day another calendar may begin on."""

    calendars = fields.List(fields.Nested(CalendarOut))
    months = fields.List(fields.Nested(CalendarMonthOut))
    first = fields.Date()


class CalendarIn(Write):
    """From which day on a month ends on which, and why."""

    from_on = fields.Date(required=True)
    last_day = Whole(required=True, validate=validate.Range(1, 31), metadata={"description": _LAST_DAY})
    reason = Text(required=True)


@bp.get("/calendar")
@bp.arguments(CalendarAsked, location="query")
@bp.response(200, CalendarsOut)
def calendar(asked: dict[str, Any]) -> CalendarView:
    """The closing calendars, and the days of a year's months by them or by one that is tried and not set."""
    said = Rule(asked["from_on"], asked["last_day"]) if "from_on" in asked else None
    return read(lambda session: calendar_view(session, asked["year"], said))


@bp.post("/calendar")
@bp.arguments(CalendarIn)
@bp.response(201, CalendarOut)
def set_calendar(said: dict[str, Any]) -> Calendar:
    """Accounting months end on another day from the 1st of a month to come on. Safe to send again by the same person.

    Days that are over and closed months stay as they are; what is set is not taken back, another follows it.
    """
    when = occasion(said)
    wanted = {name: said[name] for name in ("from_on", "last_day", "reason")}

    def act(session: Session) -> Calendar:
        row = ledger.set_calendar(session, when, **wanted)
        return next(one for one in calendars_told(session) if one.from_on == row.from_on)

    return write(when, act)
