"""This file is which operation a use is of: the one its thing was drawn for, or the one under way in the room; and
whose plan is held against it.

Nobody has to say it: a use on the patient of an operation, in its room, is of that operation by itself. What was drawn
for it is of it whenever it is scanned; the room's own stock only while the operation is under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from spd.core.occasion import Occasion
from spd.encounters import STANDS_FOR, Encounter
from spd.ledger import Item, MovementKind
from spd.procedures import PlannedProcedure, newest
from spd.stock.operation_lines import lines_of
from spd.stock.operations import BEGUN, Operation, OperationStanding, OperationUse, reopen

_LOOKED_AT = 5
"""So many of the room's last operations; older ones are confirmed, or on the worklist of those that are not."""


def attach(session: Session, when: Occasion, movements: Sequence[Mapping[str, Any]]) -> None:
    """Keep of which operation these movements are, those of them that are uses; a confirmed one waits again."""
    for row in movements:
        if row["kind"] != MovementKind.CONSUME:
            continue
        for operation in _candidates(session, row, when.occurred_at):
            drawn = _is_drawn(session, operation, row)
            if not drawn and (row["encounter_id"] is None or not _during(operation, when.occurred_at)):
                continue
            session.add(OperationUse(operation_id=operation.id, movement_id=row["id"], drawn=drawn))
            session.flush()  # the figures of the operation are read next
            reopen(session, when, [operation], "used-later")
            break


_HIS = aliased(Encounter)


def _candidates(session: Session, row: Mapping[str, Any], at: datetime) -> list[Operation]:
    """The operations in the room whose patient it is, or anybody's where it is used on nobody; the last first."""
    query = select(Operation).where(
        Operation.location_id == row["from_location_id"], Operation.standing.in_(BEGUN), Operation.opened_at <= at
    )
    if row["encounter_id"] is not None:
        survivor = select(STANDS_FOR).where(Encounter.id == row["encounter_id"]).scalar_subquery()
        same = select(_HIS.id).where(or_(_HIS.id == survivor, _HIS.merged_into_id == survivor))
        query = query.where(Operation.encounter_id.in_(same))
    else:
        query = query.where(Operation.standing != OperationStanding.CONFIRMED)
    return list(session.scalars(query.order_by(Operation.opened_at.desc()).limit(_LOOKED_AT)))


def _is_drawn(session: Session, operation: Operation, row: Mapping[str, Any]) -> bool:
    """Whether what was used is of what was drawn for the operation."""
    lines = lines_of(session, [operation.id], item_id=row["item_id"])[operation.id]
    return any(row["id"] in line.window for line in lines)


def _during(operation: Operation, at: datetime) -> bool:
    assert operation.opened_at is not None, "only what has begun is asked about"
    return operation.opened_at <= at and (operation.ended_at is None or at <= operation.ended_at)


_PLANNED, _NOW = aliased(Operation), aliased(Operation)
_ITS = aliased(Encounter)


def plan_for(session: Session, item_id: int, encounter_id: int) -> str | None:
    """What the plan asks that is held against a thing where it lies: the newest of the patient that is of no operation
    that is given up, nor of another than the one that is under way there, or ended last."""
    here = select(newest(~_of_another())).select_from(Item).join(Encounter, Encounter.id == encounter_id)
    plan: str | None = session.scalar(here.where(Item.id == item_id))
    return plan


def _of_another() -> ColumnElement[bool]:
    """Whether a plan, read with an item and an encounter, is of an operation that it is not to be held for."""
    here = and_(
        _PLANNED.location_id == Item.location_id,
        _PLANNED.standing.in_((OperationStanding.OPEN, OperationStanding.ENDED)),
    )
    under_way = (
        exists()
        .where(
            _NOW.location_id == Item.location_id, _NOW.id != _PLANNED.id, _ITS.id == _NOW.encounter_id,
            or_(_ITS.id == Encounter.id, _ITS.merged_into_id == Encounter.id),
            or_(_NOW.standing == OperationStanding.OPEN, and_(_NOW.standing == OperationStanding.ENDED, ~here)),
        )
        .correlate(_PLANNED, Item, Encounter)
    )  # fmt: skip
    its = exists().where(
        _PLANNED.code == PlannedProcedure.reference, or_(_PLANNED.standing == OperationStanding.CANCELLED, under_way)
    )
    return its.correlate(PlannedProcedure, Item, Encounter)
