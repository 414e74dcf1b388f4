"""This file is proof that no use in an emergency is forgotten: each waits, is undone, or is on a stay at its price."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from spd.consumption.models import EmergencyAssignment, EmergencyUse
from spd.ledger import EntryRow, Movement, MovementKind, Posting
from spd.ledger.verify import Problem
from spd.stock.scanned_uses import ASSIGNED

_FIRST = aliased(Movement)
_BACK = aliased(Movement)
_ANEW = aliased(Movement)
_ALIKE = ("item_id", "quantity", "day_on", "occurred_at", "from_owner_id", "department_id")
"""What a use keeps when it is booked anew on the stay."""


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

    def cost(movement: ColumnElement[int]) -> ScalarSelect[Any]:
        query = select(func.coalesce(func.sum(Posting.amount), 0)).join(EntryRow, EntryRow.id == Posting.entry_id)
        return query.where(EntryRow.movement_id == movement, Posting.department_id.is_not(None)).scalar_subquery()

    # Both movements are found by their numbers before anything is compared: a planner that believes in few movements,
    # as in the hour after a large delivery, would else compare each with each.
    pairs = (
        select(
            EmergencyAssignment.id, EmergencyAssignment.encounter_id, _FIRST.id.label("first"), _ANEW.id.label("anew"),
            _ANEW.kind, _ANEW.encounter_id.label("stay"), *_both(),
        )
        .join(EmergencyUse, EmergencyUse.id == EmergencyAssignment.use_id)
        .join(_FIRST, _FIRST.id == EmergencyUse.movement_id)
        .join(_ANEW, _ANEW.id == EmergencyAssignment.movement_id)
        .cte("pairs")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )  # fmt: skip
    same = [pairs.c[f"{name}_first"] == pairs.c[f"{name}_anew"] for name in _ALIKE]
    same += [pairs.c.stay == pairs.c.encounter_id, pairs.c.kind == MovementKind.CONSUME.value]
    same.append(cost(pairs.c.anew) == cost(pairs.c.first))
    wrong = (
        select(pairs.c.id).outerjoin(_BACK, _BACK.reverses_id == pairs.c.first).where(~and_(*same) | _BACK.id.is_(None))
    )
    lost = (
        select(EmergencyUse.id)
        .join(_BACK, _BACK.reverses_id == EmergencyUse.movement_id)
        .outerjoin(EmergencyAssignment, EmergencyAssignment.use_id == EmergencyUse.id)
        .where(_BACK.reason == ASSIGNED, EmergencyAssignment.id.is_(None))
    )
    return wrong, lost


def _both() -> list[ColumnElement[Any]]:
    return [
        getattr(movement, name).label(f"{name}_{which}")
        for name in _ALIKE
        for which, movement in (("first", _FIRST), ("anew", _ANEW))
    ]


def _told(session: Session, query: Select[Any], table: str, says: str) -> list[Problem]:
    rows = session.scalars(query)
    return [Problem(check="emergency uses", table=table, row=str(number), says=says) for number in rows]
