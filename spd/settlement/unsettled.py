"""This file is what is settled nowhere yet: what the journal owes suppliers on no statement and, as far, no invoice.

Of a posting that an invoice is matched to in part the rest is left, and comes on a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, exists, false, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd import accounting, ledger
from spd.core.columns import Scaled
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.settlement.invoices import matching
from spd.settlement.invoices.models import InvoiceMatch, stands
from spd.settlement.models import Statement, StatementLine, StatementState
from spd.settlement.refusals import StatementBackwards


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What statements are drafted of: all through an accounting month, or with `until_on` what is of these days.

    A line that is on a statement is on no other, whatever they reach over.
    """

    period: str
    since_on: date | None = None
    until_on: date | None = None

    def of(self, posting: Any = Posting, entry: Any = EntryRow) -> ColumnElement[bool]:
        """Whether a posting is of it."""
        of: ColumnElement[bool] = posting.period <= self.period
        if self.until_on is None:
            return of
        until = entry.day_on <= self.until_on
        return until if self.since_on is None else and_(entry.day_on >= self.since_on, until)


def reach_of(session: Session, period: str | None, since_on: date | None = None, until_on: date | None = None) -> Reach:
    """The reach that is asked for: by month, or by days and the month of the last. Raises: StatementBackwards."""
    if until_on is None and since_on is None and period is not None:
        return Reach(period=period)
    if until_on is None or (since_on is not None and since_on > until_on):
        raise StatementBackwards(since=since_on or "–", until=until_on or "–")
    return Reach(period=ledger.accounting_month(session, until_on), since_on=since_on, until_on=until_on)


def reach_of_statement(statement: Statement) -> Reach:
    """What a statement is drawn of."""
    return Reach(period=statement.period, since_on=statement.since_on, until_on=statement.until_on)


@dataclass(frozen=True, kw_only=True)
class Left:
    """Postings that something is left of, one row for each, with entries and movements: `query` selects nothing yet."""

    query: Select[Any]
    quantity: Any
    """Base units that are left, with the sign of what is owed."""
    amount: Any
    """What is left owed."""


def unsettled(session: Session, supplier_id: int, reach: Reach) -> Left:
    """What of a supplier is settled nowhere in a reach, with items."""
    left = _left(session, reach, matching.matched_so_far(supplier_id))
    query = left.query.join(Item, Item.id == Movement.item_id).where(Posting.party_id == supplier_id)
    return Left(query=query, quantity=left.quantity, amount=left.amount)


def owing(session: Session, reach: Reach) -> Left:
    """What of all suppliers is settled nowhere in a reach."""
    return _left(session, reach, matching.matched_so_far())


def owed(session: Session, period: Reach | str, supplier: str | None = None) -> Sequence[Party]:
    """The suppliers without a draft of whom something is settled nowhere through a month, or of days, by code."""
    reach = Reach(period=period) if isinstance(period, str) else period
    drafts = select(Statement.supplier_id).where(Statement.state == StatementState.DRAFT)
    parties = owing(session, reach).query.add_columns(Posting.party_id)
    query = select(Party).where(Party.id.in_(parties), Party.id.not_in(drafts)).order_by(Party.code)
    if supplier is not None:
        query = query.where(Party.code == supplier)
    return session.scalars(query).all()


def left_out(session: Session, statement: Statement) -> int:
    """How many lines came after a draft was drawn, or are not what is left of their posting any more."""
    left = unsettled(session, statement.supplier_id, reach_of_statement(statement))
    came = session.scalar(left.query.add_columns(func.count())) or 0
    matched = matching.matched_so_far(statement.supplier_id)
    changed = (
        select(func.count())
        .select_from(StatementLine)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .join(Movement, Movement.id == StatementLine.movement_id)
        .outerjoin(matched, matched.c.posting_id == Posting.id)
        .where(StatementLine.statement_id == statement.id, StatementLine.quantity != _quantity(matched))
    )
    return came + (session.scalar(changed) or 0)


def nowhere(at: datetime | None = None) -> ColumnElement[bool]:
    """Whether a posting beside its statement is on none, and no invoice is matched to all of it; or was, at an
    instant."""
    matched = select(func.sum(type_coerce(InvoiceMatch.accrued, BigInteger)))
    matched = matched.where(InvoiceMatch.posting_id == Posting.id)
    if at is not None:
        matched = matched.where(InvoiceMatch.matched_at <= at)
    whole = -type_coerce(Posting.amount, BigInteger)
    return and_(
        Statement.id.is_(None), func.coalesce(matched.correlate(Posting).scalar_subquery(), 0) != whole
    )  # fmt: skip


def _quantity(matched: Any) -> Any:
    return matching.signed_quantity() - func.coalesce(matched.c.quantity, 0)


def _left(session: Session, reach: Reach, matched: Any) -> Left:
    accrued = accounting.accrued_accounts(session)
    amount = -type_coerce(Posting.amount, BigInteger) - func.coalesce(type_coerce(matched.c.accrued, BigInteger), 0)
    query = (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(StatementLine, StatementLine.posting_id == Posting.id)
        .outerjoin(matched, matched.c.posting_id == Posting.id)
        .where(
            Posting.account.in_(accrued), reach.of(), StatementLine.id.is_(None), _quantity(matched) != 0,
            ~_waits(accrued, reach),
        )
    )  # fmt: skip
    return Left(query=query, quantity=_quantity(matched), amount=type_coerce(amount, Scaled()))


def _waits(accrued: frozenset[str], reach: Reach) -> ColumnElement[bool]:
    """Whether a posting undoes one that is settled nowhere and that the days leave out: it comes together with that."""
    if reach.until_on is None:
        return false()
    posting, entry, line = aliased(Posting), aliased(EntryRow), aliased(StatementLine)
    return exists().where(
        entry.movement_id == Movement.reverses_id, posting.entry_id == entry.id, posting.account.in_(accrued),
        ~reach.of(posting, entry), ~exists().where(line.posting_id == posting.id),
        ~exists().where(InvoiceMatch.posting_id == posting.id, stands()),
    )  # fmt: skip
