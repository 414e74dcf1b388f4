"""This file is an operation under way: opened by scan, ended, opened again with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay, get_encounter, refuse_closed, refuse_merged
from spd.places import Location
from spd.stock.operations import Operation, OperationStanding, get_operation, is_noted, lock, note, step
from spd.theatre.operation_refusals import NothingPlanned, OperationStands, PlannedElsewhere, RoomBusy
from spd.theatre.planning import OperationAct, get_room

_WAITS = (OperationStanding.PLANNED, OperationStanding.OPEN)


@dataclass(frozen=True, kw_only=True)
class OpeningScanned:
    """What was scanned to open an operation: its own number, or a wristband and a room; all are held together."""

    occasion: Occasion
    operation: str = ""
    encounter: str = ""
    room: str = ""
    departments: frozenset[int] | None = None


def open_operation(session: Session, said: OpeningScanned) -> tuple[Operation, bool]:
    """The operation under way, and whether it was before.

    Raises: UnknownOperation, UnknownEncounter, UnknownLocation, NotARoom, OtherDepartment, NothingPlanned,
    PlannedElsewhere, KeyReused, OperationStands, EncounterMerged, EncounterClosed, RoomBusy.
    """
    when = said.occasion
    operation = _meant(session, said)
    if is_noted(session, when) or operation.standing == OperationStanding.OPEN:
        return operation, True
    if said.encounter:  # the band that was scanned; the operation goes on under the number that stays
        refuse_merged(session, Stay.of(get_encounter(session, said.encounter)), at=when.occurred_at)
    planned = session.get_one(Encounter, operation.encounter_id)
    refuse_closed(Stay.of(session.get_one(Encounter, _survivor(planned))), at=when.occurred_at)
    _refuse_busy(session, operation)
    _begin(session, operation, [OperationStanding.PLANNED], opened_at=when.occurred_at)
    note(session, when, operation, "opened")
    return operation, False


def _begin(session: Session, operation: Operation, before: list[OperationStanding], **values: object) -> None:
    """Raises: OperationStands, Racing."""
    try:
        begun = step(session, operation, before, OperationStanding.OPEN, **values)  # type: ignore[arg-type]
    except IntegrityError as error:  # another began in the room at this moment
        raise ledger.Racing() from error
    if not begun:
        raise OperationStands(operation=operation.code, standing=operation.standing)


def _meant(session: Session, said: OpeningScanned) -> Operation:
    """The operation that the scans mean. Raises: as `open_operation`."""
    room = get_room(session, said.room, said.departments) if said.room else None
    stay = get_encounter(session, said.encounter) if said.encounter else None
    if said.operation:
        found = get_operation(session, said.operation, departments=said.departments)
        if room is not None and found.location_id != room.id:
            raise _elsewhere(session, found)
        if stay is not None and _survivor(stay) != _survivor(session.get_one(Encounter, found.encounter_id)):
            raise _nothing_planned(stay, room, found.code)
        return found
    if stay is None or room is None:
        raise NothingPlanned(room=room.name if room else "–")
    survivor = _survivor(stay)
    his = select(Encounter.id).where(or_(Encounter.id == survivor, Encounter.merged_into_id == survivor))
    query = select(Operation).where(Operation.encounter_id.in_(his), Operation.standing.in_(_WAITS))
    waiting = list(session.scalars(query.order_by(Operation.planned_at, Operation.id)))
    here = [one for one in waiting if one.location_id == room.id]
    if not here and waiting:
        raise _elsewhere(session, waiting[0])
    if not here:
        raise _nothing_planned(stay, room, "")
    return next((one for one in here if one.standing == OperationStanding.OPEN), here[0])


def _nothing_planned(stay: Encounter, room: Location | None, operation: str) -> NothingPlanned:
    """The refusal of somebody else's wristband, for whoever keeps what was caught."""
    error = NothingPlanned(room=room.name if room else operation)
    error.about = {"encounter_id": stay.id}
    if room is not None:
        error.about |= {"location_id": room.id, "department_id": room.department_id}
    return error


def _survivor(stay: Encounter) -> int:
    return stay.merged_into_id or stay.id


def _elsewhere(session: Session, operation: Operation) -> PlannedElsewhere:
    room = session.get_one(Location, operation.location_id)
    return PlannedElsewhere(operation=operation.code, room=room.name)


def _refuse_busy(session: Session, operation: Operation) -> None:
    """Raises: RoomBusy."""
    query = select(Operation.code).where(
        Operation.location_id == operation.location_id, Operation.standing == OperationStanding.OPEN,
        Operation.id != operation.id,
    )  # fmt: skip
    if other := session.scalar(query.limit(1)):
        raise RoomBusy(room=session.get_one(Location, operation.location_id).name, other=other)


def end(session: Session, said: OperationAct) -> tuple[Operation, bool]:
    """The operation over; what was used waits to be confirmed. Raises: UnknownOperation, KeyReused, OperationStands."""
    operation = get_operation(session, said.operation, departments=said.departments)
    if is_noted(session, said.occasion):
        return operation, True
    at = said.occasion.occurred_at
    if not step(session, operation, [OperationStanding.OPEN], OperationStanding.ENDED, ended_at=at):
        raise OperationStands(operation=operation.code, standing=operation.standing)
    note(session, said.occasion, operation, "ended", said.reason)
    return operation, False


def resume(session: Session, said: OperationAct) -> tuple[Operation, bool]:
    """An ended operation under way again; of a confirmed one the confirmation waits again. The reason is kept.

    Raises: UnknownOperation, KeyReused, RoomBusy, OperationStands, Racing.
    """
    operation = lock(session, get_operation(session, said.operation, departments=said.departments))
    if is_noted(session, said.occasion):
        return operation, True
    if operation.standing == OperationStanding.CONFIRMED:
        step(session, operation, [OperationStanding.CONFIRMED], OperationStanding.ENDED, confirmed_at=None)
    else:
        _refuse_busy(session, operation)
        _begin(session, operation, [OperationStanding.ENDED], ended_at=None)
    note(session, said.occasion, operation, "reopened", said.reason)
    return operation, False
