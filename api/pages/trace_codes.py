"""This file is the pages of trace codes: the alarms somebody must look into, and the life of one code."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy import select
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named
from spd import trace_codes as rules
from spd.staff import Staff
from spd.trace_codes import REASONS, TraceAlarm, TraceEvent


class AnswerForm(Schema):
    """What an alarm turned out to be."""

    note = Text(required=True, longest=200)


def act_names() -> dict[str, str]:
    """What is done with a coded package."""
    return {
        "arrive": _("came in"),
        "sell": _("was sold"),
        "return": _("came back"),
        "send_back": _("was sent back"),
    }


def standing_names() -> dict[str, str]:
    """Where a coded package is in its life."""
    return {"announced": _("announced"), "in_stock": _("for sale"), "sold": _("sold")}


def reason_names() -> dict[str, str]:
    """What the alarms say."""
    return {reason: named(zh, en) for reason, (zh, en) in REASONS.items()}


@bp.get("/trace-codes")
def trace_codes() -> str | Response:
    """The alarms, those nobody has looked into first of all."""
    reasons, answered = reason_names(), request.args.get("tab") == "answered"
    base = (
        select(TraceAlarm.id.label("id"))
        .join(TraceEvent, TraceEvent.id == TraceAlarm.event_id)
        .join(Staff, Staff.id == TraceEvent.staff_id)
        .where(TraceAlarm.resolved_at.is_not(None) if answered else TraceAlarm.resolved_at.is_(None))
    )
    listing = Listing(
        name="trace-codes",
        base=base,
        columns=(
            Column("raised_at", _("Raised"), TraceAlarm.raised_at, kind="instant"),
            Column("code", _("Trace code"), TraceAlarm.code, kind="code", href=lambda row: _address(row.code)),
            Column("reason", _("Reason"), TraceAlarm.reason, kind="pill", show=reasons, colour=lambda _reason: "stop"),
            Column("act", _("Act"), TraceEvent.act, show=act_names()),
            Column("reference", _("Document"), TraceEvent.reference, kind="code"),
            Column("by", _("By"), Staff.name),
            Column("note", _("What it was"), TraceAlarm.note),
        ),
        filters=(
            Words("q", _("Search"), lambda words: TraceAlarm.code.contains(words, autoescape=True)),
            Choice("reason", _("Reason"), list(reasons.items()), lambda value: TraceAlarm.reason == value),
        ),
        order="-raised_at" if answered else "raised_at",
        tie=TraceAlarm.id,
    )
    return listed(
        listing,
        title=_("Trace code alarms"),
        sub=_("A code that came in or was sold twice, or never came in, is not what it says it is."),
        tabs=[
            {"text": _("to be looked into"), "href": url_for("pages.trace_codes"), "current": not answered},
            {"text": _("answered"), "href": url_for("pages.trace_codes", tab="answered"), "current": answered},
        ],
        crumbs=[(_("Trace"), url_for("pages.trace")), (_("Trace code alarms"), None)],
        empty=_("No alarm waits"),
        hint=_("A trace code that comes in or is sold twice appears here by itself."),
    )


@bp.get("/trace-codes/<code>")
def trace_code(code: str) -> str:
    """One code: where it stands, what it is packed with, what was done with it."""
    return _page(code, office.blank())


@bp.post("/trace-codes/<code>/<int:alarm>")
def trace_code_answer(code: str, alarm: int) -> str | Response:
    """Somebody says what an alarm was."""
    form = office.filled(AnswerForm)
    if form.sent:
        with form.attempt():
            when, note = form.occasion, form.said["note"]
            write(when, lambda session: rules.resolve(session, when, alarm, note=note))
            office.tell(_("The alarm is answered; it stays on record."))
            return redirect(_address(code))
    return _page(code, form)


def _page(code: str, form: office.Form) -> str:
    may_answer = access.may_open("pages.trace_code_answer", person())
    return read(
        lambda session: render_template(
            "trace_code.html",
            life=rules.life_of(session, code),
            form=form,
            may_answer=may_answer,
            acts=act_names(),
            standings=standing_names(),
            reasons=reason_names(),
        )
    )


def _address(code: str) -> str:
    return url_for("pages.trace_code", code=code)
