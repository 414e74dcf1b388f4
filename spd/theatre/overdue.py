"""This file is operations that nobody finished: ended hours ago and not confirmed, begun long ago and never ended, or
planned, drawn for and never begun; and the note of each that became one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.core.occasion import Occasion
from spd.ledger import Movement
from spd.places import Location
from spd.stock.operation_lines import is_draw
from spd.stock.operations import Operation, OperationEvent, OperationStanding, OperationUse, note


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What ended before `ended` should be confirmed by now; what began, or was to begin, before `begun` be over."""

    ended: datetime
    begun: datetime


def limits(session: Session, at: datetime) -> Limits:
    """The limits at an instant, by the hospital's policies."""
    said = policies.several(session, "operation.confirm_hours", "operation.open_hours")
    hours = {name: timedelta(hours=int(value)) for name, value in said.items()}
    return Limits(ended=at - hours["operation.confirm_hours"], begun=at - hours["operation.open_hours"])


_BEGAN = aliased(OperationEvent)


def since() -> Any:
    """From when on an operation waits for its next step: since it ended, was begun (again), or was to begin."""
    began = (
        select(func.max(_BEGAN.occurred_at))
        .where(_BEGAN.operation_id == Operation.id, _BEGAN.kind.in_(["opened", "reopened"]))
        .correlate(Operation)
        .scalar_subquery()
    )
    return func.coalesce(Operation.ended_at, began, Operation.planned_at)


def is_overdue(before: Limits) -> Any:
    """Whether an operation waits longer than it should: ended and not confirmed, or not begun, with something drawn or
    used; or under way, whatever was booked, since nothing else begins in its room."""
    drawn = select(Movement.id).where(is_draw()).correlate(Operation).exists()
    used = select(OperationUse.id).where(OperationUse.operation_id == Operation.id).correlate(Operation).exists()
    standing = Operation.standing
    return or_(
        (standing == OperationStanding.ENDED) & (Operation.ended_at < before.ended) & (drawn | used),
        (standing == OperationStanding.OPEN) & (since() < before.begun),
        (standing == OperationStanding.PLANNED) & (Operation.planned_at < before.begun) & drawn,
    )


def is_late(session: Session, operation_id: int, at: datetime) -> bool:
    """Whether this operation waits longer than it should."""
    query = select(Operation.id).where(Operation.id == operation_id, is_overdue(limits(session, at)))
    return session.scalar(query) is not None


def waiting(session: Session, departments: frozenset[int] | None, at: datetime) -> int:
    """How many of these departments' operations wait longer than they should."""
    query: Select[Any] = select(func.count()).select_from(Operation)
    if departments is not None:
        query = query.join(Location, Location.id == Operation.location_id)
        query = query.where(Location.department_id.in_(departments))
    return session.scalar(query.where(is_overdue(limits(session, at)))) or 0


_LATER = aliased(OperationEvent)


def note_overdue(session: Session, when: Occasion) -> list[str]:
    """The numbers of operations that are newly overdue; each is noted once for each step that it waits for."""
    noted = (
        select(_LATER.id)
        .where(_LATER.operation_id == Operation.id, _LATER.kind == "overdue", _LATER.occurred_at > since())
        .exists()
    )
    query = select(Operation).where(is_overdue(limits(session, when.recorded_at)), ~noted).order_by(Operation.id)
    found = list(session.scalars(query))
    for operation in found:
        note(session, when, operation, "overdue")
    return [one.code for one in found]
