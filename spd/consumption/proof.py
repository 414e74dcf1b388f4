"""This file is proof that no use in an emergency is forgotten: each waits, is undone, or is on a stay at its price."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from spd.consumption.assigning import REASON
from spd.consumption.models import EmergencyAssignment, EmergencyUse
from spd.ledger import EntryRow, Movement, MovementKind, Posting
from spd.ledger.verify import Problem

_FIRST = aliased(Movement)
_BACK = aliased(Movement)
_ANEW = aliased(Movement)


def problems(session: Session) -> list[Problem]:
    """Assignments that are not their use anew, and uses taken off the list with nothing in their place."""
    wrong, lost = _looked_for()
    return [
        *_told(session, wrong, "emergency_assignments", "is not its use booked anew on the stay"),
        *_told(session, lost, "emergency_uses", "was taken off the list with nothing in its place"),
    ]


@cache
def _looked_for() -> tuple[Select[Any], Select[Any]]:
    """Assignments that are not their use anew; uses taken off with nothing in their place."""

    def cost(movement: type[Movement]) -> object:
        query = select(func.coalesce(func.sum(Posting.amount), 0)).join(EntryRow, EntryRow.id == Posting.entry_id)
        return query.where(EntryRow.movement_id == movement.id, Posting.department_id.is_not(None)).scalar_subquery()

    same = (
        (_ANEW.item_id == _FIRST.item_id) & (_ANEW.quantity == _FIRST.quantity) & (_ANEW.day_on == _FIRST.day_on)
        & (_ANEW.occurred_at == _FIRST.occurred_at) & (_ANEW.from_owner_id == _FIRST.from_owner_id)
        & (_ANEW.encounter_id == EmergencyAssignment.encounter_id) & (_ANEW.kind == MovementKind.CONSUME.value)
        & (_ANEW.department_id == _FIRST.department_id) & (cost(_ANEW) == cost(_FIRST))
    )  # fmt: skip
    wrong = (
        select(EmergencyAssignment.id)
        .join(EmergencyUse, EmergencyUse.id == EmergencyAssignment.use_id)
        .join(_FIRST, _FIRST.id == EmergencyUse.movement_id)
        .join(_ANEW, _ANEW.id == EmergencyAssignment.movement_id)
        .outerjoin(_BACK, _BACK.reverses_id == _FIRST.id)
        .where(~same | _BACK.id.is_(None))
    )
    lost = (
        select(EmergencyUse.id)
        .join(_BACK, _BACK.reverses_id == EmergencyUse.movement_id)
        .outerjoin(EmergencyAssignment, EmergencyAssignment.use_id == EmergencyUse.id)
        .where(_BACK.reason == REASON, EmergencyAssignment.id.is_(None))
    )
    return wrong, lost


def _told(session: Session, query: Select[Any], table: str, says: str) -> list[Problem]:
    rows = session.scalars(query)
    return [Problem(check="emergency uses", table=table, row=str(number), says=says) for number in rows]
