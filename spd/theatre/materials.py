"""This file is what may be drawn to an operation and what goes back from it: judged here, moved like all else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanners import Scan
from spd.core.occasion import Occasion
from spd.ledger import item_states
from spd.places import Location, get_location
from spd.stock import kits
from spd.stock.operation_lines import OperationLine, lines_of
from spd.stock.operations import Operation, OperationKept, OperationStanding, get_operation, is_noted, lock, note
from spd.theatre.operation_refusals import InRoomAlready, NotDrawn, OperationStands, SeveralOrigins

_TAKES = (OperationStanding.PLANNED, OperationStanding.OPEN, OperationStanding.ENDED)


@dataclass(frozen=True, kw_only=True)
class ToDraw:
    """Things scanned out to an operation; a kit by its label."""

    occasion: Occasion
    operation: str
    items: Sequence[str | Scan]
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class ToReturn:
    """Things that were not used. `to`: where they go; where it is not said, back where they were drawn from."""

    occasion: Occasion
    operation: str
    items: Sequence[str | Scan]
    to: str = ""
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Going:
    """What goes back, by number, and where to: the room itself where it stays there as the room's stock."""

    operation: Operation
    room: Location
    to: Location
    lines: tuple[OperationLine, ...]
    codes: tuple[str, ...]

    @property
    def stays(self) -> bool:
        """Whether nothing has to be carried."""
        return self.to.id == self.room.id


def get_working(session: Session, code: str, departments: frozenset[int] | None) -> Operation:
    """The operation that things are still booked to, kept as it is meanwhile. Raises: UnknownOperation,
    OperationStands."""
    operation = lock(session, get_operation(session, code, departments=departments))
    if operation.standing not in _TAKES:
        raise OperationStands(operation=operation.code, standing=operation.standing)
    return operation


def to_draw(session: Session, asked: ToDraw) -> tuple[Operation, Location]:
    """The operation and its room, where these things may be drawn to.

    Raises: UnknownOperation, OperationStands, NotAnItem, SeveralLots, UnknownItem, KitEnded, InKit, InRoomAlready.
    """
    operation = get_working(session, asked.operation, asked.departments)
    gathered = kits.gather(session, asked.items, asked.departments)
    for one in gathered.goods:
        if one.item.location_id == operation.location_id:
            raise InRoomAlready(item=one.item.code)
    return operation, session.get_one(Location, operation.location_id)


def to_return(session: Session, asked: ToReturn) -> Going:
    """What goes back and where to.

    Raises: UnknownOperation, OperationStands, NotAnItem, SeveralLots, UnknownItem, KitEnded, InKit, NotDrawn,
    UnknownLocation, SeveralOrigins.
    """
    operation = get_working(session, asked.operation, asked.departments)
    room = session.get_one(Location, operation.location_id)
    gathered = kits.gather(session, asked.items, asked.departments)
    lines = [_line_of(session, operation, one.item.id, one.item.code) for one in gathered.goods]
    if asked.to:
        to = get_location(session, asked.to)
    else:
        origins = {line.origin_id for line in lines}
        if len(origins) != 1:
            raise SeveralOrigins()
        to = session.get_one(Location, origins.pop())
    for one, line in zip(gathered.goods, lines, strict=True):
        # Back in the room by a use undone after the rest had left: it stays there, and is carried from there.
        if one.item.location_id != room.id or (line.open_since is None and to.id != room.id):
            raise NotDrawn(item=one.item.code, operation=operation.code)
    codes = tuple(one.item.code for one in gathered.goods)
    return Going(operation=operation, room=room, to=to, lines=tuple(lines), codes=codes)


def _line_of(session: Session, operation: Operation, item_id: int, code: str) -> OperationLine:
    """The line of a thing that is out. Raises: NotDrawn."""
    for line in lines_of(session, [operation.id], item_id=item_id)[operation.id]:
        if line.left > 0:
            return line
    raise NotDrawn(item=code, operation=operation.code)


def refuse_not_drawn(session: Session, operation: Operation, item_id: int, code: str) -> None:
    """Refuse what is not among what is out. Raises: NotDrawn."""
    _line_of(session, operation, item_id, code)


def keep(session: Session, when: Occasion, going: Going) -> None:
    """What was not used is the room's stock from now on, and no longer out. Raises: KeyReused."""
    items = item_states(session, [line.item_id for line in going.lines])
    for line in going.lines:
        session.add(
            OperationKept(
                request_key=when.request_key, operation_id=going.operation.id, item_id=line.item_id,
                sequence=items[line.item_id].version, quantity=line.left, kept_at=when.recorded_at,
                kept_by_id=when.staff_id,
            )
        )  # fmt: skip
    note(session, when, going.operation, "kept", ", ".join(going.codes))


def was_kept(session: Session, when: Occasion) -> bool:
    """Whether this very request has kept something before. Raises: KeyReused."""
    return is_noted(session, when)
