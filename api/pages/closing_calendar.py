"""This file is the page of the closing calendar: what is set, the days of a year's months, another from a month on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import closing as doors
from api.access import may_open
from api.calendars import CalendarView, calendar_view
from api.fields import Text, Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, report
from api.pages import closing_words as words
from api.pages.closing import asked_year
from spd import ledger
from spd.ledger import Rule
from spd.ledger.calendar import MONTH_END

_AHEAD = 18
"""Months ahead among which the first is chosen: a year and a half."""
_DAYS = (*range(1, 29), MONTH_END)


class CalendarTry(Schema):
    """A calendar to look at before it is set."""

    from_on = fields.Date(required=True)
    last_day = fields.Integer(required=True, validate=validate.Range(1, 31))


class CalendarForm(Write):
    """A calendar that is to be set, and why."""

    from_on = fields.Date(required=True)
    last_day = fields.Integer(required=True, validate=validate.Range(1, 31))
    reason = Text(required=True)


@bp.get("/finance/closing/calendar", endpoint="closing_calendar")
def finance_closing_calendar() -> str:
    """What is set, the months it makes, and those that another would make."""
    return _page(office.blank({name: request.args[name] for name in CalendarTry().fields if request.args.get(name)}))


@bp.post("/finance/closing/calendar", endpoint="closing_calendar_set")
def finance_closing_calendar_set() -> str | Response:
    """Another is set."""
    form = office.filled(CalendarForm)
    if form.sent:
        wanted = {name: form.said[name] for name in ("from_on", "last_day", "reason")}
        with form.attempt():
            from_on, last_day = write(form.occasion, lambda session: _set(session, form, wanted))
            told = {"day": from_on.isoformat(), "last": words.last_day_name(last_day)}
            office.tell(_("Set: from %(day)s on, months end on %(last)s.") % told)
            return redirect(url_for("pages.closing_calendar", year=from_on.year))
    return _page(form)


def _set(session: Session, form: office.Form, wanted: Mapping[str, Any]) -> tuple[date, int]:
    row = ledger.set_calendar(session, form.occasion, **wanted)
    return row.from_on, row.last_day


def _page(form: office.Form) -> str:
    tried = _tried(form)
    year = asked_year(tried.from_on.year if tried else doors.today().year)
    view: CalendarView | None = None
    if tried is not None and not form.refusal:
        with form.attempt():
            view = read(lambda session: calendar_view(session, year, tried))
    if view is None:
        tried = None
        view = read(lambda session: calendar_view(session, year))
    return render_template(
        "finance_closing_calendar.html", form=form, view=view, year=year, tried=tried, turning=_turning(view, tried),
        states=words.calendar_names(), colours=words.CALENDAR_COLOURS, month_states=words.month_names(),
        month_colours=words.MONTH_COLOURS, ends=words.last_day_name, firsts=_firsts(view.first),
        last_days=[(day, words.last_day_name(day)) for day in _DAYS], tabs=report.tabs("closing", f"{year}-01"),
        may=may_open("pages.closing_calendar_set", person()),
    )  # fmt: skip


def _tried(form: office.Form) -> Rule | None:
    """The calendar that the form speaks of; none where it speaks of none that can be read, which it then tells."""
    texts = {name: form.texts[name] for name in CalendarTry().fields if name in form.texts}
    if not texts:
        return None
    try:
        return Rule(**CalendarTry().load(texts))
    except ValidationError as wrong:
        form.errors |= {str(name): _("This cannot be read. Correct it.") for name in wrong.messages_dict}
        return None


def _turning(view: CalendarView, tried: Rule | None) -> Any:
    """The month in which the calendar that is tried would begin, where it is of the year shown."""
    if tried is None:
        return None
    return next((one for one in view.months if one.first_on <= tried.from_on <= one.last_on), None)


def _firsts(first: date) -> list[tuple[str, str]]:
    """The days another may begin on."""
    month = f"{first.year:04d}-{first.month:02d}"
    days = [f"{ledger.shifted(month, by)}-01" for by in range(_AHEAD)]
    return [(day, day) for day in days]
