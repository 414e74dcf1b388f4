"""This file is accruals over the turn of a month (月初回冲): accrued at its end, taken back in red on the next day.

Under this policy what came in without an invoice is accrued at the end of each month only, and in between the invoice
books the goods. What is taken back lies on an account beside the goods, so that the accounts of goods stay the goods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid5

from sqlalchemy import BigInteger, Select, func, insert, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.accounting import DocumentEvent, Event, Money, accrued_accounts
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Posting, Racing, following
from spd.settlement.invoices import matching
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.models import AccrualRun, AccrualTurn, InvoiceMatch

POLICY = "first_day"
_GOODS = (
    Event.RECEIVE_OWNED, Event.RECEIVE_WARD, Event.ISSUE_TITLE, Event.RETURN_SUPPLIER_STORE,
    Event.RETURN_SUPPLIER_WARD,
)  # fmt: skip
_EVENTS = frozenset(str(event) for event in _GOODS) | {f"reverse_{event}"[:24] for event in _GOODS}
"""Goods that came in and are on hand or were; what became owed by its use is expense, and stays accrued."""


def standing(session: Session) -> AccrualRun | None:
    """The run whose red entries stand: the last one, where it took accruals back."""
    last = session.scalars(select(AccrualRun).order_by(AccrualRun.id.desc()).limit(1)).one_or_none()
    return last if last is not None and last.takes_back else None


def turned(session: Session) -> dict[int, Decimal]:
    """What of each supplier's accruals is taken back now: below zero."""
    amount = type_coerce(func.sum(type_coerce(AccrualTurn.amount, BigInteger)), Scaled())
    query = select(AccrualTurn.supplier_id, amount).group_by(AccrualTurn.supplier_id)
    return {supplier: total for supplier, total in session.execute(query) if total}


def taken_back(session: Session, at: datetime | None = None) -> Decimal:
    """What of all accruals is taken back, or was at an instant: below zero, and zero where nothing is."""
    amount = type_coerce(func.sum(type_coerce(AccrualTurn.amount, BigInteger)), Scaled())
    query = select(amount).join(EntryRow, EntryRow.document_entry_id == AccrualTurn.document_entry_id)
    return session.scalar(query if at is None else query.where(EntryRow.recorded_at <= at)) or ZERO


def turn(session: Session, occasion: Occasion, period: str) -> AccrualRun | None:
    """The turn of the month after `period`, once: what is still taken back is accrued again in it; then, where the
    policy says so, what is accrued of goods at its end is taken back in the month after. None where nothing turns.

    Raises: NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    wanted = policies.get(session, "accrual.on_invoice") == POLICY
    again = turned(session)
    done = session.scalars(select(AccrualRun).where(AccrualRun.period >= period).limit(1)).one_or_none()
    if done is not None or not (wanted or again):
        return done
    run = AccrualRun(period=period, at=occasion.recorded_at, staff_id=occasion.staff_id, takes_back=wanted)
    session.add(run)
    try:
        session.flush()  # its entries name it; two workers at once: one is refused here
    except IntegrityError as error:
        raise Racing() from error
    open_ = _own_month(session, period)
    back = {supplier: -amount for supplier, amount in again.items()}
    _enter(session, occasion, run, DocumentEvent.ACCRUAL_AGAIN, back, period=open_)
    if wanted:
        due = {supplier: -amount for supplier, amount in _uninvoiced(session, period, run.at).items()}
        after = max(following(period), open_)
        _enter(session, occasion, run, DocumentEvent.ACCRUAL_BACK, due, period=after)
    return run


def _own_month(session: Session, period: str) -> str:
    """The month itself, or the first one open where it is locked."""
    closed = ledger.closed_through(session)
    return period if period > closed else following(closed)


@dataclass(frozen=True, kw_only=True)
class Uninvoiced:
    """Accrued postings of goods, with movements and items: `query` selects nothing yet; `left` is on no invoice."""

    query: Select[Any]
    left: Any


def uninvoiced(accrued: frozenset[str], period: str, *, at: datetime) -> Uninvoiced:
    """What was accrued of goods by the end of a month and on no booked invoice, as it stood at an instant.

    Matches of an invoice that is not booked may go again, and the journal does not know them.
    """
    matched = matching.matched_by_booked(at)
    left = -type_coerce(Posting.amount, BigInteger) - func.coalesce(type_coerce(matched.c.accrued, BigInteger), 0)
    query = matching.accrued_postings(accrued, matched).where(
        EntryRow.event.in_(_EVENTS), Posting.period <= period, EntryRow.recorded_at <= at
    )
    return Uninvoiced(query=query, left=left)


def _uninvoiced(session: Session, period: str, at: datetime) -> dict[int, Decimal]:
    """The same by supplier."""
    goods = uninvoiced(accrued_accounts(session), period, at=at)
    query = goods.query.add_columns(Posting.party_id, type_coerce(func.sum(goods.left), Scaled()))
    return {supplier: amount for supplier, amount in session.execute(query.group_by(Posting.party_id)) if amount}


def _enter(
    session: Session, occasion: Occasion, run: AccrualRun, event: DocumentEvent, amounts: dict[int, Decimal], *,
    period: str,
) -> None:  # fmt: skip
    money = [Money(event=event, amount=amounts[supplier], supplier_id=supplier) for supplier in sorted(amounts)]
    if not money:
        return
    key = uuid5(occasion.request_key, f"{run.period}:{event}")
    said = replace(occasion, request_key=key)
    document = ("accrual", run.id, f"ACC-{run.period}")
    (number,) = enter_money(session, said, document, [(event, money)], period=period)
    keep(session, event, amounts, number, run=run)


def keep(
    session: Session, event: str, amounts: dict[int, Decimal], document_entry_id: int, *, run: AccrualRun,
    invoice_id: int | None = None,
) -> None:  # fmt: skip
    """What was taken back, accrued again or billed of it, on record beside its entry."""
    rows = [
        {
            "run_id": run.id, "event": event, "supplier_id": supplier, "amount": amount, "invoice_id": invoice_id,
            "document_entry_id": document_entry_id,
        }
        for supplier, amount in amounts.items()
    ]  # fmt: skip
    session.execute(insert(AccrualTurn), rows)


def billed_of(session: Session, run: AccrualRun | None, supplier_id: int, matches: Sequence[InvoiceMatch]) -> Decimal:
    """What of these matches an invoice books whose accrual is taken back already: nothing is red of that."""
    left = -turned(session).get(supplier_id, ZERO) if run is not None else ZERO
    if run is None or left <= 0:
        return ZERO
    total = ZERO
    for start in range(0, len(matches), 500):
        some = matches[start : start + 500]
        query = (
            select(Posting.id)
            .join(EntryRow, EntryRow.id == Posting.entry_id)
            .where(Posting.id.in_({one.posting_id for one in some}), EntryRow.event.in_(_EVENTS))
            .where(Posting.period <= run.period)
        )
        back = set(session.scalars(query))
        total += sum((one.accrued for one in some if one.posting_id in back), ZERO)
    return max(ZERO, min(total, left))


def billed_by(session: Session, run: AccrualRun | None, invoice_id: int) -> Decimal:
    """What an invoice has booked of what the run that stands took back."""
    if run is None:
        return ZERO
    amount = type_coerce(func.sum(type_coerce(AccrualTurn.amount, BigInteger)), Scaled())
    query = select(amount).where(AccrualTurn.run_id == run.id, AccrualTurn.invoice_id == invoice_id)
    return session.scalar(query) or ZERO
