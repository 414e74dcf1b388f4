"""This file is how much is open of a month, counted from the worklists that show it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from spd import accounting
from spd.closing.month_models import Check
from spd.closing.remaining import unsent
from spd.closing.seen import unclosed
from spd.core.columns import Scaled, worth
from spd.core.job_runs import JobRun
from spd.core.money import ZERO
from spd.costing.expense import is_cost
from spd.costing.step_models import StepDown
from spd.ledger import Item, Movement, OutboxMessage, Posting
from spd.offline import DeviceEvent, Dispute
from spd.reconciliation import SEEN_LATE, ChargeCase, ChargeReject, gaps, wanting
from spd.settlement import unstated
from spd.settlement.invoices import Invoice, invoice_without_goods


@dataclass(frozen=True, kw_only=True)
class Month:
    """An accounting month with its days, the first instant after it, and the moment and day it is looked at."""

    period: str
    first: date
    last: date
    end: datetime
    at: datetime
    today: date
    proof_hours: int = 26


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How much of one kind is open, what it comes to, and since when the newest proof is known."""

    count: int = 0
    amount: Decimal = ZERO
    known_at: datetime | None = None


def count(session: Session, check: Check, month: Month) -> Counted:
    """How much of one kind is open of a month and of those before it."""
    return _COUNTS[check](session, month)


def _row(session: Session, query: Any) -> Counted:
    found, amount = session.execute(query).one()
    return Counted(count=int(found or 0), amount=amount or ZERO)


def _days(session: Session, month: Month) -> Counted:
    return Counted(count=len(unclosed(session, month.first, month.last, today=month.today)))


def _disputes(session: Session, month: Month) -> Counted:
    query = (
        select(func.count())
        .select_from(Dispute)
        .join(DeviceEvent, DeviceEvent.id == Dispute.event_id)
        .where(Dispute.state == "open", DeviceEvent.occurred_at < month.end)
    )
    return Counted(count=session.scalar(query) or 0)


def _charges(session: Session, month: Month) -> Counted:
    query = (
        select(func.count(), func.sum(worth(Movement.quantity, Item.unit_price)))
        .select_from(OutboxMessage)
        .join(Movement, Movement.id == OutboxMessage.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(unsent(), Movement.day_on <= month.last)
    )
    return _row(session, query)


def _unkept(session: Session, month: Month) -> Counted:
    """Lines of HIS's view that cannot be kept, and spans until the month's end whose charges nobody has sent."""
    open_ = (ChargeReject.settled_at.is_(None), ChargeReject.first_at < month.end + SEEN_LATE)
    lines = session.scalar(select(func.count()).select_from(ChargeReject).where(*open_)) or 0
    return Counted(count=lines + len(gaps(session, until=month.end)))


def _differences(session: Session, month: Month) -> Counted:
    apart = type_coerce(
        func.sum(func.abs(type_coerce(ChargeCase.charged, BigInteger) - type_coerce(ChargeCase.used, BigInteger))),
        Scaled(),
    )
    query = select(func.count(), apart).where(
        wanting(), ChargeCase.resolved_at.is_(None), ChargeCase.day_on <= month.last
    )
    return _row(session, query)


def _statements(session: Session, month: Month) -> Counted:
    """Suppliers who are owed and have no statement of it, and drafts that nobody has approved."""
    found = unstated(session, month.period)
    return Counted(count=len(found), amount=sum((one.amount for one in found), ZERO))


def _invoices(session: Session, month: Month) -> Counted:
    query, left, _party = invoice_without_goods(entered=True)
    total = type_coerce(func.sum(type_coerce(left, BigInteger)), Scaled())
    return _row(session, query.where(Invoice.received_on <= month.last).add_columns(func.count(), total))


def _accruals(session: Session, month: Month) -> Counted:
    """What the journal owes suppliers without an invoice at the end of the month, and how many of them."""
    found = accounting.accrued_at_end(session, month.period)
    return Counted(count=len(found), amount=sum((one.amount for one in found), ZERO))


def _step_down(session: Session, month: Month) -> Counted:
    """Open where the month's cost has not been stepped down, or not as it stands now; what is missing of it."""
    posted = session.scalar(select(func.sum(Posting.amount)).where(is_cost(session), Posting.period == month.period))
    made = select(StepDown.posted).where(StepDown.period == month.period).order_by(StepDown.version.desc()).limit(1)
    there, done = posted or ZERO, session.scalar(made)
    if done is None:
        return Counted(count=int(there != 0), amount=there)
    return Counted(count=int(done != there), amount=there - done)


def _proof(session: Session, month: Month) -> Counted:
    """The problems of the newest proof; one where there is none, or it is older than the policy allows."""
    newest = select(JobRun).where(JobRun.job == "verify", JobRun.finished_at.is_not(None))
    run = session.scalars(newest.order_by(JobRun.finished_at.desc()).limit(1)).first()
    if run is None or run.finished_at is None:
        return Counted(count=1)
    if run.outcome == "problems":
        return Counted(count=max(1, len(json.loads(run.detail or "[]"))), known_at=run.finished_at)
    old = month.at - run.finished_at > timedelta(hours=month.proof_hours)
    return Counted(count=int(old or run.outcome != "clean"), known_at=run.finished_at)


_COUNTS = {
    Check.DAYS: _days,
    Check.DISPUTES: _disputes,
    Check.CHARGES: _charges,
    Check.UNKEPT: _unkept,
    Check.DIFFERENCES: _differences,
    Check.STATEMENTS: _statements,
    Check.INVOICES: _invoices,
    Check.ACCRUALS: _accruals,
    Check.STEP_DOWN: _step_down,
    Check.PROOF: _proof,
}
