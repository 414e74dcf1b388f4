"""This file is operations that ended hours ago and are not confirmed, and the note of each that became one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.core.occasion import Occasion
from spd.ledger import Movement
from spd.places import Location
from spd.stock.operation_lines import is_draw
from spd.stock.operations import Operation, OperationEvent, OperationStanding, OperationUse, note


def limit(session: Session, at: datetime) -> datetime:
    """What ended before this instant should be confirmed by now."""
    return at - timedelta(hours=int(policies.get(session, "operation.confirm_hours")))


def is_overdue(before: datetime) -> Any:
    """Whether an operation ended before an instant, used or drew something, and is not confirmed."""
    drawn = select(Movement.id).where(is_draw()).correlate(Operation).exists()
    used = select(OperationUse.id).where(OperationUse.operation_id == Operation.id).correlate(Operation).exists()
    return (Operation.standing == OperationStanding.ENDED) & (Operation.ended_at < before) & (drawn | used)


def waiting(session: Session, departments: frozenset[int] | None, at: datetime) -> int:
    """How many of these departments' operations wait longer than they should."""
    query: Select[Any] = select(func.count()).select_from(Operation)
    if departments is not None:
        query = query.join(Location, Location.id == Operation.location_id)
        query = query.where(Location.department_id.in_(departments))
    return session.scalar(query.where(is_overdue(limit(session, at)))) or 0


_LATER = aliased(OperationEvent)


def note_overdue(session: Session, when: Occasion) -> list[str]:
    """The numbers of operations that are newly overdue; each is noted once for each of its ends."""
    noted = (
        select(_LATER.id)
        .where(_LATER.operation_id == Operation.id, _LATER.kind == "overdue", _LATER.occurred_at > Operation.ended_at)
        .exists()
    )
    query = select(Operation).where(is_overdue(limit(session, when.recorded_at)), ~noted).order_by(Operation.id)
    found = list(session.scalars(query))
    for operation in found:
        note(session, when, operation, "overdue")
    return [one.code for one in found]
