"""This file is vouchers: a month's journal as a general ledger takes it, summed by day and event, numbered, balanced.

A hospital makes tens of thousands of entries a day; a general ledger wants one voucher for what happened of a kind on a
day. Numbers follow day and event without a gap; they are final once the month is closed. What is entered while it is
opened again is in vouchers of its own after those, so that what a general ledger has taken stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from spd.accounting.expense_items import expense_item
from spd.accounting.models import ChartAccount
from spd.accounting.rules import Rules, load_rules, version_for
from spd.accounting.sides import apart, side_of
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Account, EntryRow, Posting, calendar_for, closed_through, period_of, steps_of
from spd.ledger.books import Step
from spd.parties import Party
from spd.places import Department


@dataclass(frozen=True, kw_only=True)
class VoucherLine:
    """One line of a voucher: what one account, department and supplier took part with, debit and credit apart.

    What is undone stands in red, below zero on the side it was on.
    """

    voucher: str
    number: int
    day_on: date
    event: str
    account: str
    account_name: str
    account_name_en: str
    department: str
    supplier: str
    expense_item: str
    """Of expense the kind of material, by the hospital's rules; empty of other accounts."""
    debit: Decimal
    credit: Decimal
    entries: int
    """How many entries of the journal it sums."""
    late: bool
    """Whether it is of a day of an earlier month, posted here because that one was closed."""
    after_at: datetime | None = None
    """Of what was entered while the month was opened again: when it had been locked before."""
    until_at: datetime | None = None
    """When the month was locked with it; none where it has not been since."""

    @property
    def added(self) -> bool:
        """Whether it was entered while the month was opened again."""
        return self.after_at is not None


@dataclass(frozen=True, kw_only=True)
class ControlTotals:
    """What a general ledger must come to when it has taken a month."""

    period: str
    vouchers: int
    lines: int
    debit: Decimal
    credit: Decimal
    final: bool
    """Whether the month is closed: nothing changes any more."""


def vouchers(session: Session, period: str, *, at: datetime | None = None) -> list[VoucherLine]:
    """The lines of a month's vouchers, in order, now or as of an instant. Debit and credit of each are the same."""
    amount = type_coerce(Posting.amount, BigInteger)
    above = type_coerce(func.sum(case((amount > 0, amount), else_=0)), Scaled())
    below = type_coerce(func.sum(case((amount < 0, amount), else_=0)), Scaled())
    locks = [step.as_of for step in steps_of(session, period) if step.step == Step.CLOSED]
    opened = case(*((EntryRow.recorded_at <= lock, number) for number, lock in enumerate(locks)), else_=len(locks))
    item = expense_item(session, period, at)
    sums = item.joined(
        select(
            (opened if locks else literal(0)).label("opened"),
            EntryRow.day_on,
            EntryRow.event,
            Posting.account,
            Posting.department_id,
            Posting.party_id,
            item.column.label("expense_item"),
            above.label("above"),
            below.label("below"),
            func.count(Posting.entry_id.distinct()).label("entries"),
        )
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Account, Account.code == Posting.account)
        .where(Posting.period == period, EntryRow.recorded_at <= at if at is not None else EntryRow.id > 0)
        .group_by(
            "opened", EntryRow.day_on, EntryRow.event, Posting.account, Posting.department_id, Posting.party_id,
            "expense_item",
        )
    ).subquery()  # fmt: skip
    named = version_for(session, period)
    query = (
        select(
            sums,
            func.coalesce(ChartAccount.name, Account.name).label("name"),
            func.coalesce(ChartAccount.name_en, Account.name_en).label("name_en"),
            Department.code.label("department"),
            Party.code.label("party"),
            Account.kind.label("kind"),
        )
        .join(Account, Account.code == sums.c.account)
        .outerjoin(ChartAccount, (ChartAccount.code == Account.code) & (ChartAccount.version == named))
        .outerjoin(Department, Department.id == sums.c.department_id)
        .outerjoin(Party, Party.id == sums.c.party_id)
        .order_by(sums.c.opened, sums.c.day_on, sums.c.event, sums.c.account, Department.code, Party.code,
                  sums.c.expense_item)
    )  # fmt: skip
    rows = session.execute(query).all()
    calendar = calendar_for(session, max(row.day_on for row in rows)) if rows else ()
    rules = load_rules(session, period)
    found: list[VoucherLine] = []
    for number, (_, lines) in enumerate(groupby(rows, key=lambda row: (row.opened, row.day_on, row.event)), 1):
        for row in lines:
            after, until = (locks[at] if 0 <= at < len(locks) else None for at in (row.opened - 1, row.opened))
            found.append(replace(_line(period, number, row, calendar, rules), after_at=after, until_at=until))
    return found


def _line(period: str, number: int, row: Any, calendar: Any, rules: Rules) -> VoucherLine:
    side = side_of(rules, {row.account: row.kind}, row.event, row.account)
    debit, credit = apart(side, row.event, row.above, row.below)
    return VoucherLine(
        voucher=f"{period}-{number:04d}", number=number, day_on=row.day_on, event=row.event, account=row.account,
        account_name=row.name, account_name_en=row.name_en, department=row.department or "", supplier=row.party or "",
        expense_item=row.expense_item, debit=debit, credit=credit, entries=row.entries,
        late=period_of(row.day_on, calendar) < period,
    )  # fmt: skip


def control_totals(session: Session, period: str, lines: Sequence[VoucherLine]) -> ControlTotals:
    """What the lines of a month come to."""
    return ControlTotals(
        period=period,
        vouchers=lines[-1].number if lines else 0,
        lines=len(lines),
        debit=sum((line.debit for line in lines), ZERO),
        credit=sum((line.credit for line in lines), ZERO),
        final=period <= closed_through(session),
    )
