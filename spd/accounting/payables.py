"""This file is what suppliers are owed before their invoices: which accounts say so, and how much of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.accounting.lines import Event
from spd.accounting.rules import load_rules
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Posting
from spd.parties import Party


def accrued_accounts(session: Session) -> frozenset[str]:
    """The accounts on which goods put a supplier's name: what is owed by receipt, issue, use or loss."""
    of_goods = [rules for event, rules in load_rules(session).items() if event in set(Event)]
    return frozenset(rule.account for rules in of_goods for rule in rules if rule.names_supplier)


@dataclass(frozen=True, kw_only=True)
class Accrued:
    """One supplier, and what the journal owes it without an invoice at the end of a month.

    `lines` are its postings, of the month `since` and later.
    """

    supplier: str
    name: str
    name_en: str
    since: str
    lines: int
    amount: Decimal


def accrued_at_end(session: Session, period: str) -> Sequence[Accrued]:
    """Suppliers that are owed something without an invoice at the end of a month, by code."""
    total = func.sum(type_coerce(Posting.amount, BigInteger))
    query = (
        select(
            Party.code, Party.name, Party.name_en, func.min(Posting.period), func.count(), type_coerce(-total, Scaled())
        )
        .join(Party, Party.id == Posting.party_id)
        .where(Posting.account.in_(accrued_accounts(session)), Posting.period <= period)
        .group_by(Party.id, Party.code, Party.name, Party.name_en)
        .having(total != 0)
        .order_by(Party.code)
    )
    return [
        Accrued(supplier=code, name=name, name_en=name_en, since=since, lines=lines, amount=amount or ZERO)
        for code, name, name_en, since, lines, amount in session.execute(query)
    ]
