"""This file is an operation on the plan: made, changed while it may be, given up while nothing was booked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd import ledger, procedures
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.encounters import Encounter, get_encounter
from spd.places import Location, LocationKind, get_location
from spd.staff import get_staff
from spd.stock import OtherDepartment
from spd.stock.operation_lines import codes_of, lines_of
from spd.stock.operations import (
    Operation,
    OperationStanding,
    Procedure,
    find_operation,
    get_operation,
    is_noted,
    note,
    step,
)
from spd.stock.operations import lock as locked
from spd.theatre.operation_refusals import NotARoom, OperationStands, OtherOperation, SomethingBooked

_SAYS: Mapping[str, tuple[str, str]] = {"left": ("左", "left"), "right": ("右", "right")}
_NAMES = (("侧别", 0), ("侧", 0), ("side", 1), ("laterality", 1))
"""What catalogues call the side of a product, and in which language they say it."""


@dataclass(frozen=True, kw_only=True)
class OperationPlanned:
    """An operation as it is planned. `code`: its number in HIS, where it has one; `wanted`: what the plan asks of the
    products' attributes besides the side."""

    occasion: Occasion
    encounter: str
    room: str
    planned_at: datetime
    surgeon: str
    nurse: str
    procedures: Sequence[Procedure]
    code: str = ""
    wanted: Mapping[str, str] = field(default_factory=dict)
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class OperationChanged:
    """What is to be otherwise; what is not said stays. After the beginning only the people change."""

    occasion: Occasion
    operation: str
    room: str | None = None
    planned_at: datetime | None = None
    surgeon: str | None = None
    nurse: str | None = None
    procedures: Sequence[Procedure] | None = None
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class OperationAct:
    """An operation to be ended, given up, or opened again, and why."""

    occasion: Occasion
    operation: str
    reason: str = ""
    departments: frozenset[int] | None = None


def plan(session: Session, said: OperationPlanned) -> tuple[Operation, bool]:
    """The operation on the plan, and whether it was before. What its side asks of products holds from now on.

    Raises: KeyReused, UnknownEncounter, UnknownLocation, NotARoom, OtherDepartment, UnknownStaff, SamePerson,
    OtherOperation, Racing.
    """
    when = said.occasion
    code = said.code or own.derive("document", f"operation:{when.request_key}".encode())
    known = find_operation(session, code)
    if is_noted(session, when):
        assert known is not None, "what was noted is on record"
        return known, True
    stay, wanted = get_encounter(session, said.encounter), _values(session, said)
    if known is not None:
        same = known.encounter_id == stay.id and all(getattr(known, name) == value for name, value in wanted.items())
        if not same:
            raise OtherOperation(operation=code)
        return known, True
    operation = Operation(code=code, encounter_id=stay.id, standing=OperationStanding.PLANNED, **wanted)
    session.add(operation)
    try:
        session.flush()  # what happens to it names it by number; planned twice at once, one is refused here
    except IntegrityError as error:
        raise ledger.Racing() from error
    note(session, when, operation, "planned")
    _tell(session, when, operation, said.procedures, said.wanted)
    return operation, False


def _values(session: Session, said: OperationPlanned) -> dict[str, Any]:
    """Raises: UnknownLocation, NotARoom, OtherDepartment, UnknownStaff, SamePerson."""
    surgeon, nurse = get_staff(session, said.surgeon), get_staff(session, said.nurse)
    refuse_same_person(surgeon.id, nurse.id)
    return {
        "location_id": get_room(session, said.room, said.departments).id, "planned_at": said.planned_at,
        "surgeon_id": surgeon.id, "nurse_id": nurse.id, "procedures": written(said.procedures),
    }  # fmt: skip


def written(said: Sequence[Procedure]) -> str:
    """The procedures as they are kept."""
    return json.dumps([asdict(one) for one in said], ensure_ascii=False)


def procedures_of(operation: Operation) -> list[Procedure]:
    """What is planned."""
    return [Procedure(**one) for one in read_procedures(operation.procedures)]


def read_procedures(text: str) -> list[dict[str, str]]:
    """What is planned, as it is kept."""
    found: list[dict[str, str]] = json.loads(text)
    return found


def room_of(session: Session, operation: Operation) -> Location:
    """Where the operation is."""
    return session.get_one(Location, operation.location_id)


