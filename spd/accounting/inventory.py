"""This file is what the accounts say the hospital's own goods are worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.accounting.lines import Event
from spd.accounting.rules import load_rules
from spd.ledger import ClosedTotal, EntryRow, Posting, closed_through, kept


def inventory_accounts(session: Session) -> dict[str, str]:
    """The accounts of goods in the stores and on the wards: what a use there takes goods from."""
    rules = load_rules(session)
    events = {"store": Event.USE_STORE, "ward": Event.USE_WARD}
    return {place: next(rule.account for rule in rules[event] if rule.sign < 0) for place, event in events.items()}


def booked(session: Session, *, at: datetime | None = None) -> Decimal:
    """What these accounts hold together, now or as they did at an instant."""
    accounts = tuple(set(inventory_accounts(session).values()))
    return sum(held_by(session, accounts, at=at).values(), Decimal(0))


def held_by(session: Session, accounts: Sequence[str], *, at: datetime | None = None) -> dict[str, Decimal]:
    """What each of these accounts holds, now or as it did at an instant: above zero is a debit.

    Closed months are read from their totals, and of a past instant what was recorded since is taken off again.
    """
    total = func.sum(ClosedTotal.amount)
    closed = select(ClosedTotal.account, total).where(
        ClosedTotal.account.in_(accounts), kept.is_closed(ClosedTotal), kept.latest(ClosedTotal)
    )
    posted = select(Posting.account, func.sum(Posting.amount)).where(Posting.account.in_(accounts))
    tail = posted.where(Posting.period > closed_through(session))
    parts = [(1, closed.group_by(ClosedTotal.account)), (1, tail.group_by(Posting.account))]
    if at is not None:
        since = posted.join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.recorded_at > at)
        parts.append((-1, since.group_by(Posting.account)))
    held = dict.fromkeys(accounts, Decimal(0))
    for sign, query in parts:
        for account, amount in session.execute(query):
            held[account] += sign * amount
    return held


def booked_by_month(session: Session, periods: Sequence[str]) -> dict[str, Decimal]:
    """What these accounts held together at the end of each of these months: all that was posted until then."""
    accounts = set(inventory_accounts(session).values())
    closed = select(ClosedTotal.period, func.sum(ClosedTotal.amount)).where(
        ClosedTotal.account.in_(accounts), kept.is_closed(ClosedTotal), kept.latest(ClosedTotal)
    )
    tail = select(Posting.period, func.sum(Posting.amount)).where(
        Posting.period > closed_through(session), Posting.account.in_(accounts)
    )
    moved: dict[str, Decimal] = dict(session.execute(closed.group_by(ClosedTotal.period)).all())
    moved |= dict(session.execute(tail.group_by(Posting.period)).all())
    return {
        until: sum((amount for period, amount in moved.items() if period <= until), Decimal(0)) for until in periods
    }
