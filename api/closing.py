"""This file is closing as both doors ask for it: a department's day with what is open of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.here import settings
from spd import closing, ledger
from spd.closing import DayClose, DayRemain, DayState, Square
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.places import Department, get_department
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One signing of a day: by whom, with what still open and why, and what came in after it."""

    version: int
    closed_at: datetime
    closed_by: str
    reason: str
    remained: Sequence[tuple[str, int]]
    late: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class DayView:
    """A department's day: what is open of it now, and how it was signed, the last first."""

    department: Department
    day: date
    state: str
    remaining: Sequence[tuple[str, int]]
    signed: Sequence[Signed]
    late: int

    @property
    def may_close(self) -> bool:
        """Whether there is something to sign."""
        return self.day <= today() and (not self.signed or self.late > 0)


def today() -> date:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def end_of(day: date) -> datetime:
    """The first instant after a day."""
    return clock.first_instant(day + timedelta(days=1), settings().zone)


def department_of(session: Session, code: str, departments: frozenset[int] | None) -> Department:
    """The department with this code, if it is one of these. Raises: UnknownDepartment, NotAllowed."""
    found = get_department(session, code)
    if departments is not None and found.id not in departments:
        raise NotAllowed()
    return found


def day_view(session: Session, code: str, day: date, departments: frozenset[int] | None) -> DayView:
    """A department's day as it stands. Raises: UnknownDepartment, NotAllowed."""
    department = department_of(session, code, departments)
    left = closing.remaining(session, department, day, end=end_of(day))
    rows = session.execute(
        select(DayClose, Staff.code)
        .join(Staff, Staff.id == DayClose.closed_by_id)
        .where(DayClose.department_id == department.id, DayClose.day_on == day)
        .order_by(DayClose.version.desc())
    ).all()
    signed = [_signed(session, row, by, newest=number == 0) for number, (row, by) in enumerate(rows)]
    late = len(signed[0].late) if signed else 0
    if signed:
        state = DayState.LATE if late else DayState.REMAINS if signed[0].remained else DayState.CLOSED
    else:
        square = [one for one in closing.squares(session, day, day, today=today()) if one.department == code]
        state = square[0].state if square else DayState.NONE
    return DayView(
        department=department, day=day, state=state.value,
        remaining=[(kind.value, count) for kind, count in left.items()], signed=signed, late=late,
    )  # fmt: skip


def _signed(session: Session, row: DayClose, by: str, *, newest: bool) -> Signed:
    remained = session.execute(
        select(DayRemain.kind, DayRemain.count).where(DayRemain.close_id == row.id).order_by(DayRemain.id)
    )
    return Signed(
        version=row.version, closed_at=row.closed_at, closed_by=by, reason=row.reason,
        remained=[(kind, count) for kind, count in remained], late=closing.late_of(session, row) if newest else (),
    )  # fmt: skip


def month_of_days(session: Session, month: str, departments: frozenset[int] | None) -> list[Square]:
    """Every department × every day of an accounting month."""
    first, last = ledger.days_of(session, month)
    return closing.squares(session, first, last, today=today(), departments=departments)
