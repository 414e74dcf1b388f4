"""This file is the import of the list of operations: a row is a procedure; rows of one number are one operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from sqlalchemy import select

from spd import theatre
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.encounters import Encounter
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue
from spd.exchange.tables import Row
from spd.places import Location, LocationKind
from spd.staff import Staff
from spd.theatre import Operation, OperationChanged, OperationPlanned, OperationStanding, OperationStands, Procedure

NEEDED = ("operation", "encounter", "room", "planned_at", "surgeon", "circulating_nurse", "procedure")
COLUMNS = (*NEEDED, "procedure_code", "side")
_SIDES = {"左": "left", "左侧": "left", "右": "right", "右侧": "right", "双侧": "both", "双": "both", "": ""}
_CHANGED = ("room", "planned_at", "surgeon", "circulating_nurse", "procedure")


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """One operation of the file, with the numbers of its rows."""

    planned: OperationPlanned
    rows: tuple[int, ...]


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which operations are new and which of those still planned are otherwise. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(NEEDED)
    listed: dict[str, _Listed] = {}
    refused: dict[int, Refusal] = {}
    for row in table.rows:
        try:
            one = _planned(importing, occasion, row)
        except Refusal as error:
            refused[row.number] = error
            continue
        before = listed.get(one.code)
        together = [*(before.planned.procedures if before else ()), *one.procedures]
        rows_of = (*(before.rows if before else ()), row.number)
        listed[one.code] = _Listed(planned=replace(one, procedures=together), rows=rows_of)
    rows: list[RowPlan] = []
    kept: list[tuple[OperationPlanned, Outcome]] = []
    for each in listed.values():
        outcome, refusal = _outcome(importing, each.planned)
        kept.append((each.planned, outcome))
        rows += [_told(importing, number, each.planned.code, outcome, refusal) for number in each.rows]
    rows += [_told(importing, number, "", Outcome.REFUSED, wrong) for number, wrong in refused.items()]
    return Plan(
        kind="operations",
        rows=tuple(sorted(rows, key=lambda row: row.row)),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, kept),
    )


def _planned(importing: Importing, occasion: Occasion, row: Row) -> OperationPlanned:
    """Raises: MissingValue, UnknownReference, BadValue, SamePerson."""
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in NEEDED:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    importing.number_of(Encounter, cells["encounter"])
    importing.number_of(Location, cells["room"], kind=LocationKind.THEATRE)
    surgeon, nurse = (importing.number_of(Staff, cells[name]) for name in ("surgeon", "circulating_nurse"))
    refuse_same_person(surgeon, nurse)
    code = cells["operation"].text(80)
    side = cells["side"].one_of(["", "left", "right", "both"], also=_SIDES)
    procedure = Procedure(code=cells["procedure_code"].text(40), name=cells["procedure"].text(200), side=side)
    return OperationPlanned(
        occasion=replace(occasion, request_key=key_of(occasion.request_key, code)), code=code,
        encounter=cells["encounter"].value, room=cells["room"].value,
        planned_at=cells["planned_at"].instant(importing.zone), surgeon=cells["surgeon"].value,
        nurse=cells["circulating_nurse"].value, procedures=[procedure],
    )  # fmt: skip


def key_of(file: UUID, code: str) -> UUID:
    """The key of what a file says of one operation: the same for the same file."""
    return uuid5(file, code)


def _outcome(importing: Importing, one: OperationPlanned) -> tuple[Outcome, Refusal | None]:
    known = theatre.find_operation(importing.session, one.code)
    if known is None:
        return Outcome.CREATED, None
    if known.encounter_id != importing.find_number(Encounter, one.encounter):
        return Outcome.REFUSED, theatre.OtherOperation(operation=one.code)
    if not _differs(importing, known, one):
        return Outcome.UNCHANGED, None
    if known.standing != OperationStanding.PLANNED:
        return Outcome.REFUSED, OperationStands(operation=one.code, standing=known.standing)
    return Outcome.CHANGED, None


def _differs(importing: Importing, known: Operation, one: OperationPlanned) -> bool:
    session = importing.session
    room = session.scalar(select(Location.code).where(Location.id == known.location_id))
    people = [session.get_one(Staff, number).code for number in (known.surgeon_id, known.nurse_id)]
    said = (one.room, one.planned_at, [one.surgeon, one.nurse], list(one.procedures))
    return said != (room, known.planned_at, people, theatre.procedures_of(known))


def _told(importing: Importing, number: int, code: str, outcome: Outcome, refusal: Refusal | None) -> RowPlan:
    row = next(row for row in importing.table.rows if row.number == number)
    key = code or row.get("operation")
    if refusal is not None:
        return RowPlan(row=number, outcome=outcome, key=key, problems=(Problem.of(number, refusal),))
    shown = COLUMNS if outcome is Outcome.CREATED else _CHANGED if outcome is Outcome.CHANGED else ()
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in shown if row.get(name))
    return RowPlan(row=number, outcome=outcome, key=key, fields=fields)


def _write(importing: Importing, kept: Sequence[tuple[OperationPlanned, Outcome]]) -> None:
    for one, outcome in kept:
        if outcome is Outcome.CREATED:
            theatre.plan(importing.session, one)
        elif outcome is Outcome.CHANGED:
            changed = OperationChanged(
                occasion=one.occasion, operation=one.code, room=one.room, planned_at=one.planned_at,
                surgeon=one.surgeon, nurse=one.nurse, procedures=one.procedures,
            )  # fmt: skip
            theatre.change(importing.session, changed)
