"""This file is the pages of operations: the list, the worklist of those not confirmed, the plan, one operation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api import access, operating
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office, places
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.operation_words import (
    COLOURS,
    next_steps,
    part_names,
    procedures_in_words,
    side_names,
    standings,
)
from api.pages.scanned import named, named_column
from spd import theatre
from spd.core import clock
from spd.places import Location, LocationKind
from spd.theatre import (
    Operation,
    OperationPlanned,
    OperationStanding,
    Procedure,
)
from spd.theatre.overdue import is_overdue, limits, since


class PlanForm(Schema):
    """An operation on the plan."""

    code = Text(load_default="", longest=80)
    encounter = Text(required=True, longest=80)
    room = Text(required=True, longest=80)
    on = fields.Date(required=True)
    at = fields.Time(required=True)
    surgeon = Text(required=True, longest=80)
    nurse = Text(required=True, longest=80)
    procedure = Text(required=True)
    procedure_code = Text(load_default="", longest=40)
    side = fields.String(load_default="", validate=validate.OneOf(["", "left", "right", "both"]))


def crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Where an operation's pages stand."""
    return [(_("Theatre"), url_for("pages.theatre")), *more]


@bp.get("/theatre/operations")
def theatre_operations() -> str | Answer:
    """Operations, the newest first."""
    mine, now = access.departments(), clock.now()
    rows = operating.rows()
    if mine is not None:
        rows = rows.where(Location.department_id.in_(mine))
    today = now.astimezone(settings().zone).date()
    begins = datetime.combine(today, time(0), settings().zone)
    ends = datetime.combine(today, time(23, 59, 59), settings().zone)
    before = read(lambda session: limits(session, now))
    what = {
        "today": Operation.planned_at.between(begins, ends) | (Operation.standing == OperationStanding.OPEN),
        "open": Operation.standing == OperationStanding.OPEN,
        "ended": Operation.standing == OperationStanding.ENDED,
        "overdue": is_overdue(before),
    }
    options = [("today", _("today")), ("open", _("under way")), ("ended", _("to be confirmed")),
               ("overdue", _("not finished in time"))]  # fmt: skip
    listing = Listing(
        name="operations",
        base=rows.with_only_columns(Operation.id),
        columns=_columns(),
        filters=(
            Words("q", _("Search"), lambda words: Operation.code.icontains(words, autoescape=True)
                  | operating.encounter_code().icontains(words, autoescape=True)
                  | Operation.procedures.icontains(words, autoescape=True)),
            Choice("what", _("What"), options, what.__getitem__),
        ),
        order="-planned_at",
        tie=Operation.id,
    )  # fmt: skip
    actions = [{"text": _("Not finished in time"), "href": url_for("pages.theatre_operations_late"), "icon": "caution"}]
    if access.may_open("pages.theatre_operation_new", person()):
        actions += [
            {"text": _("Plan an operation"), "href": url_for("pages.theatre_operation_new"), "icon": "plus"},
            {"text": _("Open by scan"), "href": url_for("pages.theatre_operation_open"), "kind": "primary",
             "icon": "use"},
        ]  # fmt: skip
    title = _("Operations")
    return listed(
        listing, title=title, actions=actions, crumbs=crumbs((title, None)), empty=_("No operation is planned")
    )  # fmt: skip


def _operation_of(row: Any) -> str:
    return url_for("pages.theatre_operation", code=row.code)


def _columns() -> tuple[Column, ...]:
    encounter, room, department, surgeon, nurse = operating.around()
    return (
        Column("code", _("Operation"), Operation.code, kind="code", href=_operation_of),
        Column("standing", _("State"), Operation.standing, kind="pill", show=standings(), colour=COLOURS.get),
        Column("planned_at", _("Planned at"), Operation.planned_at, kind="instant"),
        Column("patient_name", _("Patient"), encounter.patient_name),
        Column("encounter", _("Encounter"), encounter.code, kind="code"),
        Column("room_shown", _("Room"), named_column(room)),
        Column("procedures", _("Procedure"), Operation.procedures, show=_procedures, sortable=False),
        Column("surgeon_name", _("Surgeon"), surgeon.name),
        Column("nurse_name", _("Circulating nurse"), nurse.name),
        Column("opened_at", _("Opened at"), Operation.opened_at, kind="instant"),
        Column("ended_at", _("Ended at"), Operation.ended_at, kind="instant"),
        Column("confirmed_at", _("Confirmed at"), Operation.confirmed_at, kind="instant"),
        Column("department_shown", _("Department"), named_column(department)),
    )


