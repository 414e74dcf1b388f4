"""This file is the patients of my ward, masked, and one of them: where they were, and what was used on them."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, false, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api import access, stays
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.encounters import (
    LATELY,
    OF_PATIENTS,
    Alert,
    Encounter,
    EncounterEvent,
    StayNumber,
    UnknownEncounter,
    here,
    left_lately,
    tell_alerts,
)
from spd.places import Department


def state_names() -> dict[str, str]:
    """How a stay stands."""
    return {
        "here": _("here"), "gone": _("discharged"), "merged": _("merged"), "cancelled": _("admission cancelled"),
        "moved": _("patient transferred"),
    }  # fmt: skip


STATE_COLOURS = {"here": "ok", "gone": "quiet", "merged": "info", "cancelled": "caution", "moved": "info"}


def kind_names() -> dict[str, str]:
    """What happened to a stay."""
    return {
        "admit": _("patient admitted"), "transfer": _("patient transferred"), "discharge": _("patient discharged"),
        "cancel_admit": _("admission cancelled"), "cancel_transfer": _("move cancelled"),
        "cancel_discharge": _("discharge cancelled"), "merge": _("stay merged"), "cancel_merge": _("merge cancelled"),
        "merge_patient": _("patients merged"), "cancel_merge_patient": _("merge of patients cancelled"),
    }  # fmt: skip


def _state(at: Any, moved: Any) -> Any:
    return case(
        (moved, "moved"),
        (Encounter.cancelled, "cancelled"),
        (Encounter.merged_into_id.is_not(None), "merged"),
        (Encounter.discharged_at < at, "gone"),
        else_="here",
    )


_SURVIVOR = aliased(Encounter)


@bp.get("/patients")
def patients() -> str | Response:
    """The patients of my ward, by bed: those who are here, or who left in the last days, for another ward too."""
    at, mine = clock.now(), access.departments()
    moved = _moved(at, mine)
    state = _state(at, moved)
    base = (
        select(Encounter.id.label("number"))
        .join(Department, Department.id == Encounter.department_id)
        .outerjoin(_SURVIVOR, _SURVIVOR.id == Encounter.merged_into_id)
        .where(Encounter.encounter_class != "outpatient")
    )
    if mine is not None:
        base = base.where(Encounter.department_id.in_(mine) | moved)

    who = request.args.get("who", "here")
    left = left_lately(at) | moved
    chosen = {"left": left, "all": here(at) | left}
    listing = Listing(
        name="patients",
        base=base.where(chosen.get(who, here(at) & ~moved)),
        columns=(
            Column("bed", _("Bed"), Encounter.bed, kind="code"),
            Column("patient_name", _("Patient"), Encounter.patient_name, href=_to_one),
            Column("state", _("State"), state, kind="pill", show=state_names(), colour=STATE_COLOURS.get),
            Column("encounter", _("Encounter"), Encounter.code, kind="code"),
            Column("department", _("Department"), named_column(Department)),
            Column("admitted_at", _("Admitted"), Encounter.admitted_at, kind="instant"),
            Column("discharged_at", _("Discharged"), Encounter.discharged_at, kind="instant"),
            Column("moved_at", _("Moved"), case((moved, Encounter.moved_at)), kind="instant"),
            Column("survivor", _("Merged into"), _SURVIVOR.code, kind="code"),
        ),
        filters=(
            Choice(
                "who",
                _("State"),
                [("here", _("here now")), ("left", _("left lately")), ("all", _("all"))],
                default="here",
            ),
            Words("q", _("Bed or number"), lambda words: (Encounter.bed == words) | (Encounter.code == words)),
        ),
        order="bed",
        tie=Encounter.id,
    )
    return listed(
        listing, title=_("Patients"), empty=_("Nobody is here"),
        hint=_("Patients come from HIS, by its messages or by a list that is imported."),
    )  # fmt: skip


def _moved(at: Any, mine: frozenset[int] | None) -> Any:
    """Whether a patient went lately from these departments to another one, who looks after them now."""
    if mine is None:
        return false()
    lately = Encounter.moved_at.between(at - LATELY, at)
    return lately & Encounter.moved_from_id.in_(mine) & Encounter.department_id.not_in(mine)


def _to_one(row: Any) -> str | None:
    return None if row.state == "moved" else url_for("pages.patients_one", number=row.number)


def alert_names() -> dict[str, str]:
    """What a patient must not get."""
    return {Alert.LATEX: _("allergic to latex"), Alert.MRI: _("needs an MRI: nothing unsafe near a magnet")}


class AlertsForm(Schema):
    """What the patient must not get."""

    alerts = fields.List(fields.String(validate=validate.OneOf([one.value for one in Alert])), load_default=list)


@bp.post("/patients/<int:number>/alerts")
def patients_alerts(number: int) -> str | Response:
    """What the patient must not get is told anew, all of it."""
    form, mine = office.filled(AlertsForm), access.departments()
    with form.attempt():
        when, said = form.occasion, [Alert(one) for one in form.said.get("alerts", ())]
        write(when, lambda session: tell_alerts(session, when, StayNumber(_own(session, number, mine).code), said))
        office.tell(_("Kept. It is held against what is used on this patient."))
    return redirect(url_for("pages.patients_one", number=number))


def _own(session: Session, number: int, mine: frozenset[int] | None) -> Encounter:
    stay = session.get(Encounter, number)
    if stay is None:
        raise UnknownEncounter(encounter=number)
    if mine is not None and stay.department_id not in mine:
        raise NotAllowed()
    return stay


@bp.get("/patients/<int:number>")
def patients_one(number: int) -> str:
    """One patient: where they were, and what was used on them, with what was used on stays that were merged in."""
    mine = access.departments()

    def ask(session: Session) -> str:
        stay = _own(session, number, mine)
        merged = session.scalars(select(Encounter).where(Encounter.merged_into_id == stay.id).order_by(Encounter.id))
        state = session.scalar(select(_state(clock.now(), false())).where(Encounter.id == stay.id))
        return render_template(
            "patient.html", stay=stay, merged=list(merged), uses=stays.used_on(session, stay),
            department=session.get_one(Department, stay.department_id), events=_events(session, stay),
            survivor=session.get(Encounter, stay.merged_into_id) if stay.merged_into_id else None,
            state=(state_names()[str(state)], STATE_COLOURS[str(state)]), kinds=kind_names(), form=office.blank(),
            alert_names=alert_names(), may_alert=access.may_open("pages.patients_alerts", person()),
        )  # fmt: skip

    return read(ask)


def _events(session: Session, stay: Encounter) -> list[Any]:
    """What was told of the stay, and of merges of its patient."""
    event = EncounterEvent
    persons = event.kind.in_(OF_PATIENTS) & ((event.survivor == stay.patient) | (event.patient == stay.patient))
    query = (
        select(
            EncounterEvent.kind, EncounterEvent.occurred_at, EncounterEvent.bed, EncounterEvent.survivor,
            named_column(Department).label("department"),
        )
        .outerjoin(Department, Department.code == EncounterEvent.department)
        .where((event.encounter == stay.code) | persons)
        .order_by(EncounterEvent.occurred_at.desc(), EncounterEvent.id.desc())
    )  # fmt: skip
    return list(session.execute(query))
