"""This file is what became of everything at an operation: drawn = used + returned + wasted + still out.

Nothing of it is kept: it is the sum of the movements of each thing from its draw until it left the room again, whoever
moved it and by whatever page, with the uses that are of the operation.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import Item, Movement, MovementKind
from spd.places import OUTSIDE, End
from spd.stock import holds
from spd.stock.holds import HoldReason
from spd.stock.operations import Operation, OperationKept, OperationUse

_LOST = (End.LOSS, End.FOUND)
_AT_ONCE = 200
Key = tuple[int, int]
"""An operation and an item."""


@dataclass
class OperationLine:
    """One thing of an operation, in base units. `direct`: used of the room's own stock, never drawn; `asked`: of what
    is out, that waits on a write-off; `elsewhere`: of what was used, that which was not used on this patient."""

    operation_id: int
    item_id: int
    drawn: int = 0
    used: int = 0
    direct: int = 0
    elsewhere: int = 0
    returned: int = 0
    wasted: int = 0
    asked: int = 0
    origin_id: int = 0
    """Where it was last drawn from."""
    open_since: int | None = None
    """The sequence of the draw that has not ended; nothing where all of it left the room or was kept there."""
    window: set[int] = field(default_factory=set)
    """The uses of what was drawn, by movement."""

    @property
    def left(self) -> int:
        """What was drawn and is in the room still."""
        return self.drawn - self.used - self.returned - self.wasted

    @property
    def out(self) -> int:
        """What nobody has accounted for."""
        return self.left - self.asked

    @property
    def figures(self) -> list[int]:
        """What is signed for."""
        return [self.drawn, self.used, self.direct, self.returned, self.wasted + self.asked]


@dataclass(frozen=True, kw_only=True)
class _Draw:
    operation_id: int
    item_id: int
    sequence: int
    quantity: int
    room_id: int
    origin_id: int


def is_draw() -> ColumnElement[bool]:
    """Whether a movement drew its thing to the operation it is read with."""
    return (
        (Movement.document == Operation.code)
        & (Movement.kind == MovementKind.TRANSFER)
        & (Movement.to_location_id == Operation.location_id)
        & (Movement.from_location_id != Operation.location_id)
    )


def lines_of(
    session: Session, operations: Iterable[int], *, item_id: int | None = None
) -> dict[int, list[OperationLine]]:
    """What became of everything at these operations (of one thing), by operation, in the order it came."""
    found: dict[int, list[OperationLine]] = {number: [] for number in operations}
    numbers = sorted(found)
    for start in range(0, len(numbers), _AT_ONCE):
        for line in _lines(session, numbers[start : start + _AT_ONCE], item_id).values():
            found[line.operation_id].append(line)
    return found


def _lines(session: Session, numbers: Sequence[int], item_id: int | None) -> dict[Key, OperationLine]:
    draws = _draws(session, numbers, item_id)
    later = _later(session, numbers, item_id) if draws else {}
    kept = _kept(session, numbers, item_id)
    lines: dict[Key, OperationLine] = {}
    used: dict[Key, dict[int, int]] = defaultdict(dict)
    for draw in draws:
        line = lines.setdefault(
            (draw.operation_id, draw.item_id), OperationLine(operation_id=draw.operation_id, item_id=draw.item_id)
        )
        _follow(line, draw, later.get((draw.operation_id, draw.item_id, draw.sequence), ()), kept, used)
    for key, rows in kept.items():
        if key in lines:
            lines[key].returned += sum(quantity for _, quantity in rows)
    _add_uses(session, numbers, item_id, lines, used)
    _add_asked(session, lines)
    return lines


def _draws(session: Session, numbers: Sequence[int], item_id: int | None) -> list[_Draw]:
    query = (
        select(Operation.id, Movement.item_id, Movement.sequence, Movement.quantity, Operation.location_id,
               Movement.from_location_id)
        .join(Movement, is_draw())
        .where(Operation.id.in_(numbers))
        .order_by(Movement.id)
    )  # fmt: skip
    if item_id is not None:
        query = query.where(Movement.item_id == item_id)
    names = ("operation_id", "item_id", "sequence", "quantity", "room_id", "origin_id")
    return [_Draw(**dict(zip(names, row, strict=True))) for row in session.execute(query)]


_AFTER = aliased(Movement)
_UNDOING = aliased(Movement)


def _later(session: Session, numbers: Sequence[int], item_id: int | None) -> Mapping[tuple[int, int, int], list[Any]]:
    """What happened to each thing after each draw of it, in order; whether it was undone is read with it."""
    undone = select(_UNDOING.id).where(_UNDOING.reverses_id == _AFTER.id).exists()
    query = (
        select(Operation.id, Movement.item_id, Movement.sequence, _AFTER.id.label("movement_id"),
               _AFTER.sequence.label("at"), _AFTER.kind, _AFTER.quantity, _AFTER.from_location_id,
               _AFTER.to_location_id, undone.label("undone"))
        .join(Movement, is_draw())
        .join(_AFTER, (_AFTER.item_id == Movement.item_id) & (_AFTER.sequence > Movement.sequence))
        .where(Operation.id.in_(numbers))
        .order_by(_AFTER.sequence)
    )  # fmt: skip
    if item_id is not None:
        query = query.where(Movement.item_id == item_id)
    found: dict[tuple[int, int, int], list[Any]] = defaultdict(list)
    for row in session.execute(query):
        found[row[0], row[1], row[2]].append(row)
    return found


def _kept(session: Session, numbers: Sequence[int], item_id: int | None) -> dict[Key, list[tuple[int, int]]]:
    query = select(OperationKept).where(OperationKept.operation_id.in_(numbers)).order_by(OperationKept.id)
    if item_id is not None:
        query = query.where(OperationKept.item_id == item_id)
    found: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.operation_id, row.item_id].append((row.sequence, row.quantity))
    return found


def _follow(
    line: OperationLine, draw: _Draw, later: Sequence[Any], kept: Mapping[Key, list[tuple[int, int]]],
    used: dict[Key, dict[int, int]],
) -> None:  # fmt: skip
    """One draw until its thing left the room, or stayed there as the room's own."""
    key = (draw.operation_id, draw.item_id)
    line.drawn += draw.quantity
    line.origin_id = draw.origin_id
    ends = [sequence for sequence, _ in kept.get(key, ()) if sequence >= draw.sequence]
    until = min(ends, default=None)
    open_still = until is None
    for row in later:
        if until is not None and row.at > until:
            break
        if row.kind == MovementKind.CONSUME and not row.undone:
            line.window.add(row.movement_id)
            used[key][row.movement_id] = row.quantity
        elif row.kind in (MovementKind.CONSUME, MovementKind.REVERSE) or row.from_location_id != draw.room_id:
            continue
        elif row.to_location_id in _LOST:
            line.wasted += row.quantity
        elif row.to_location_id != draw.room_id:
            line.returned += row.quantity
            if row.to_location_id not in OUTSIDE:
                open_still = False
                break
    line.open_since = draw.sequence if open_still else None


