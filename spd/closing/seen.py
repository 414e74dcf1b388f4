"""This file is how days stand: a square for each department and day of a month, and those that nobody has signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.closing.days import holders, newest
from spd.closing.models import DayClose, DayRemain, LateArrival, MissedDay
from spd.places import Department


class DayState(StrEnum):
    """How a day stands."""

    NONE = "none"
    """Before the hospital began to close days, or still to come."""
    OPEN = "open"
    """It may be signed, and its time is not over."""
    MISSED = "missed"
    CLOSED = "closed"
    REMAINS = "remains"
    """Signed with something open."""
    LATE = "late"
    """Signed, and something came in afterwards."""


@dataclass(frozen=True, kw_only=True)
class Square:
    """One day of one department: how it stands, how much remained or came in late, whether it was signed too late."""

    department: str
    name: str
    name_en: str
    day: date
    state: DayState
    count: int = 0
    missed: bool = False


def first_day(session: Session) -> date | None:
    """The first day that was ever signed: from it on days are closed."""
    return session.scalar(select(func.min(DayClose.day_on)))


def squares(
    session: Session, first: date, last: date, *, today: date, departments: frozenset[int] | None = None
) -> list[Square]:
    """Every department that holds things × every day, by department and day."""
    begun = first_day(session)
    signed = _signed(session, first, last)
    marked = select(MissedDay.department_id, MissedDay.day_on).where(MissedDay.day_on.between(first, last))
    missed = {(department, day) for department, day in session.execute(marked)}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found: list[Square] = []
    for department in session.scalars(holders(departments)):
        for day in days:
            late = (department.id, day) in missed
            state, count = signed.get((department.id, day), (_unsigned(day, begun, today, late), 0))
            found.append(_square(department, day, state, count, late))
    return found


def _square(department: Department, day: date, state: DayState, count: int, missed: bool) -> Square:
    return Square(
        department=department.code, name=department.name, name_en=department.name_en, day=day, state=state,
        count=count, missed=missed,
    )  # fmt: skip


def _unsigned(day: date, begun: date | None, today: date, missed: bool) -> DayState:
    if day > today or (begun is None and day < today) or (begun is not None and day < begun):
        return DayState.NONE
    return DayState.MISSED if missed else DayState.OPEN


def _signed(session: Session, first: date, last: date) -> dict[tuple[int, date], tuple[DayState, int]]:
    remains = (
        select(DayRemain.close_id, func.sum(DayRemain.count).label("count")).group_by(DayRemain.close_id).subquery()
    )
    late = select(LateArrival.close_id, func.count().label("count")).group_by(LateArrival.close_id).subquery()
    query = (
        select(DayClose.department_id, DayClose.day_on, remains.c.count, late.c.count)
        .outerjoin(remains, remains.c.close_id == DayClose.id)
        .outerjoin(late, late.c.close_id == DayClose.id)
        .where(DayClose.day_on.between(first, last), newest())
    )
    found: dict[tuple[int, date], tuple[DayState, int]] = {}
    for department, day, left, came in session.execute(query):
        state = DayState.LATE if came else DayState.REMAINS if left else DayState.CLOSED
        found[department, day] = (state, int(came or left or 0))
    return found


def unclosed(session: Session, first: date, last: date, *, today: date) -> Sequence[Square]:
    """The days of these that are over and that nobody has signed, where the hospital closes days."""
    until = min(last, today - timedelta(days=1))
    if until < first:
        return []
    found = squares(session, first, until, today=today)
    return [one for one in found if one.state in (DayState.OPEN, DayState.MISSED)]