def _procedures(text: str) -> str:
    return procedures_in_words(theatre.read_procedures(text))


@dataclass(frozen=True, kw_only=True)
class _Late:
    """One operation that should be confirmed by now."""

    code: str
    patient_name: str
    room_shown: str
    department_shown: str
    surgeon_name: str
    nurse_name: str
    since: datetime
    hours: int
    next: str
    missing: str
    out: int


@bp.get("/theatre/operations/late")
def theatre_operations_late() -> str | Answer:
    """Operations that wait longer than the policies allow for their signatures, their end or their beginning."""
    now = clock.now()
    rows = read(lambda session: _late(session, access.departments(), now))
    columns = (
        Column("code", _("Operation"), kind="code", href=_operation_of),
        Column("hours", _("Hours waiting"), kind="quantity"),
        Column("since", _("Since"), kind="instant"),
        Column("next", _("To be done")),
        Column("patient_name", _("Patient")),
        Column("room_shown", _("Room")),
        Column("surgeon_name", _("Surgeon")),
        Column("nurse_name", _("Circulating nurse")),
        Column("missing", _("Not signed by")),
        Column("out", _("Not accounted for"), kind="quantity"),
        Column("department_shown", _("Department")),
    )
    listing = Listing(name="operations-late", base=rows, columns=columns, order="-hours")
    title = _("Not finished in time")
    trail = crumbs((_("Operations"), url_for("pages.theatre_operations")), (title, None))
    empty = _("Every operation is ended and confirmed, or there is time yet")
    return listed(listing, title=title, crumbs=trail, empty=empty)


def _late(session: Session, mine: frozenset[int] | None, now: datetime) -> list[_Late]:
    query = operating.rows().add_columns(since().label("since")).where(is_overdue(limits(session, now)))
    if mine is not None:
        query = query.where(Location.department_id.in_(mine))
    parts, steps = part_names(), next_steps()
    found = []
    for row in session.execute(query.order_by(since(), Operation.id).limit(1000)):
        whole = operating.whole(session, row.Operation.code, None)
        found.append(
            _Late(
                code=whole["code"], patient_name=row.patient_name, room_shown=named(row.room_name, row.room_name_en),
                department_shown=named(row.department_name or "", row.department_name_en or ""),
                surgeon_name=row.surgeon_name, nurse_name=row.nurse_name, since=row.since,
                next=steps[whole["standing"]], hours=int((now - row.since).total_seconds() // 3600),
                missing=", ".join(parts[part] for part in whole["missing"]), out=whole["figures"]["out"],
            )
        )  # fmt: skip
    return found


@bp.route("/theatre/operations/new", methods=["GET", "POST"])
def theatre_operation_new() -> str | Answer:
    """An operation planned."""
    zone = settings().zone
    today = clock.now().astimezone(zone).date().isoformat()
    known = {"on": today, **request.args.to_dict()}
    form = office.filled(PlanForm) if request.method == "POST" else office.blank(known)
    if form.sent:
        with form.attempt():
            said = form.said
            asked = OperationPlanned(
                occasion=form.occasion, planned_at=datetime.combine(said["on"], said["at"], zone),
                procedures=[Procedure(code=said["procedure_code"], name=said["procedure"], side=said["side"])],
                departments=access.departments(),
                **{name: said[name] for name in ("code", "encounter", "room", "surgeon", "nurse")},
            )  # fmt: skip
            code = write(asked.occasion, lambda session: theatre.plan(session, asked)[0].code)
            office.tell(_("The operation is planned."))
            return redirect(url_for("pages.theatre_operation", code=code))
    return render_template(
        "theatre_operation_new.html", form=form, rooms=read(rooms), sides=list(side_names().items()),
    )  # fmt: skip


def rooms(session: Session) -> list[tuple[str, str]]:
    """The rooms this person may see."""
    seen = [place for place in places.may_see(session) if place.kind == LocationKind.THEATRE]
    return [(place.code, places.named_place(place)) for place in seen]
