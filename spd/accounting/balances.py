"""This file is the balances of accounts (科目余额表): opening, debit, credit, closing of some months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.accounting.models import ChartAccount
from spd.accounting.rules import load_rules, version_for
from spd.accounting.sides import apart, side_of
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Account, ClosedTotal, EntryRow, Posting, closed_through, kept, months_between, year_of


@dataclass(kw_only=True)
class Balance:
    """One account in some months: amounts above zero are debits in `opening` and `closing`, below zero credits."""

    account: str
    name: str
    name_en: str
    kind: str
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    year_debit: Decimal = ZERO
    """From the first month of the last month's year."""
    year_credit: Decimal = ZERO
    lines: int = field(default=0)

    @property
    def closing(self) -> Decimal:
        """What the account stands at after the last month."""
        return self.opening + self.debit - self.credit


def trial_balance(session: Session, first: str, last: str, *, at: datetime | None = None) -> list[Balance]:
    """Every account with a balance or a posting up to the last month, by code; as of an instant where one is said."""
    rows: dict[str, Balance] = {}
    kinds = dict(session.execute(select(Account.code, Account.kind)).all())
    for account, amount in _before(session, first, at):
        _row(rows, account).opening += amount
    since = min(first, year_of(last))
    for period in months_between(since, last):
        rules = load_rules(session, period)
        for event, account, above, below, lines in session.execute(_moved(period, at)):
            debit, credit = apart(side_of(rules, kinds, event, account), event, above, below)
            row = _row(rows, account)
            if period >= year_of(last):
                row.year_debit, row.year_credit = row.year_debit + debit, row.year_credit + credit
            if period >= first:
                row.debit, row.credit, row.lines = row.debit + debit, row.credit + credit, row.lines + lines
    return _named(session, rows, last)


def _row(rows: dict[str, Balance], account: str) -> Balance:
    return rows.setdefault(account, Balance(account=account, name="", name_en="", kind=""))


def _moved(period: str, at: datetime | None) -> Select[Any]:
    amount = type_coerce(Posting.amount, BigInteger)
    above = type_coerce(func.sum(case((amount > 0, amount), else_=0)), Scaled())
    below = type_coerce(func.sum(case((amount < 0, amount), else_=0)), Scaled())
    query: Any = (
        select(EntryRow.event, Posting.account, above, below, func.count())
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(Posting.period == period)
        .group_by(EntryRow.event, Posting.account)
        .order_by(Posting.account, EntryRow.event)
    )
    whole: Select[Any] = query if at is None else query.where(EntryRow.recorded_at <= at)
    return whole


def _before(session: Session, first: str, at: datetime | None) -> Iterable[tuple[str, Decimal]]:
    """What accounts stood at before a month: closed months by their totals, where no instant is said."""
    through = closed_through(session) if at is None else ""
    closed = (
        select(ClosedTotal.account, func.sum(ClosedTotal.amount))
        .where(ClosedTotal.period < first, ClosedTotal.period <= through, kept.latest(ClosedTotal))
        .group_by(ClosedTotal.account)
    )
    tail = (
        select(Posting.account, func.sum(Posting.amount))
        .where(Posting.period < first, Posting.period > through)
        .group_by(Posting.account)
    )
    if at is not None:
        tail = tail.join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.recorded_at <= at)
    for query in (closed, tail):
        yield from ((row[0], row[1]) for row in session.execute(query))


def _named(session: Session, rows: dict[str, Balance], last: str) -> list[Balance]:
    version = version_for(session, last)
    query = (
        select(
            Account.code,
            func.coalesce(ChartAccount.name, Account.name),
            func.coalesce(ChartAccount.name_en, Account.name_en),
            Account.kind,
        )
        .outerjoin(ChartAccount, (ChartAccount.code == Account.code) & (ChartAccount.version == version))
        .order_by(Account.code)
    )
    found: list[Balance] = []
    for code, name, name_en, kind in session.execute(query):
        if code in rows:
            row = rows[code]
            row.name, row.name_en, row.kind = name, name_en, kind
            found.append(row)
    return found


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What must be nothing: the sum of openings, of debits less credits, of closings."""

    opening: Decimal
    moved: Decimal
    closing: Decimal

    @property
    def ties(self) -> bool:
        """Whether it is."""
        return (self.opening, self.moved, self.closing) == (ZERO, ZERO, ZERO)


def weigh(rows: Sequence[Balance]) -> Weighed:
    """What all accounts come to together."""
    return Weighed(
        opening=sum((row.opening for row in rows), ZERO),
        moved=sum((row.debit - row.credit for row in rows), ZERO),
        closing=sum((row.closing for row in rows), ZERO),
    )
