"""This file is entering what was written on paper: the form, the list, the report by ward, and the blank sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from marshmallow import fields, validate
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, paper, reading
from api.fields import Text, Write
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp, downtime_paper, office
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.safety_words import rule_names
from api.pages.scanned import named_column
from api.v1.re_entries import by, entries_of
from spd import offline
from spd.consumption import NotYours
from spd.core import clock
from spd.encounters import Encounter
from spd.offline import EntriesDiffer, EntryOutcome, PerhapsEntered, ReEntry
from spd.places import Department, get_department
from spd.staff import Staff

_KEPT = ("sheet", "department", "used_by", "day", "encounter")


class ReEntryForm(Write):
    """A line as it stands on the sheet."""

    sheet = Text(required=True, longest=80)
    department = Text(required=True)
    used_by = Text(required=True)
    day = fields.Date(required=True)
    hour = fields.Time(required=True)
    encounter = Text()
    scan = Text(required=True, longest=4000)
    quantity = fields.Integer(validate=validate.Range(1, 1_000_000))
    like = fields.String(validate=validate.OneOf(["same", "another"]))
    mine = fields.String(validate=validate.OneOf(["mine"]))


def outcome_names() -> dict[str, str]:
    """What became of a line."""
    return {
        EntryOutcome.BOOKED: _("booked"),
        EntryOutcome.WARNED: _("booked, with a warning"),
        EntryOutcome.DUPLICATE: _("booked before"),
        EntryOutcome.DISPUTE: _("dispute"),
        EntryOutcome.FIRST: _("another person enters it too"),
    }


def _colour(outcome: str) -> str:
    return {"booked": "ok", "dispute": "stop", "warned": "caution", "first": "info"}.get(outcome, "quiet")


def _tabs(current: str) -> list[dict[str, Any]]:
    every = (
        ("enter", "pages.reentry", _("Enter")),
        ("list", "pages.reentry_list", _("Entered from paper")),
        ("report", "pages.reentry_report", _("By ward")),
    )
    return [
        {"text": text, "href": url_for(endpoint), "current": name == current}
        for name, endpoint, text in every
        if access.may_open(endpoint, person())
    ]


@bp.get("/reentry")
def reentry() -> str:
    """A line of a sheet, to be entered; what the line before it said of sheet, ward and patient stands."""
    kept = {name: request.args[name] for name in _KEPT if name in request.args}
    return _page(office.blank(kept))


@bp.post("/reentry")
def reentry_enter() -> str | Response:
    """The line is entered, or asked about where it may be booked already."""
    form, asks = office.filled(ReEntryForm), ""
    if form.sent:
        with form.attempt():
            try:
                entry = paper.enter(_written(form.said), form.occasion)
            except (PerhapsEntered, EntriesDiffer) as error:
                asks = error.code
                raise
            kind = {"booked": "ok", "dispute": "stop"}.get(entry.outcome, "caution")
            rule = rule_names().get(entry.rule, entry.rule)
            office.tell(" · ".join(part for part in (outcome_names()[EntryOutcome(entry.outcome)], rule) if part), kind)
            return redirect(url_for("pages.reentry", **{name: form.value(name) for name in _KEPT}))
    return _page(form, asks=asks)


def _written(said: dict[str, Any]) -> paper.Written:
    return paper.Written(
        sheet=said["sheet"], department=said["department"], used_by=said["used_by"],
        occurred_at=datetime.combine(said["day"], said["hour"], settings().zone), scan=reading.heard(said["scan"]),
        encounter=said.get("encounter"), quantity=said.get("quantity"), like=said.get("like", ""),
        mine=said.get("mine") == "mine",
    )  # fmt: skip


def _page(form: office.Form, *, asks: str = "") -> str:
    waits = read(lambda session: offline.waiting_for_another(session, access.departments()))
    return render_template(
        "reentry.html", form=form, asks=asks, waits=waits, tabs=_tabs("enter"), departments=read(_departments),
        today=clock.day_of(clock.now(), settings().zone).isoformat(),
    )  # fmt: skip


def _departments(session: Session) -> list[tuple[str, str]]:
    query = select(Department.code, named_column(Department)).where(~Department.retired).order_by(Department.code)
    if (mine := access.departments()) is not None:
        query = query.where(Department.id.in_(mine))
    return [(str(code), str(name)) for code, name in session.execute(query)]


@bp.get("/reentry/list")
def reentry_list() -> str | Response:
    """Every line that was entered from paper: when it happened, when it was entered, what became of it."""
    one = ReEntry
    columns = (
        Column("recorded_at", _("Entered at"), one.recorded_at, kind="instant"),
        Column("occurred_at", _("Done at"), one.occurred_at, kind="instant"),
        Column("sheet", _("Sheet"), one.sheet, kind="code"),
        Column("scanned", _("Item"), one.scanned, kind="code"),
        Column("department", _("Department"), named_column(Department)),
        Column("encounter", _("Encounter"), Encounter.code, kind="code"),
        Column("used_by", _("Used by"), Staff.code, kind="code"),
        Column("entered_by", _("Entered by"), by.code, kind="code"),
        Column("outcome", _("Outcome"), one.outcome, kind="pill", show=outcome_names(), colour=_colour),
        Column("rule", _("Rule"), one.rule, show=rule_names()),
    )
    listing = Listing(
        name="re-entries",
        base=entries_of(access.departments()),
        columns=columns,
        filters=(
            Choice("outcome", _("Outcome"), list(outcome_names().items()),
                   lambda value: offline.is_waiting() if value == "first" else one.outcome == value),
            Words("q", _("Search"), lambda text: one.sheet.icontains(text, autoescape=True)
                  | one.scanned.icontains(text, autoescape=True)),
        ),
        order="-recorded_at",
        tie=one.id,
    )  # fmt: skip
    return listed(listing, title=_("Entered from paper"), tabs=_tabs("list"), empty=_("Nothing was entered from paper"))


@bp.get("/reentry/report")
def reentry_report() -> str | Response:
    """How much each ward entered from paper, and what became of it."""

    def counted(*outcomes: EntryOutcome) -> Any:
        return func.sum(case((ReEntry.outcome.in_([one.value for one in outcomes]), 1), else_=0))

    asked = request.args.get("from", "")
    query = entries_of(access.departments()).with_only_columns(
        named_column(Department).label("department"), func.count().label("lines"),
        counted(EntryOutcome.BOOKED).label("booked"), counted(EntryOutcome.WARNED).label("warned"),
        counted(EntryOutcome.DUPLICATE).label("duplicate"), counted(EntryOutcome.DISPUTE).label("dispute"),
        func.sum(case((offline.is_waiting(), 1), else_=0)).label("waits"),
        func.count(ReEntry.sheet.distinct()).label("sheets"), func.max(ReEntry.recorded_at).label("last_at"),
    ).group_by(Department.id, Department.name, Department.name_en)  # fmt: skip
    if since := _day(asked):
        query = query.where(ReEntry.recorded_at >= since)
    listing = Listing(
        name="re-entries-by-ward",
        base=read(lambda session: session.execute(query).all()),
        columns=(
            Column("department", _("Department")),
            Column("sheets", _("Sheets"), kind="quantity", total=True),
            Column("lines", _("Lines"), kind="quantity", total=True),
            Column("booked", _("booked"), kind="quantity", total=True),
            Column("warned", _("booked, with a warning"), kind="quantity", total=True),
            Column("duplicate", _("booked before"), kind="quantity", total=True),
            Column("dispute", _("dispute"), kind="quantity", total=True),
            Column("waits", _("wait for another person"), kind="quantity", total=True),
            Column("last_at", _("Last entered at"), kind="instant"),
        ),
        filters=(DayFrom("from", _("From")),),
        order="department",
    )
    return listed(listing, title=_("Paper by ward"), tabs=_tabs("report"), empty=_("Nothing was entered from paper"))


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=settings().zone)
    except ValueError:
        return None


@bp.get("/reentry/sheet.pdf")
def reentry_sheet() -> FlaskResponse:
    """A blank sheet of the ward with what lies there, to be printed before it is needed."""
    code = request.args.get("department", "")
    mine = access.departments()

    def draw(session: Session) -> bytes:
        department = get_department(session, code)
        if mine is not None and department.id not in mine:
            raise NotYours(department=department.code)
        return downtime_paper.sheet(session, department, at=clock.now().astimezone(settings().zone))

    return FlaskResponse(read(draw), content_type="application/pdf")
