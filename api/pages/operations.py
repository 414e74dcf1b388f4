"""This file is the pages of operations: the list, the worklist of those not confirmed, the plan, one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api import access, operating
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, frame, office, operation_paper, places
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.operation_words import (
    COLOURS,
    event_names,
    part_names,
    procedures_in_words,
    reason_of,
    side_names,
    standings,
)
from api.pages.scanned import named, named_column
from spd import theatre
from spd.core import clock
from spd.parties import HOSPITAL_ID, Party
from spd.places import Location, LocationKind
from spd.theatre import (
    Operation,
    OperationAct,
    OperationChanged,
    OperationPlanned,
    OperationStanding,
    Part,
    Procedure,
    Signed,
)
from spd.theatre.overdue import is_overdue, limit


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


class PeopleForm(Schema):
    """Who operates, and who circulates."""

    surgeon = Text(required=True, longest=80)
    nurse = Text(required=True, longest=80)


class ReasonForm(Schema):
    """Why."""

    reason = Text(required=True)


class EndForm(Schema):
    """Nothing more is said."""


class SignForm(Schema):
    """One signature."""

    part = fields.String(required=True, validate=validate.OneOf([one.value for one in Part]))
    badge = Text(load_default="", longest=80)
    pin = Text(required=True)


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
    before = read(lambda session: limit(session, now))
    what = {
        "today": Operation.planned_at.between(begins, ends) | (Operation.standing == OperationStanding.OPEN),
        "open": Operation.standing == OperationStanding.OPEN,
        "ended": Operation.standing == OperationStanding.ENDED,
        "overdue": is_overdue(before),
    }
    options = [("today", _("today")), ("open", _("under way")), ("ended", _("to be confirmed")),
               ("overdue", _("not confirmed in time"))]  # fmt: skip
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
    actions = [
        {"text": _("Not confirmed in time"), "href": url_for("pages.theatre_operations_late"), "icon": "caution"}
    ]
    if frame.may_open("pages.theatre_operation_new", person()):
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
    ended_at: datetime
    hours: int
    missing: str
    out: int


@bp.get("/theatre/operations/late")
def theatre_operations_late() -> str | Answer:
    """Operations that ended longer ago than the policy allows, with something used, and are not confirmed."""
    now = clock.now()
    rows = read(lambda session: _late(session, access.departments(), now))
    columns = (
        Column("code", _("Operation"), kind="code", href=_operation_of),
        Column("hours", _("Hours since its end"), kind="quantity"),
        Column("ended_at", _("Ended at"), kind="instant"),
        Column("patient_name", _("Patient")),
        Column("room_shown", _("Room")),
        Column("surgeon_name", _("Surgeon")),
        Column("nurse_name", _("Circulating nurse")),
        Column("missing", _("Not signed by")),
        Column("out", _("Not accounted for"), kind="quantity"),
        Column("department_shown", _("Department")),
    )
    listing = Listing(name="operations-late", base=rows, columns=columns, order="-hours")
    title = _("Not confirmed in time")
    trail = crumbs((_("Operations"), url_for("pages.theatre_operations")), (title, None))
    return listed(listing, title=title, crumbs=trail, empty=_("Every operation is confirmed, or ended just now"))


def _late(session: Session, mine: frozenset[int] | None, now: datetime) -> list[_Late]:
    query = operating.rows().where(is_overdue(limit(session, now)))
    if mine is not None:
        query = query.where(Location.department_id.in_(mine))
    parts = part_names()
    found = []
    for row in session.execute(query.order_by(Operation.ended_at, Operation.id).limit(1000)):
        whole = operating.whole(session, row.Operation.code, None)
        found.append(
            _Late(
                code=whole["code"], patient_name=row.patient_name, room_shown=named(row.room_name, row.room_name_en),
                department_shown=named(row.department_name or "", row.department_name_en or ""),
                surgeon_name=row.surgeon_name, nurse_name=row.nurse_name, ended_at=whole["ended_at"],
                hours=int((now - whole["ended_at"]).total_seconds() // 3600),
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


@bp.get("/theatre/operations/<path:code>")
def theatre_operation(code: str) -> str:
    """One operation: what became of everything, who signed, and what is to be done with it."""
    return _page(code, office.blank(), "")


def _page(code: str, form: office.Form, act: str) -> str:
    """`act`: the form that was sent; the others begin anew."""

    def ask(session: Session) -> str:
        found = operating.whole(session, code, access.departments())
        return render_template(
            "theatre_operation.html", operation=found, standings=standings(), colours=COLOURS, parts=part_names(),
            events=event_names(), reason_of=reason_of, procedures=procedures_in_words(found["procedures"]),
            form_of=lambda name: form if name == act else office.blank(found if name == "people" else None),
            may=lambda endpoint: frame.may_open(f"pages.{endpoint}", person()),
        )  # fmt: skip

    return read(ask)


def _acted(
    code: str, act: str, schema: type[Schema], do: Callable[[office.Form], Any], told: str
) -> str | Answer:  # fmt: skip
    form = office.filled(schema)
    form.texts.pop("pin", None)
    if form.sent:
        with form.attempt():
            do(form)
            office.tell(told)
            return redirect(url_for("pages.theatre_operation", code=code))
    return _page(code, form, act)


def _act_of(form: office.Form, code: str) -> OperationAct:
    return OperationAct(
        occasion=form.occasion, operation=code, reason=form.said.get("reason", ""), departments=access.departments()
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/end")
def theatre_operation_end(code: str) -> str | Answer:
    """The operation is over."""
    return _acted(
        code, "end", EndForm,
        lambda form: write(form.occasion, lambda session: theatre.end(session, _act_of(form, code))[1]),
        _("The operation is over: surgeon and circulating nurse confirm what was used."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/cancel")
def theatre_operation_cancel(code: str) -> str | Answer:
    """The operation does not take place."""
    return _acted(
        code, "cancel", ReasonForm,
        lambda form: write(form.occasion, lambda session: theatre.cancel(session, _act_of(form, code))[1]),
        _("The operation is cancelled."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/reopen")
def theatre_operation_reopen(code: str) -> str | Answer:
    """The operation, or its confirmation, is opened again."""
    return _acted(
        code, "reopen", ReasonForm,
        lambda form: write(form.occasion, lambda session: theatre.resume(session, _act_of(form, code))[1]),
        _("It is open again, and both sign anew."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/people")
def theatre_operation_people(code: str) -> str | Answer:
    """Somebody else operates or circulates."""

    def do(form: office.Form) -> bool:
        asked = OperationChanged(
            occasion=form.occasion, operation=code, surgeon=form.said["surgeon"], nurse=form.said["nurse"],
            departments=access.departments(),
        )  # fmt: skip
        return write(form.occasion, lambda session: theatre.change(session, asked)[1])

    return _acted(code, "people", PeopleForm, do, _("The people of the operation are changed."))


@bp.post("/theatre/operations/<path:code>/sign")
def theatre_operation_sign(code: str) -> str | Answer:
    """Surgeon or circulating nurse sign, by badge and password."""

    def do(form: office.Form) -> None:
        signed = Signed(
            occasion=form.occasion, operation=code, part=Part(form.said["part"]), staff_id=0,
            departments=access.departments(),
        )  # fmt: skip
        operating.sign(signed, form.said["badge"], form.said["pin"])

    return _acted(code, f"sign-{request.form.get('part', '')}", SignForm, do, _("Signed."))


@bp.get("/theatre/operations/<path:code>/record.pdf")
def theatre_operation_paper(code: str) -> Response:
    """What the operation used, on paper, with boxes to sign."""

    def ask(session: Session) -> bytes:
        found = operating.whole(session, code, access.departments())
        hospital = session.get_one(Party, HOSPITAL_ID)
        return operation_paper.pdf(found, named(hospital.name, hospital.name_en))

    return Response(read(ask), content_type="application/pdf")
