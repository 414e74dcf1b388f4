"""This file is the pages of the patients of recalls: whom to see, one of them with what was done, steps recorded."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api import access
from api.here import read, settings, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, office
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.recall_words import STEP_COLOURS, class_names, step_names
from api.pages.recalls import address, departments, may, tabs
from spd import recalls
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.encounters import Encounter
from spd.recalls import PatientState, Recall, RecallPatient


class StepForm(Schema):
    """What was done for a patient."""

    step = fields.String(required=True, validate=validate.OneOf(["contacted", "reviewed", "resolved"]))
    note = fields.String(load_default="", validate=validate.Length(0, 200))
    follow_up_on = fields.Date(load_default=None)


class ContactedForm(Schema):
    """What was done for all who wait."""

    note = fields.String(required=True, validate=validate.Length(1, 200))
    follow_up_on = fields.Date(load_default=None)


@bp.get("/recalls/patients", endpoint="recalls_worklist")
def worklist() -> str | Response:
    """The patients of recalls in force who are not resolved, the longest waiting first."""
    steps, classes = step_names(), class_names()
    name = select(func.max(Encounter.patient_name)).where(Encounter.patient == RecallPatient.patient).scalar_subquery()
    listing = Listing(
        name="recall-patients",
        base=recalls.worklist(departments=departments()),
        columns=(
            Column("patient_name", _("Patient"), name, href=_patient_address),
            Column("step", _("State"), RecallPatient.state, kind="pill", show=steps, colour=STEP_COLOURS.get),
            Column("code", _("Recall"), Recall.code, kind="code", href=lambda row: address(row.code, tab="patients")),
            Column("recall_class", _("Class"), Recall.recall_class, show=classes),
            Column("follow_up_on", _("Follow-up"), RecallPatient.follow_up_on, kind="day"),
            Column("until", _("Contact until"), Recall.patients_by_at, kind="instant"),
            Column("listed_at", _("Listed"), RecallPatient.listed_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: Recall.code.icontains(words, autoescape=True) | _of(words)),
            Choice("step", _("State"), list(steps.items()), lambda value: RecallPatient.state == value),
            DayFrom("due", _("Due until"), lambda day: (
                (RecallPatient.follow_up_on <= day) | (RecallPatient.state == PatientState.WAITING)
            )),
        ),
        order="until",
        tie=RecallPatient.id,
    )  # fmt: skip
    return listed(
        listing,
        title=_("Patients to see"),
        tabs=tabs("worklist"),
        empty=_("No patient waits"),
        hint=_("Patients stand here from the moment a recall is opened until they are resolved."),
    )


def _of(words: str) -> ColumnElement[bool]:
    """Whether a patient has a stay with this number."""
    stay = select(Encounter.id).where(Encounter.patient == RecallPatient.patient, Encounter.code == words)
    return stay.exists()


def _patient_address(row: Any) -> str:
    return url_for("pages.recalls_patient", number=row.id)


@bp.get("/recalls/patients/<int:number>", endpoint="recalls_patient")
def patient(number: int) -> str:
    """One patient of a recall."""
    return read(lambda session: _page(session, number, office.blank()))


@bp.post("/recalls/patients/<int:number>", endpoint="recalls_outreach")
def outreach(number: int) -> str | Response:
    """A step in the care for a patient."""
    form = office.filled(StepForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: recalls.record(session, _step(session, number, form)))
            office.tell(_("It is noted."))
            return redirect(url_for("pages.recalls_patient", number=number))
    return read(lambda session: _page(session, number, form))


def _step(session: Session, number: int, form: office.Form) -> recalls.Step:
    row, recall = _get(session, number)
    return recalls.Step(
        occasion=form.occasion,
        recall=recall.code,
        patients=[row.patient],
        step=PatientState(form.said["step"]),
        note=form.said["note"],
        follow_up_on=form.said["follow_up_on"],
        departments=access.departments(),
    )


@bp.post("/recalls/<code>/contacted", endpoint="recalls_contacted")
def contacted(code: str) -> Response:
    """All who wait (of this person's departments) were contacted: by letter, by a round on the ward."""
    form = office.filled(ContactedForm)
    if not form.sent:
        office.tell(_("Say in a note how they were contacted."), "stop")
    else:
        with form.attempt():
            count = write(form.occasion, lambda session: _contact_waiting(session, code, form))
            office.tell(
                ngettext("1 patient is noted as contacted.", "%(num)s patients are noted as contacted.", count)
                % {"num": count}
            )
    if form.refusal:
        office.tell(form.refusal, "stop")
    return redirect(address(code, tab="patients"))


def _contact_waiting(session: Session, code: str, form: office.Form) -> int:
    recall = recalls.get_recall(session, code)
    mine = access.departments()
    waiting = recalls.worklist(departments=mine).where(
        Recall.id == recall.id, RecallPatient.state == PatientState.WAITING
    )
    patients = list(session.scalars(waiting.with_only_columns(RecallPatient.patient)))
    return recalls.record(
        session,
        recalls.Step(
            occasion=form.occasion,
            recall=code,
            patients=patients,
            step=PatientState.CONTACTED,
            note=form.said["note"],
            follow_up_on=form.said["follow_up_on"],
            departments=mine,
        ),
    )


def _get(session: Session, number: int) -> tuple[RecallPatient, Recall]:
    row = session.get(RecallPatient, number)
    if row is None:
        raise NotFound
    return row, session.get_one(Recall, row.recall_id)


def _page(session: Session, number: int, form: office.Form) -> str:
    row, recall = _get(session, number)
    seen = departments()
    uses = recalls.uses_of_patient(session, recall, row.patient, seen=seen)
    if not uses:
        raise NotAllowed()
    return render_template(
        "recall_patient.html",
        row=row,
        recall=recall,
        uses=uses,
        contacts=recalls.contacts(session, recall, row.patient),
        form=form,
        steps=step_names(),
        colours=STEP_COLOURS,
        may_care=may("pages.recalls_outreach") and recall.state == "open",
        today=clock.day_of(clock.now(), settings().zone),
        back=request.args.get("back", ""),
    )
