"""This file is the patient of a wristband as the bedside greets them: here, of another ward, by a number on paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api import access, intercepted
from api.here import read
from api.i18n import gettext as _
from api.pages import ward
from api.pages.patient_token import standing_on
from api.pages.scanned import named
from api.pages.verdicts import Verdict, stop, told
from scanners import Scan
from spd import policies
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.encounters import (
    Encounter,
    NotTheWristband,
    Stay,
    alerts_of,
    get_encounter,
    refuse_closed,
    refuse_merged,
)
from spd.stock.use_findings import of_another_ward


def greeted(session: Session, scan: Scan, at: datetime, *, typed: bool) -> tuple[Verdict, dict[str, Any]]:
    """The patient of a wristband, if they are here; one of another ward is told as that, and so is the number of a stay
    that was scanned, not `typed`: it may stand on a clipboard at another bed.

    Raises: UnknownEncounter, NotTheWristband, EncounterMerged, EncounterCancelled, EncounterClosed.
    """
    code = scan.code or scan.data
    patient = get_encounter(session, code)
    stay = Stay.of(patient)
    doubtful = is_number(session, patient, code, typed=typed)
    refuse_merged(session, stay, at=at)
    refuse_closed(stay, at=at)
    alerts = alerts_of(session, [patient.patient]).get(patient.patient, frozenset())
    state = standing_on(patient, at, " ".join(sorted(alerts)))
    bed = _("Bed %(bed)s") % {"bed": patient.bed} if patient.bed else ""
    whom = " · ".join(part for part in (bed, patient.patient_name) if part)
    known = [check_who()] if doubtful else []
    if where := _elsewhere(session, patient, at):
        known.append(_("Registered on %(ward)s: check the wristband.") % {"ward": where})
    if known:
        return {"class": "caution", "code": "E18", "title": whom, "what": " ".join(known), "unlisted": True}, state
    return told(whom, _("Scan what is used.")), state


def check_who() -> str:
    """What is said where the number of a stay was scanned for its wristband."""
    return _("This is the number, not the wristband: check who it is.")


def note_number(when: Occasion, scan: Scan) -> bool:
    """Keep that the number of a stay was scanned, where that is to be told; whether it was. Raises: UnknownEncounter,
    NotTheWristband."""
    code = scan.code or scan.data

    def ask(session: Session) -> tuple[int, bool]:
        patient = get_encounter(session, code)
        return patient.id, is_number(session, patient, code, typed=when.keyed)

    encounter, doubtful = read(ask)
    if doubtful:
        intercepted.keep_as(when, "number-for-wristband", {"encounter_id": encounter})
    return doubtful


def chart_label(when: Occasion) -> Verdict:
    """The label of a chart was scanned: kept, and told to be no wristband."""
    intercepted.keep_as(when, "chart-label", {})
    return stop("E04", _("This is a chart label"), _("Scan the wristband on the patient."))


def note_caught(when: Occasion, scan: Scan) -> None:
    """Keep what speaks against a wristband that is scanned where it leads on to the bedside, which tells it."""
    try:
        read(lambda session: greeted(session, scan, when.occurred_at, typed=when.keyed))
        note_number(when, scan)
    except Refusal as error:
        intercepted.keep(when, error)


def is_number(session: Session, patient: Encounter, code: str, *, typed: bool) -> bool:
    """Whether it is to be told that not the wristband was scanned, but the number of the stay.

    Raises: NotTheWristband, where the hospital does not take it.
    """
    if typed or patient.wristband in (None, code):
        return False
    what = policies.get(session, "use.number_as_wristband")
    if what == "block":
        raise NotTheWristband()
    return bool(what == "warn")


def _elsewhere(session: Session, patient: Encounter, at: datetime) -> str:
    """The ward that a patient is registered on, where it is another one; empty where it is ours."""
    stay, mine = Stay.of(patient), access.departments()
    if mine is None or not of_another_ward(stay, ward.kinds_of(session, mine), mine, at=at):
        return ""
    department = ward.department_of(session, patient)
    return named(department.name, department.name_en)