def _add_uses(
    session: Session, numbers: Sequence[int], item_id: int | None, lines: dict[Key, OperationLine],
    used: dict[Key, dict[int, int]],
) -> None:  # fmt: skip
    """The uses that are of the operations: of what was drawn, and of the rooms' own stock."""
    undone = select(_UNDOING.id).where(_UNDOING.reverses_id == Movement.id).exists()
    query = (
        select(OperationUse.operation_id, Movement.item_id, Movement.id, Movement.quantity, OperationUse.drawn)
        .join(Movement, Movement.id == OperationUse.movement_id)
        .where(OperationUse.operation_id.in_(numbers), ~undone)
        .order_by(Movement.id)
    )
    if item_id is not None:
        query = query.where(Movement.item_id == item_id)
    mine: set[int] = set()
    for number, item, movement, quantity, drawn in session.execute(query):
        key = (number, item)
        line = lines.setdefault(key, OperationLine(operation_id=number, item_id=item))
        if drawn:
            used[key][movement] = quantity
            mine.add(movement)
        else:
            line.direct += quantity
    for key, line in lines.items():
        line.used = sum(used[key].values())
        line.elsewhere = sum(quantity for movement, quantity in used[key].items() if movement not in mine)


def _add_asked(session: Session, lines: Mapping[Key, OperationLine]) -> None:
    """What is out and waits on a write-off, whole."""
    left = {line.item_id: line for line in lines.values() if line.left > 0 and line.open_since is not None}
    for hold in holds.open_holds(session, list(left)) if left else ():
        if hold.reason == HoldReason.WRITE_OFF:
            left[hold.item_id].asked = left[hold.item_id].left


def figures_of(lines: Iterable[OperationLine]) -> str:
    """The figures of an operation as they are signed: by item, in the same order for the same figures."""
    return json.dumps({str(line.item_id): line.figures for line in lines if any(line.figures)}, sort_keys=True)


def digest_of(figures: str) -> bytes:
    """What tells one state of the figures from another."""
    return hashlib.sha256(figures.encode()).digest()


def codes_of(session: Session, lines: Iterable[OperationLine]) -> dict[int, str]:
    """The codes of the things of these lines, by number."""
    numbers = sorted({line.item_id for line in lines})
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 500):
        rows = session.execute(select(Item.id, Item.code).where(Item.id.in_(numbers[start : start + 500])))
        found |= {number: code for number, code in rows}  # noqa: C416
    return found