def get_room(session: Session, code: str, departments: frozenset[int] | None) -> Location:
    """The room of one's own departments. Raises: UnknownLocation, NotARoom, OtherDepartment."""
    room = get_location(session, code)
    if room.kind != LocationKind.THEATRE:
        raise NotARoom(location=room.name)
    if departments is not None and room.department_id not in departments:
        raise OtherDepartment(item=room.code, location=room.name)
    return room


def _tell(
    session: Session, when: Occasion, operation: Operation, listed: Sequence[Procedure], besides: Mapping[str, str]
) -> None:  # fmt: skip
    """The side of all procedures that have one, where it is the same, with what else is asked: held against what is
    used from now on, in place of what this operation asked before."""
    sides = {one.side for one in listed if one.side}
    words = _SAYS.get(sides.pop()) if len(sides) == 1 else None
    asked = ({name: words[language] for name, language in _NAMES} if words else {}) | dict(besides)
    if asked != procedures.wanted_by(session, operation.encounter_id, operation.code):
        stay = session.get_one(Encounter, operation.encounter_id)
        procedures.plan(session, when, stay, operation.code, asked)


def _tell_again(session: Session, when: Occasion, operation: Operation, listed: Sequence[Procedure]) -> None:
    """The side of the procedures as they are planned now; what else was asked stays."""
    before = procedures.wanted_by(session, operation.encounter_id, operation.code)
    sides = {name for name, _ in _NAMES}
    _tell(session, when, operation, listed, {name: said for name, said in before.items() if name not in sides})


def change(session: Session, said: OperationChanged) -> tuple[Operation, bool]:
    """The operation as it is to be, and whether that was said before.

    Raises: UnknownOperation, KeyReused, OperationStands, UnknownLocation, NotARoom, OtherDepartment, UnknownStaff,
    SamePerson.
    """
    operation = locked(session, get_operation(session, said.operation, departments=said.departments))
    if is_noted(session, said.occasion):
        return operation, True
    plans = said.room is not None or said.planned_at is not None or said.procedures is not None
    allowed = [OperationStanding.PLANNED] + ([] if plans else [OperationStanding.OPEN, OperationStanding.ENDED])
    if operation.standing not in allowed:
        raise OperationStands(operation=operation.code, standing=operation.standing)
    if said.room is not None:
        operation.location_id = _other_room(session, operation, said).id
    if said.planned_at is not None:
        operation.planned_at = said.planned_at
    if said.procedures is not None:
        operation.procedures = written(said.procedures)
        _tell_again(session, said.occasion, operation, said.procedures)
    if said.surgeon is not None:
        operation.surgeon_id = get_staff(session, said.surgeon).id
    if said.nurse is not None:
        operation.nurse_id = get_staff(session, said.nurse).id
    refuse_same_person(operation.surgeon_id, operation.nurse_id)
    note(session, said.occasion, operation, "changed")
    return operation, False


def _other_room(session: Session, operation: Operation, said: OperationChanged) -> Location:
    """Another room: what was drawn into the first one is there. Raises: as `get_room`, SomethingBooked."""
    assert said.room is not None, "asked only where another is said"
    room = get_room(session, said.room, said.departments)
    if room.id != operation.location_id:
        refuse_booked(session, operation)
    return room


def cancel(session: Session, said: OperationAct) -> tuple[Operation, bool]:
    """The operation given up. Raises: UnknownOperation, KeyReused, OperationStands, SomethingBooked."""
    operation = locked(session, get_operation(session, said.operation, departments=said.departments))
    if is_noted(session, said.occasion):
        return operation, True
    refuse_booked(session, operation)
    if not step(
        session, operation, [OperationStanding.PLANNED, OperationStanding.OPEN], OperationStanding.CANCELLED
    ):  # fmt: skip
        raise OperationStands(operation=operation.code, standing=operation.standing)
    note(session, said.occasion, operation, "cancelled", said.reason)
    return operation, False


def refuse_booked(session: Session, operation: Operation) -> None:
    """Refuse where something was drawn that is not all back, or used. Raises: SomethingBooked."""
    lines = lines_of(session, [operation.id])[operation.id]
    booked = [line for line in lines if line.left or line.used or line.direct or line.wasted]
    if booked:
        codes = codes_of(session, booked)
        left = "; ".join(f"{codes[line.item_id]} × {line.left + line.used + line.direct}" for line in booked[:20])
        raise SomethingBooked(operation=operation.code, left=left)
