"""This file is closing as both doors ask for it: a department's day, and a month with its list and its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import settings
from spd import closing, ledger
from spd.closing import DayClose, DayRemain, DayState, Month, Square
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


@dataclass(frozen=True, kw_only=True)
class MonthState:
    """How a month stands: future, open, closed, asked (to be opened again) or reopened."""

    period: str
    state: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    as_of: datetime | None = None
    until_at: datetime | None = None
    over: bool = False
    late: bool = False
    """Over, with something posted since, and not locked."""


@dataclass(frozen=True, kw_only=True)
class Noted:
    """One step of the log, with who did it."""

    step: str
    version: int
    reason: str
    role: str
    done_at: datetime
    done_by: str
    until_at: datetime | None
    as_of: datetime


@dataclass(frozen=True, kw_only=True)
class MonthView:
    """A month with its list as it stands, its log, and whether it may be locked now."""

    standing: MonthState
    checks: Sequence[closing.Line]
    steps: Sequence[Noted]
    due: str

    @property
    def period(self) -> str:
        """The month."""
        return self.standing.period

    @property
    def state(self) -> str:
        """How it stands."""
        return self.standing.state

    @property
    def may_lock(self) -> bool:
        """Whether nothing stops the lock: it is the one due, it is over, its list allows."""
        waits = self.state in ("open", "reopened") and self.standing.over
        return waits and self.period == self.due and not closing.stopping(self.checks)


def month_of(session: Session, period: str) -> Month:
    """The month as its list is counted for, at this moment."""
    return closing.month_of(session, period, at=clock.now(), zone=settings().zone)


def year_of_months(session: Session, year: int) -> list[MonthState]:
    """The twelve months of a year."""
    closed = ledger.closed_through(session)
    now = ledger.accounting_month(session, today())
    return [_standing(session, f"{year}-{number:02d}", closed, now) for number in range(1, 13)]


def _standing(session: Session, period: str, closed: str, now: str) -> MonthState:
    steps = ledger.steps_of(session, period)
    closings = [step for step in steps if step.step == "closed"]
    last = steps[-1] if steps else None
    if period > now:
        state = "future"
    elif period <= closed:
        state = "asked" if last is not None and last.step == "asked" else "closed"
    else:
        state = "reopened" if last is not None else "open"
    done = closings[-1] if closings else None
    return MonthState(
        period=period, state=state, closed_at=done.done_at if done else None,
        closed_by=session.get_one(Staff, done.done_by_id).code if done else None, as_of=done.as_of if done else None,
        until_at=last.until_at if last is not None and state in ("asked", "reopened") else None,
        over=period < now,
        late=closed < period < now and period >= ledger.due_period(session, now),
    )  # fmt: skip


def month_view(session: Session, period: str) -> MonthView:
    """The month as it stands."""
    closed = ledger.closed_through(session)
    now = ledger.accounting_month(session, today())
    standing = _standing(session, period, closed, now)
    lines = [] if standing.state in ("future", "closed", "asked") else closing.checklist(
        session, month_of(session, period)
    )  # fmt: skip
    return MonthView(
        standing=standing, checks=lines, steps=[_noted(session, one) for one in ledger.steps_of(session, period)],
        due=ledger.due_period(session, period),
    )  # fmt: skip


def _noted(session: Session, step: ledger.PeriodStep) -> Noted:
    return Noted(
        step=step.step, version=step.version, reason=step.reason, role=step.role, done_at=step.done_at,
        done_by=session.get_one(Staff, step.done_by_id).code, until_at=step.until_at, as_of=step.as_of,
    )  # fmt: skip


def checked(session: Session, period: str) -> Sequence[closing.CheckedLine]:
    """The list as it stood at the last lock of a month."""
    last = select(func.max(ledger.PeriodStep.id)).where(
        ledger.PeriodStep.period == period, ledger.PeriodStep.step == "closed"
    )
    query = select(closing.CheckedLine).where(closing.CheckedLine.step_id == last.scalar_subquery())
    return session.scalars(query.order_by(closing.CheckedLine.id)).all()


def due(session: Session) -> str | None:
    """The month that is over and not locked, the earliest; none where all are."""
    closed = ledger.closed_through(session)
    now = ledger.accounting_month(session, today())
    first = ledger.due_period(session, now)
    return first if closed < first < now else None


def asked_for(session: Session) -> str | None:
    """The month that somebody asks to open again."""
    closed = ledger.closed_through(session)
    return closed if closed and closing.pending(session, closed) else None
