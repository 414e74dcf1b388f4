"""This file is the pages of days: a month of squares by ward, and one day with what is open of it, to be signed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, closing
from api.access import may_open
from api.fields import MONTH, Text, Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages import closing_words as words
from api.pages.listing import Column, Listing, exported
from api.pages.report import this_month
from api.pages.scanned import named
from spd import ledger
from spd.closing.days import DaySaid, close_day


class DayCloseForm(Write):
    """The day is signed; why something stays open."""

    reason = Text(load_default="", shortest=0)


@bp.get("/days")
def days() -> str | Response:
    """A month: every ward and day, closed or open."""
    asked = request.args.get("month", "")
    month = asked if MONTH.fullmatch(asked) else this_month()
    mine = access.departments()
    found = read(lambda session: closing.month_of_days(session, month, mine))
    listing = Listing(
        name="days",
        base=found,
        columns=(
            Column("department", _("Code"), kind="code"),
            Column("name", _("Department"), show={one.name: named(one.name, one.name_en) for one in found}),
            Column("day", _("Day"), kind="day"),
            Column("state", _("State"), show=words.day_names()),
            Column("count", _("Open or late"), kind="quantity"),
            Column("missed", _("Not closed in time"), show={True: _("yes"), False: ""}),
        ),
        order="day",
    )
    if answer := exported(listing, title=_("Daily closing")):
        return answer
    rows = [(list(group)) for _code, group in groupby(found, key=lambda one: one.department)]
    return render_template(
        "days.html", month=month, rows=rows, states=words.day_names(), today=closing.today(),
        months=[ledger.shifted(month, by) for by in (-2, -1, 0, 1)],
        mine=[row[0] for row in rows] if may_open("pages.days_close", person()) and len(rows) <= 6 else [],
    )  # fmt: skip


@bp.get("/days/<department>/<day>")
def days_one(department: str, day: str) -> str:
    """One department's day: what is open of it, how it was signed."""
    return _page(department, _day(day), office.blank())


@bp.post("/days/<department>/<day>")
def days_close(department: str, day: str) -> str | Response:
    """The day is signed."""
    on, mine = _day(day), access.departments()
    form = office.filled(DayCloseForm)

    def act(session: Session) -> int:
        whose = closing.department_of(session, department, mine)
        said = DaySaid(department=whose, day=on, end=closing.end_of(on), reason=form.said["reason"])
        return close_day(session, form.occasion, said).version

    if form.sent:
        with form.attempt():
            write(form.occasion, act)
            office.tell(_("The day is closed."))
            return redirect(url_for("pages.days_one", department=department, day=day))
    return _page(department, on, form)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


def _page(department: str, day: date, form: office.Form) -> str:
    mine = access.departments()

    def draw(session: Session) -> str:
        view = closing.day_view(session, department, day, mine)
        return render_template(
            "days_one.html", view=view, form=form, kinds=words.remain_names(), states=words.day_names(),
            colours=words.DAY_COLOURS, where=_worklists(department), before=day - timedelta(days=1),
            after=day + timedelta(days=1), month=ledger.accounting_month(session, day),
            may=view.may_close and may_open("pages.days_close", person()),
        )  # fmt: skip

    return read(draw)


def _worklists(department: str) -> dict[str, str]:
    """Where what is open is worked through, as far as this person may."""
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "totes": ("pages.deliver", {}),
        "unscanned": ("pages.safety_unscanned", {"state": "open"}),
        "disputes": ("pages.disputes", {"state": "open"}),
        "charges": ("pages.finance_unsent", {}),
        "differences": ("pages.finance_differences", {"department": department}),
        "emergencies": ("pages.emergency_list", {"state": "open"}),
        "paper": ("pages.reentry_list", {"outcome": "first"}),
        "counts": ("pages.count", {}),
    }
    return {kind: url_for(page, **asked) for kind, (page, asked) in pages.items() if may_open(page, person())}
