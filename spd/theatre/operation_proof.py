"""This file is the proof of operations: drawn is used, returned, wasted or there; confirmed is what was signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.encounters import Encounter
from spd.ledger import Item, Movement, MovementKind
from spd.ledger.verify import Problem
from spd.places import End
from spd.stock.operation_lines import OperationLine, figures_of, lines_of
from spd.stock.operations import BEGUN, Operation, OperationStanding, OperationUse, Part
from spd.theatre.confirming import valid_signatures

_AT_ONCE = 200


def problems(session: Session) -> Iterator[Problem]:
    """Uses that are no uses of their operation, things that are not where they should be, signatures that lack."""
    yield from _foreign_uses(session)
    numbers = list(session.scalars(select(Operation.id).order_by(Operation.id)))
    for start in range(0, len(numbers), _AT_ONCE):
        part = numbers[start : start + _AT_ONCE]
        lines = lines_of(session, part)
        for operation in session.scalars(select(Operation).where(Operation.id.in_(part)).order_by(Operation.id)):
            yield from _unbalanced(session, operation, lines[operation.id])
            if operation.standing == OperationStanding.CONFIRMED:
                yield from _unsigned(session, operation, lines[operation.id])


_ITS = aliased(Encounter)
_HIS = aliased(Encounter)


def _foreign_uses(session: Session) -> Iterator[Problem]:
    other = func.coalesce(_ITS.merged_into_id, _ITS.id) != func.coalesce(_HIS.merged_into_id, _HIS.id)
    query = (
        select(Operation.code, OperationUse.movement_id)
        .join(OperationUse, OperationUse.operation_id == Operation.id)
        .join(Movement, Movement.id == OperationUse.movement_id)
        .join(_HIS, _HIS.id == Operation.encounter_id)
        .outerjoin(_ITS, _ITS.id == Movement.encounter_id)
        .where(or_(Movement.kind != MovementKind.CONSUME, other, Operation.standing.not_in(BEGUN)))
        .order_by(OperationUse.id)
    )
    for code, movement in session.execute(query):
        says = f"is kept as a use of operation {code} and is none"
        yield Problem(check="operations", table="operation_uses", row=str(movement), says=says)


def _unbalanced(session: Session, operation: Operation, lines: Sequence[OperationLine]) -> Iterator[Problem]:
    there = {line.item_id: line for line in lines if line.open_since is not None}
    back = Movement.from_location_id.in_((End.LOSS, End.FOUND))
    query = select(Item.id, Item.code, Item.quantity, Item.location_id).where(Item.id.in_(there))
    for number, code, quantity, place in session.execute(query):
        line = there[number]
        found = select(Movement.id).where(Movement.item_id == number, back, Movement.sequence > line.open_since)
        if (quantity, place) == (line.left, operation.location_id) or not (quantity or line.left):
            continue
        if session.scalar(found.limit(1)) is None:
            says = f"{line.left} of {code} should be in the room, {quantity} are at location {place}"
            yield Problem(check="operations", table="operations", row=operation.code, says=says)
    for line in lines:
        if line.left < 0:
            says = f"item {line.item_id}: {line.drawn} drawn, {-line.left} more used, returned and wasted"
            yield Problem(check="operations", table="operations", row=operation.code, says=says)


def _unsigned(session: Session, operation: Operation, lines: Sequence[OperationLine]) -> Iterator[Problem]:
    signed = valid_signatures(session, operation, figures_of(lines))
    if len(signed) != len(Part) or len({one.staff_id for one in signed.values()}) != len(Part):
        says = "is confirmed, and two people have not signed for what it is"
        yield Problem(check="operations", table="operations", row=operation.code, says=says)
    for line in lines:
        if line.out:
            says = f"is confirmed with {line.out} of item {line.item_id} still out"
            yield Problem(check="operations", table="operations", row=operation.code, says=says)
