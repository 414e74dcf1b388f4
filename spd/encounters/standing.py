"""This file is bringing the rows of stays to what their events come to, and noting which events make no sense of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from scanners import own
from spd.core import pasts
from spd.core.occasion import Occasion
from spd.encounters.events import OF_PATIENTS, EncounterEvent, EncounterEventTrouble, EventKind, Told
from spd.encounters.fold import Folded, Key, Outcome, fold, key_of, merged_patients
from spd.encounters.fold import patient_now as fold_patient_now
from spd.encounters.models import Encounter
from spd.encounters.pasts import EncounterPast
from spd.places import Department


def folded(session: Session, codes: Collection[str], patients: Collection[str] = ()) -> tuple[dict[Key, int], Outcome]:
    """What the events of these stays and patients come to, and of those they hang together with by merges and
    wristbands; with the numbers of the events."""
    events: dict[Key, tuple[int, Told]] = {}
    asked: set[str] = set()
    bands: set[str] = set()
    people: set[str] = set()
    wanted, heard = set(codes), set(patients)
    while wanted or heard - people:
        asked |= wanted
        rows = _events_of(session, wanted, bands)
        events |= {key_of(told): (number, told) for number, told in rows}
        of_stays = [told for _, told in events.values() if told.kind not in OF_PATIENTS]
        bands = {told.wristband for told in of_stays if told.wristband}
        heard |= {told.patient for told in of_stays if told.patient}
        merges, connected = _merges_of(session, heard - people)
        events |= {key_of(told): (number, told) for number, told in merges}
        people |= heard | connected
        wanted = {one for told in of_stays for one in (told.encounter, told.survivor) if one}
        wanted = (wanted | _stays_of(session, connected)) - asked
    departments = session.scalars(select(Department.code)).all()
    outcome = fold([told for _, told in events.values()], departments=frozenset(departments))
    return {key: number for key, (number, _) in events.items()}, outcome


_OF_PATIENTS = EncounterEvent.kind.in_(sorted(kind.value for kind in OF_PATIENTS))


def _merges_of(session: Session, patients: Collection[str]) -> tuple[list[tuple[int, Told]], set[str]]:
    """Every merge these patients hang together by, and the numbers of all whom they make one."""
    found: dict[int, Told] = {}
    seen: set[str] = set()
    connected: set[str] = set()
    ask = set(patients)
    while ask:
        seen |= ask
        for column in (EncounterEvent.patient, EncounterEvent.survivor):
            for part in parts(ask):
                found |= dict(_told(session, _OF_PATIENTS & column.in_(part)))
        connected = {one for told in found.values() for one in (told.patient, told.survivor) if one}
        ask = connected - seen
    return list(found.items()), connected


def _stays_of(session: Session, patients: Collection[str]) -> set[str]:
    """The numbers of the stays that were told to be of these patients."""
    found: set[str] = set()
    for part in parts(patients):
        query = select(EncounterEvent.encounter).where(EncounterEvent.patient.in_(part), EncounterEvent.encounter != "")
        found.update(session.scalars(query))
    return found


def patient_now(session: Session, number: str) -> str:
    """The number of the person who has this one, after all merges of patients that were told."""
    merges, _ = _merges_of(session, [number])
    return fold_patient_now(number, merged_patients([told for _, told in merges], {}))


def _events_of(session: Session, codes: Collection[str], bands: Collection[str]) -> list[tuple[int, Told]]:
    found: dict[int, Told] = {}
    for column, wanted in (
        (EncounterEvent.encounter, codes), (EncounterEvent.survivor, codes), (EncounterEvent.wristband, bands),
    ):  # fmt: skip
        for part in parts(wanted):
            found |= dict(_told(session, ~_OF_PATIENTS & column.in_(part)))
    return list(found.items())


def _told(session: Session, which: ColumnElement[bool]) -> list[tuple[int, Told]]:
    """The events of which this is so, as they were told, with their numbers."""
    names = [field.name for field in fields(Told)]
    columns = [EncounterEvent.__table__.columns[name] for name in names]
    found: list[tuple[int, Told]] = []
    for number, *values in session.execute(select(EncounterEvent.id, *columns).where(which)):
        said = dict(zip(names, values, strict=True))
        found.append((number, Told(**said | {"kind": EventKind(said["kind"])})))
    return found


def write(session: Session, stays: Mapping[str, Folded], *, at: datetime) -> None:
    """The rows of these stays as they stand since `at`; new ones made. How they stood before is kept."""
    departments = {code: number for code, number in session.execute(select(Department.code, Department.id))}  # noqa: C416
    rows: dict[str, Encounter] = {}
    for part in parts(stays):
        rows |= {row.code: row for row in session.scalars(select(Encounter).where(Encounter.code.in_(part)))}
    stood = {code: pasts.values(EncounterPast, row) for code, row in rows.items()}
    holders = {stay.wristband: code for code, stay in stays.items() if stay.wristband}
    freed = [
        row for code, row in rows.items()
        if stays[code].wristband not in ("", row.wristband) or holders.get(row.wristband or "", code) != code
    ]  # fmt: skip
    for row in freed:
        row.wristband = None
    session.flush()  # a wristband goes from one stay to another: first it is nobody's
    for code in stays.keys() - rows.keys():
        rows[code] = Encounter(code=code)
    for code, row in rows.items():
        for name, value in values_of(code, stays[code], departments, row.wristband).items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    session.add_all(rows.values())
    session.flush()  # their numbers go into the merges
    for code, row in rows.items():
        survivor = stays[code].survivor
        number = rows[survivor].id if survivor else None
        if row.merged_into_id != number:
            row.merged_into_id = number
    session.flush()  # the next scan reads them
    pasts.keep(session, EncounterPast, ((row, stood.get(code)) for code, row in rows.items()), at=at)


def values_of(code: str, stay: Folded, departments: dict[str, int], wristband: str | None) -> dict[str, Any]:
    """The columns of a stay's row; a stay that was given no wristband has one of ours."""
    return {
        "patient": stay.patient, "patient_name": stay.patient_name or "*", "bed": stay.bed,
        "wristband": stay.wristband or wristband or own.derive("wristband", f"encounter:{code}".encode()),
        "encounter_class": stay.encounter_class or "inpatient", "department_id": departments[stay.department],
        "admitted_at": stay.admitted_at, "discharged_at": stay.discharged_at, "cancelled": stay.cancelled,
        "lay_before": json.dumps([[departments[code], until.isoformat()] for code, until in stay.before]),
        "moved_at": stay.moved_at, "moved_from_id": departments.get(stay.moved_from), "merged_at": stay.merged_at,
    }  # fmt: skip


def note(session: Session, occasion: Occasion, numbers: dict[Key, int], outcome: Outcome) -> None:
    """Why events are not applied, beside what was noted of them before."""
    known: dict[int, EncounterEventTrouble] = {}
    for part in parts(set(numbers.values())):
        query = select(EncounterEventTrouble).where(EncounterEventTrouble.event_id.in_(part))
        known |= {one.event_id: one for one in session.scalars(query)}
    for key, number in numbers.items():
        reason, there = outcome.troubles.get(key, ""), known.get(number)
        if there is None and reason:
            session.add(EncounterEventTrouble(event_id=number, reason=reason, since_at=occasion.recorded_at))
        elif there is not None and reason and (there.reason != reason or there.ended_at is not None):
            there.reason, there.since_at, there.ended_at = reason, occasion.recorded_at, None
        elif there is not None and not reason and there.ended_at is None:
            there.ended_at = occasion.recorded_at
    session.flush()  # the verdicts read it


def parts(wanted: Iterable[Any]) -> Iterable[list[Any]]:
    """In pieces that both databases take."""
    ordered = sorted(wanted)
    for start in range(0, len(ordered), 500):
        yield ordered[start : start + 500]
