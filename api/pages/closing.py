"""This file is the pages of closing months: the year, and a month with its list, its lock, its opening, its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import closing as doors
from api.access import may_open
from api.fields import MONTH, Text, Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.months import days_of
from api.pages import bp, office, report
from api.pages import closing_words as words
from api.pages.listing import Column, Listing, exported
from spd import closing
from spd.closing import Asking, Check
from spd.jobs import proving


class WaiveForm(Write):
    """A line of the list is let through, and why."""

    check = fields.String(required=True, validate=validate.OneOf([one.value for one in Check]))
    reason = Text(required=True)


class LockForm(Write):
    """A button that says all there is to say."""


class ReopenForm(Write):
    """For how many hours, and why."""

    hours = fields.Integer(required=True, validate=validate.Range(1, 1000))
    reason = Text(required=True)


class DecideForm(Write):
    """Agreed, or not."""

    agrees = fields.Boolean(required=True)
    reason = Text(load_default="", shortest=0)


@bp.get("/finance/closing", endpoint="closing")
def finance_closing() -> str:
    """The months of a year, and how they stand."""
    year = asked_year(doors.today().year)
    return read(
        lambda session: render_template(
            "finance_closing.html", year=year, months=doors.year_of_months(session, year), due=doors.due(session),
            states=words.month_names(), colours=words.MONTH_COLOURS, tabs=_tabs(f"{year}-01"),
        )
    )  # fmt: skip


def asked_year(other: int) -> int:
    """The year asked for, else another."""
    asked = request.args.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else other
    return min(max(year, 2001), 2098)


@bp.get("/finance/closing/<period>", endpoint="closing_month")
def finance_closing_month(period: str) -> str | Response:
    """One month: its list, its lock, its opening, its log."""
    return _page(_month(period), office.blank({"hours": "24"}))


@bp.post("/finance/closing/<period>/waive", endpoint="closing_waive")
def finance_closing_waive(period: str) -> str | Response:
    """A line of the list is let through."""
    form = office.filled(WaiveForm)

    def act(session: Session) -> Any:
        month = doors.month_of(session, _month(period))
        return closing.wave_through(
            session, form.occasion, month, Check(form.said["check"]), reason=form.said["reason"]
        ).id

    return _done(period, form, act, _("Let through."))


@bp.post("/finance/closing/<period>/lock", endpoint="closing_lock")
def finance_closing_lock(period: str) -> str | Response:
    """The month is locked."""
    form = office.filled(LockForm)

    def act(session: Session) -> Any:
        return closing.lock(session, form.occasion, doors.month_of(session, _month(period))).id

    return _done(period, form, act, _("%(month)s is closed.") % {"month": period})


@bp.post("/finance/closing/<period>/reopenings", endpoint="closing_ask")
def finance_closing_ask(period: str) -> str | Response:
    """Somebody asks to open the month again."""
    form = office.filled(ReopenForm)

    def act(session: Session) -> Any:
        asked = Asking(period=_month(period), roles=person().roles, **form.said)
        return closing.ask(session, form.occasion, asked).id

    return _done(period, form, act, _("Asked. Somebody of the other role decides."))


@bp.post("/finance/closing/<period>/reopenings/decision", endpoint="closing_decide")
def finance_closing_decide(period: str) -> str | Response:
    """It is agreed to, or not."""
    form, roles = office.filled(DecideForm), person().roles

    def act(session: Session) -> Any:
        return closing.decide(session, form.occasion, _month(period), roles=roles, **form.said).id

    return _done(period, form, act, _("Decided."))


def _done(period: str, form: office.Form, act: Callable[[Session], Any], told: str) -> str | Response:
    if form.sent:
        with form.attempt():
            write(form.occasion, act)
            office.tell(told)
            return redirect(url_for("pages.closing_month", period=period))
    return _page(_month(period), form)


def _month(period: str) -> str:
    if not MONTH.fullmatch(period):
        abort(404)
    return period


def _tabs(month: str) -> list[dict[str, Any]]:
    return report.tabs("closing", month)


def _page(period: str, form: office.Form) -> str | Response:
    view = read(lambda session: doors.month_view(session, period))
    kept = read(lambda session: doors.checked(session, period)) if not view.checks else []
    names, states = words.check_names(), words.check_states()
    listing = Listing(
        name=f"closing_{period}",
        base=view.checks or kept,
        columns=(
            Column("check", _("What"), show=names),
            Column("count", _("Still open"), kind="quantity"),
            Column("amount", _("Amount"), kind="money"),
            Column("rule", _("Rule"), show=words.rule_names()),
            Column("reason", _("Reason")),
        ),
    )
    if answer := exported(listing, title=_("Closing of %(month)s") % {"month": period}):
        return answer
    me, asked = person(), view.standing.state == "asked"
    own = asked and view.steps[-1].done_by == me.code
    return render_template(
        "finance_closing_month.html", view=view, kept=kept, form=form, names=names, states=states,
        colours=words.CHECK_COLOURS, month_states=words.month_names(), month_colours=words.MONTH_COLOURS,
        rules=words.rule_names(), steps=words.step_names(), where=_worklists(period),
        tabs=_tabs(period), own=own,
        may_lock=may_open("pages.closing_lock", me), may_ask=may_open("pages.closing_ask", me),
        costs=may_open("pages.finance", me), may_prove=may_open("pages.finance_prove", me),
        proving=read(proving.under_way) if view.checks else None,
    )  # fmt: skip


def _worklists(period: str) -> dict[str, str]:
    """Where what is open is worked through, as far as this person may: the very things that a line counts."""
    until = days_of(period)[1].isoformat()
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "days": ("pages.days", {"month": period}),
        "disputes": ("pages.disputes", {"state": "open", "until": until}),
        "charges": ("pages.finance_unsent", {"until": until}),
        "unkept": ("pages.finance_charges", {"month": period}),
        "differences": ("pages.finance_differences", {"until": until}),
        "statements": ("pages.finance_statements_owed", {"month": period}),
        "invoices": ("pages.finance_undelivered", {"state": "all", "until": until}),
        "accruals": ("pages.finance_accruals", {"month": period}),
        "step_down": ("pages.finance_step_down", {"month": period}),
        "proof": ("pages.finance_proof", {}),
    }
    return _addresses(pages)


def _addresses(pages: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, str]:
    return {check: url_for(page, **asked) for check, (page, asked) in pages.items() if may_open(page, person())}
