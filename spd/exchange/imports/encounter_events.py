"""This file is the import of events of stays: a row is a message, kept once; which of them make sense is told after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from spd import encounters
from spd.core.errors import Refusal, Refused
from spd.core.occasion import Occasion
from spd.encounters import EventKind, Told
from spd.encounters.events import HL7
from spd.encounters.record import known_events
from spd.exchange.imports.kind import Importing, More
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue
from spd.exchange.tables import Row

NEEDED = ("message", "event", "occurred_at")
_TEXTS = {
    "encounter": 80,
    "source": 24, "department": 80, "bed": 24, "wristband": 80, "patient": 80, "patient_name": 80,
    "encounter_class": 24, "survivor": 80, "cancels": 80,
}  # fmt: skip
COLUMNS = (*NEEDED, *_TEXTS)
_CHINESE = {
    "入院": EventKind.ADMIT, "转科": EventKind.TRANSFER, "转床": EventKind.TRANSFER, "出院": EventKind.DISCHARGE,
    "取消入院": EventKind.CANCEL_ADMIT, "取消转科": EventKind.CANCEL_TRANSFER,
    "取消出院": EventKind.CANCEL_DISCHARGE, "合并": EventKind.MERGE, "取消合并": EventKind.CANCEL_MERGE,
    "合并患者": EventKind.MERGE_PATIENT, "取消合并患者": EventKind.CANCEL_MERGE_PATIENT,
}  # fmt: skip
_BY_NUMBER = {EventKind.MERGE: EventKind.MERGE_PATIENT, EventKind.CANCEL_MERGE: EventKind.CANCEL_MERGE_PATIENT}
"""A merge that names a patient and no stay is one of patients (HL7's A40)."""
_WORDS = {name: kind.value for name, kind in (*_CHINESE.items(), *HL7.items())}
_LED = ("department", "bed", "admitted_at", "discharged_at", "wristband", "patient", "patient_name", "encounter_class")


class LedByEvents(Refused):
    """Where the patient is follows from events, not from a list."""

    code = "led-by-events"
    say = {
        "zh": "第 {row} 行: 就诊 {encounter} 由就诊消息维护, 不能在此修改 {column}。改发转科、出院等消息。",
        "en": "Row {row}: stay {encounter} follows its events; {column} is not changed here. Send an event instead.",
    }


def refuse_led(importing: Importing, row: Row, record: Any) -> More | None:
    """Refuse a row that says of a stay what its events say. Raises: LedByEvents."""
    said = next((name for name in _LED if row.get(name)), "")
    if record is not None and said and encounters.led_by_events(importing.session, [record.code]):
        raise LedByEvents(row=row.number, encounter=record.code, column=said)
    return None


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which messages are new; those that came before and say the same are left. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(NEEDED)
    told: dict[int, Told] = {}
    refused: dict[int, Refusal] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            told[row.number] = _event(importing, row)
        except Refusal as refusal:
            refused[row.number] = refusal
    events = list(told.values())
    known = known_events(importing.session, [(one.source, one.message) for one in events])
    judged = encounters.judged(events, known, at=occasion.recorded_at)
    refused |= {number: wrong for number, wrong in zip(told, judged, strict=True) if wrong is not None}
    seen = set(known)
    rows = []
    for row in table.rows:
        rows.append(_planned(row, told.get(row.number), refused.get(row.number), seen))
    return Plan(
        kind="encounter-events",
        rows=tuple(rows),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, occasion, events),
    )


def _write(importing: Importing, occasion: Occasion, events: list[Told]) -> None:
    encounters.record(importing.session, occasion, events)


def _event(importing: Importing, row: Row) -> Told:
    """Raises: MissingValue, BadValue."""
    for name in NEEDED:
        if not row.get(name):
            raise MissingValue(row=row.number, column=name)
    kinds = [kind.value for kind in EventKind]
    at: datetime = importing.cell(row, "occurred_at").instant(importing.zone)
    texts = {name: importing.cell(row, name).text(limit) if row.get(name) else "" for name, limit in _TEXTS.items()}
    kind = EventKind(importing.cell(row, "event").one_of(kinds, also=_WORDS))
    if kind in _BY_NUMBER and not texts["encounter"] and texts["patient"]:
        kind = _BY_NUMBER[kind]
    texts["patient_name"] = encounters.masked_name(texts["patient_name"]) if texts["patient_name"] else ""
    return Told(
        message=importing.cell(row, "message").text(80),
        kind=kind,
        occurred_at=at,
        **texts,  # type: ignore[arg-type]
    )


def _planned(row: Row, event: Told | None, refusal: Refusal | None, seen: set[tuple[str, str]]) -> RowPlan:
    key = row.get("message")
    if refusal is not None or event is None:
        problems = (Problem.of(row.number, refusal),) if refusal is not None else ()
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=problems)
    if (event.source, event.message) in seen:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=key)
    seen.add((event.source, event.message))
    shown = [name for name in COLUMNS if row.get(name) and name != "patient_name"]
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in shown)
    return RowPlan(row=row.number, outcome=Outcome.CREATED, key=key, fields=fields)
