"""This file is accounting months: the one an act falls into, and how one is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import flows, kept
from spd.ledger.books import ClosedPeriod, ClosedTotal
from spd.ledger.calendar import Rule, calendar_for, following, period_of
from spd.ledger.models import Posting
from spd.ledger.refusals import PeriodClosed


class NotInOrder(Refused):
    """Months are closed one after the other, and only once they are over."""

    code = "closing-out-of-order"
    say = {
        "zh": "不能结账 {period}: 请按月顺序, 且当月结束后结账。应结 {next}。",
        "en": "{period} cannot be closed: months close in order, after their last day. Next is {next}.",
    }


def closed_through(session: Session) -> str:
    """The last closed month; empty where none is."""
    return session.scalar(select(func.max(ClosedPeriod.period))) or ""


def open_period(day: date, closed: str, calendar: Sequence[Rule] = ()) -> str:
    """The month an act of that day is posted to: its own, or the first one open where its own is closed."""
    own = period_of(day, calendar)
    return own if own > closed else following(closed)


def posting_period(session: Session, day: date, closed: str | None = None) -> str:
    """The same by the hospital's calendar. `closed` is the last closed month, where it is known already."""
    return open_period(day, closed_through(session) if closed is None else closed, calendar_for(session, day))


def totals(session: Session, period: str) -> list[tuple[str, str, Decimal, int]]:
    """(account, department number or empty, amount, lines) of a month, as it is now."""
    amount = func.sum(Posting.amount)
    rows = session.execute(
        select(Posting.account, Posting.department_id, amount, func.count())
        .where(Posting.period == period)
        .group_by(Posting.account, Posting.department_id)
        .order_by(Posting.account, Posting.department_id)
    )
    return [(account, str(dept or ""), total, count) for account, dept, total, count in rows]


def close_period(session: Session, occasion: Occasion, period: str) -> None:
    """Close a month for ever and keep its totals. Raises: PeriodClosed, NotInOrder."""
    if session.get_bind().dialect.name == "postgresql":
        # Writers under way finish first: what is kept has all of them. Those who come later find the month closed.
        session.execute(text("LOCK TABLE movements, entries IN SHARE ROW EXCLUSIVE MODE"))
    closed = closed_through(session)
    if period <= closed:
        raise PeriodClosed(period=period)
    first = session.scalar(select(func.min(Posting.period))) or period
    due = following(closed) if closed else min(first, period)
    if period != due or period >= period_of(occasion.day, calendar_for(session, occasion.day)):
        raise NotInOrder(period=period, next=due)
    session.add(ClosedPeriod(period=period, closed_at=occasion.recorded_at, closed_by_id=occasion.staff_id))
    session.flush()  # the totals name the closed month
    rows = [
        {"period": period, "account": account, "department": department, "amount": amount, "lines": lines}
        for account, department, amount, lines in totals(session, period)
    ]
    if rows:
        session.execute(insert(ClosedTotal), rows)
    closing = kept.next_closing(session, period)
    kept.keep_cells(session, closing)
    flows.keep_stock(session, closing)
