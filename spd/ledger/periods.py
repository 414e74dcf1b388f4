"""This file is accounting months: the one an act falls into, how one is closed, and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import flows, kept
from spd.ledger.books import ClosedTotal, PeriodStep, Step
from spd.ledger.calendar import Rule, calendar_for, following, period_of, posting_calendar
from spd.ledger.models import EntryRow, Movement, Posting
from spd.ledger.months import shifted
from spd.ledger.refusals import PeriodClosed


@dataclass(frozen=True, kw_only=True)
class StepSaid:
    """What is said with a step of a month: why, in which role, until when."""

    reason: str = ""
    role: str = ""
    until_at: datetime | None = None


class NotTheLast(Refused):
    """Only the last closed month is opened again: one before it once all later ones are open."""

    code = "not-the-last-closed"
    say = {
        "zh": "只能反结最近一个已结账月份 {last}, 不能直接反结 {period}。",
        "en": "Only the last closed month, {last}, can be opened again; {period} cannot.",
    }


class NotInOrder(Refused):
    """Months are closed one after the other, and only once they are over."""

    code = "closing-out-of-order"
    say = {
        "zh": "不能结账 {period}: 请按月顺序, 且当月结束后结账。应结 {next}。",
        "en": "{period} cannot be closed: months close in order, after their last day. Next is {next}.",
    }


def closed_through(session: Session) -> str:
    """The last closed month; empty where none is."""
    return session.scalar(select(PeriodStep.closed_through).order_by(PeriodStep.id.desc()).limit(1)) or ""


def open_period(day: date, closed: str, calendar: Sequence[Rule] = ()) -> str:
    """The month an act of that day is posted to: its own, or the first one open where its own is closed."""
    own = period_of(day, calendar)
    return own if own > closed else following(closed)


def posting_period(session: Session, day: date, closed: str | None = None) -> str:
    """The same by the hospital's calendar. `closed` is the last closed month, where it is known already."""
    return open_period(day, closed_through(session) if closed is None else closed, posting_calendar(session, day))


def totals(session: Session, period: str, *, at: datetime | None = None) -> list[tuple[str, str, Decimal, int]]:
    """(account, department number or empty, amount, lines) of a month, as it is now or was at an instant."""
    amount = func.sum(Posting.amount)
    query = (
        select(Posting.account, Posting.department_id, amount, func.count())
        .where(Posting.period == period)
        .group_by(Posting.account, Posting.department_id)
        .order_by(Posting.account, Posting.department_id)
    )
    if at is not None:
        query = query.join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.recorded_at <= at)
    rows = session.execute(query)
    return [(account, str(dept or ""), total, count) for account, dept, total, count in rows]


def steps_of(session: Session, period: str) -> Sequence[PeriodStep]:
    """What happened to a month, in order."""
    return session.scalars(select(PeriodStep).where(PeriodStep.period == period).order_by(PeriodStep.id)).all()


def last_locks(session: Session) -> list[PeriodStep]:
    """The last lock of each month that is closed now, in the order of months."""
    query = select(PeriodStep).where(PeriodStep.step == Step.CLOSED, PeriodStep.period <= closed_through(session))
    return [*{one.period: one for one in session.scalars(query.order_by(PeriodStep.period, PeriodStep.id))}.values()]


def due_period(session: Session, period: str) -> str:
    """The month that is closed next: after the last closed one, else the first there is anything of, or this one."""
    if closed := closed_through(session):
        return following(closed)
    return min(session.scalar(select(func.min(Posting.period))) or period, period)


def hold_months(session: Session) -> None:
    """From here on this act alone closes or opens months: writers under way finish first, others wait until it ends.

    Who waited finds the month as it is then.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE movements, entries IN SHARE ROW EXCLUSIVE MODE"))


def note_step(
    session: Session, occasion: Occasion, period: str, step: Step, *, version: int, closed: str, as_of: datetime,
    said: StepSaid | None = None,
) -> PeriodStep:  # fmt: skip
    """The step, on record; `closed` is the last closed month from now on."""
    words = said or StepSaid()
    newest = session.scalar(select(func.max(Movement.recorded_at)).where(Movement.recorded_at > as_of))
    row = PeriodStep(
        period=period, step=step.value, version=version, closed_through=closed,
        last_movement_id=session.scalar(select(func.max(Movement.id))) or 0, as_of=newest or as_of,
        until_at=words.until_at,
        role=words.role, reason=words.reason, done_at=occasion.recorded_at, done_by_id=occasion.staff_id,
        request_key=occasion.request_key, content=occasion.content,
    )  # fmt: skip
    session.add(row)
    session.flush()  # what comes next asks which months are closed
    return row


def refuse_not_due(session: Session, occasion: Occasion, period: str) -> None:
    """Refuse any month but the one that is closed next, once it is over. Raises: PeriodClosed, NotInOrder."""
    if period <= closed_through(session):
        raise PeriodClosed(period=period)
    due = due_period(session, period)
    if period != due or period >= period_of(occasion.day, calendar_for(session, occasion.day)):
        raise NotInOrder(period=period, next=due)


def close_period(session: Session, occasion: Occasion, period: str, *, reason: str = "") -> PeriodStep:
    """Close a month and keep its totals. Raises: PeriodClosed, NotInOrder."""
    hold_months(session)
    refuse_not_due(session, occasion, period)
    month = kept.next_closing(session, period)
    last = session.scalar(select(func.max(EntryRow.recorded_at)).where(EntryRow.period == period))
    row = note_step(
        session, occasion, period, Step.CLOSED, version=month.version, closed=period,
        as_of=max(occasion.recorded_at, last or occasion.recorded_at), said=StepSaid(reason=reason),
    )  # fmt: skip
    rows = [
        {
            "period": period, "version": month.version, "account": account, "department": department,
            "amount": amount, "lines": lines,
        }
        for account, department, amount, lines in totals(session, period)
    ]  # fmt: skip
    if rows:
        session.execute(insert(ClosedTotal), rows)
    kept.keep_cells(session, month)
    flows.keep_stock(session, month, row.as_of)
    return row


def reopen_period(session: Session, occasion: Occasion, period: str, said: StepSaid) -> PeriodStep:
    """Open the last closed month again: it takes entries until it is closed again. Raises: NotTheLast."""
    hold_months(session)
    closed = closed_through(session)
    if period != closed:
        raise NotTheLast(period=period, last=closed or "–")
    before = shifted(period, -1)
    closing = [step for step in steps_of(session, before) if step.step == Step.CLOSED]
    version = max(step.version for step in steps_of(session, period) if step.step == Step.CLOSED)
    return note_step(
        session, occasion, period, Step.REOPENED, version=version, closed=before if closing else "",
        as_of=occasion.recorded_at, said=said,
    )  # fmt: skip
