"""This file is the care for each patient of a recall: contacted, reviewed, resolved; by whom, when, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, func, insert, select, update
from sqlalchemy.orm import Session

from spd.core.errors import NotAllowed, NotFound, Refused
from spd.core.occasion import Occasion
from spd.encounters import Encounter
from spd.ledger import KeyReused, Movement, MovementKind
from spd.recalls.models import PatientState, Recall, RecallContact, RecallItem, RecallPatient, RecallState
from spd.recalls.notices import get_recall, refuse_unless
from spd.staff import Staff

_AT_ONCE = 500


class UnknownPatient(NotFound):
    """The patient is not on the list of this recall."""

    code = "unknown-recall-patient"
    say = {
        "zh": "患者 {patient} 不在召回 {recall} 的名单上。",
        "en": "Patient {patient} is not on the list of recall {recall}.",
    }


class NoNote(Refused):
    """A patient is resolved with a word on how."""

    code = "note-missing"
    say = {"zh": "完成随访须写明结论。", "en": "Say in a note how the patient was resolved."}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What was done for some patients of a recall."""

    occasion: Occasion
    recall: str
    patients: Sequence[str]
    step: PatientState
    note: str = ""
    follow_up_on: date | None = None
    departments: frozenset[int] | None = None
    """Whose patients the person may care for; None is all."""


def record(session: Session, step: Step) -> int:
    """How many patients the step was recorded for. Asked again with the same key, the answer is the same.

    Raises: UnknownRecall, KeyReused, WrongState, NoNote, UnknownPatient, NotAllowed.
    """
    recall = get_recall(session, step.recall)
    if done := _done(session, recall, step):
        return done
    refuse_unless(recall, RecallState.OPEN)
    if step.step is PatientState.RESOLVED and not step.note.strip():
        raise NoNote()
    wanted = list(dict.fromkeys(step.patients))
    if not wanted:
        return 0
    found = _on_list(session, recall, wanted)
    for patient in wanted:
        if patient not in found:
            raise UnknownPatient(patient=patient, recall=recall.code)
    if step.departments is not None and not _all_of(session, recall, wanted, step.departments):
        raise NotAllowed()
    _write(session, recall, step, list(found.values()))
    return len(found)


def _done(session: Session, recall: Recall, step: Step) -> int:
    query = (
        select(RecallPatient.recall_id, func.count())
        .join(RecallContact, RecallContact.patient_id == RecallPatient.id)
        .where(RecallContact.request_key == step.occasion.request_key)
        .group_by(RecallPatient.recall_id)
    )
    row = session.execute(query).first()
    if row is not None and row[0] != recall.id:
        raise KeyReused(key=str(step.occasion.request_key))
    return 0 if row is None else row[1]


def _on_list(session: Session, recall: Recall, patients: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(patients), _AT_ONCE):
        query = select(RecallPatient.patient, RecallPatient.id).where(
            RecallPatient.recall_id == recall.id, RecallPatient.patient.in_(patients[start : start + _AT_ONCE])
        )
        found.update(session.execute(query).all())
    return found


def _all_of(session: Session, recall: Recall, patients: Sequence[str], departments: frozenset[int]) -> bool:
    """Whether each of these patients had something of the recall in one of these departments."""
    seen: set[str] = set()
    for start in range(0, len(patients), _AT_ONCE):
        part = Encounter.patient.in_(patients[start : start + _AT_ONCE])
        seen.update(session.scalars(used_on(recall).where(part, Movement.department_id.in_(departments))))
    return seen == set(patients)


def used_on(recall: Recall) -> Any:
    """The patients on whom something of a recall was used."""
    return (
        select(Encounter.patient)
        .join(Movement, Movement.encounter_id == Encounter.id)
        .join(RecallItem, RecallItem.item_id == Movement.item_id)
        .where(RecallItem.recall_id == recall.id, Movement.kind == MovementKind.CONSUME)
        .distinct()
    )


def _write(session: Session, recall: Recall, step: Step, ids: Sequence[int]) -> None:
    at = step.occasion.recorded_at
    rows = [
        {
            "patient_id": number, "step": step.step.value, "note": step.note, "follow_up_on": step.follow_up_on,
            "done_at": at, "done_by_id": step.occasion.staff_id, "request_key": step.occasion.request_key,
        }
        for number in ids
    ]  # fmt: skip
    session.execute(insert(RecallContact), rows)
    now: dict[str, Any] = {"state": step.step.value, "follow_up_on": step.follow_up_on, "changed_at": at}
    for start in range(0, len(ids), _AT_ONCE):
        session.execute(update(RecallPatient).where(RecallPatient.id.in_(ids[start : start + _AT_ONCE])).values(now))
    left = select(RecallPatient.id).where(
        RecallPatient.recall_id == recall.id, RecallPatient.state != PatientState.RESOLVED
    )
    recall.resolved_at = None if session.scalar(left.limit(1)) else at
    session.flush()  # what follows in this request reads it


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One step as it is told."""

    step: str
    note: str
    follow_up_on: date | None
    done_at: datetime
    staff: str


def contacts(session: Session, recall: Recall, patient: str) -> list[Contact]:
    """What was done for a patient of a recall, oldest first."""
    query = (
        select(
            RecallContact.step,
            RecallContact.note,
            RecallContact.follow_up_on,
            RecallContact.done_at,
            Staff.name.label("staff"),
        )
        .join(RecallPatient, RecallPatient.id == RecallContact.patient_id)
        .join(Staff, Staff.id == RecallContact.done_by_id)
        .where(RecallPatient.recall_id == recall.id, RecallPatient.patient == patient)
        .order_by(RecallContact.id)
    )
    return [Contact(**row._mapping) for row in session.execute(query)]


def standing(session: Session, recall: Recall) -> dict[str, int]:
    """How many patients are at each step."""
    query = (
        select(RecallPatient.state, func.count())
        .where(RecallPatient.recall_id == recall.id)
        .group_by(RecallPatient.state)
    )
    counted = dict(session.execute(query).all())
    return {state.value: counted.get(state.value, 0) for state in PatientState}


def worklist(*, departments: frozenset[int] | None) -> Select[Any]:
    """The patients of open recalls who are not resolved yet, of these departments (None is all)."""
    query = (
        select(RecallPatient.id.label("id"))
        .join(Recall, Recall.id == RecallPatient.recall_id)
        .where(Recall.state == RecallState.OPEN, RecallPatient.state != PatientState.RESOLVED)
    )
    if departments is not None:
        mine = (
            exists()
            .where(Encounter.patient == RecallPatient.patient, Movement.encounter_id == Encounter.id)
            .where(RecallItem.item_id == Movement.item_id, RecallItem.recall_id == Recall.id)
            .where(Movement.department_id.in_(departments), Movement.kind == MovementKind.CONSUME)
        )
        query = query.where(mine)
    return query


def due(session: Session, *, on: date, departments: frozenset[int] | None) -> int:
    """How many patients should be looked at by that day: not yet contacted, or their follow-up is due."""
    late = (RecallPatient.state == PatientState.WAITING) | (RecallPatient.follow_up_on <= on)
    counted = worklist(departments=departments).where(late).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0
