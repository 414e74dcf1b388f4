"""This file is what stands on no approved statement through a month: drafts, and suppliers with none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.core.columns import Scaled
from spd.ledger import Posting
from spd.parties import Party
from spd.settlement.models import Statement, StatementState
from spd.settlement.unsettled import Reach, owing


@dataclass(frozen=True, kw_only=True)
class Unstated:
    """A draft that nobody has approved; or what a supplier is owed that is on no statement: `statement` is empty."""

    supplier: str
    name: str
    name_en: str
    statement: str
    lines: int
    amount: Decimal


def unstated(session: Session, period: str) -> Sequence[Unstated]:
    """What is to be done of statements through a month, by supplier: one row for each, its draft where it has one."""
    drafts = session.execute(
        select(Statement, Party)
        .join(Party, Party.id == Statement.supplier_id)
        .where(Statement.state == StatementState.DRAFT, Statement.period <= period)
    ).all()
    found = [
        Unstated(
            supplier=party.code, name=party.name, name_en=party.name_en, statement=one.code, lines=one.lines,
            amount=one.total,
        )
        for one, party in drafts
    ]  # fmt: skip
    left = owing(session, Reach(period=period))
    amount = type_coerce(func.sum(type_coerce(left.amount, BigInteger)), Scaled())
    query = left.query.join(Party, Party.id == Posting.party_id)
    query = query.where(Party.id.not_in([party.id for _one, party in drafts]))
    query = query.group_by(Party.code, Party.name, Party.name_en)
    for code, name, name_en, lines, owed in session.execute(
        query.add_columns(Party.code, Party.name, Party.name_en, func.count(), amount)
    ):
        found.append(Unstated(supplier=code, name=name, name_en=name_en, statement="", lines=lines, amount=owed))
    return sorted(found, key=lambda one: one.supplier)
