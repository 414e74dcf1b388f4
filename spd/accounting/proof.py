"""This file is the proof that money and matter agree: accounts equal the goods they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.accounting.models import PostingRule
from spd.core.columns import worth
from spd.ledger import Account, EntryRow, Item, Movement, MovementKind, Posting
from spd.ledger.verify import Problem
from spd.parties import HOSPITAL_ID
from spd.places import INSIDE, Location


def problems(session: Session) -> list[Problem]:
    """Where an account is not what the goods say; an empty list is the proof."""
    return [*_inventory(session), *_uses(session)]


def _inventory(session: Session) -> Iterator[Problem]:
    """Inventory accounts together equal the hospital's own goods on hand, at their price."""
    accounts = _inventory_accounts(session)
    kept = session.scalar(select(func.sum(Posting.amount)).where(Posting.account.in_(accounts))) or Decimal(0)
    there = session.scalar(
        select(func.sum(worth(Item.quantity, Item.unit_price)))
        .join(Location, Location.id == Item.location_id)
        .where(Item.owner_id == HOSPITAL_ID, Location.kind.in_(INSIDE))
    ) or Decimal(0)
    if kept != there:
        says = f"inventory accounts hold {kept}, the hospital's goods on hand are worth {there}"
        yield Problem(check="inventory", table="accounts", row=", ".join(accounts), says=says)


def _inventory_accounts(session: Session) -> list[str]:
    """The asset accounts that the rules for goods debit or credit."""
    query = (
        select(PostingRule.account)
        .join(Account, Account.code == PostingRule.account)
        .where(Account.kind == "asset")
        .distinct()
        .order_by(PostingRule.account)
    )
    return list(session.scalars(query))


def _uses(session: Session) -> Iterator[Problem]:
    """Each use's expense is its quantity at the price the item came in at; each reversal's the same, below zero."""
    expense = select(Account.code).where(Account.kind == "expense")
    posted = (
        select(EntryRow.movement_id, func.sum(Posting.amount).label("amount"))
        .join(Posting, Posting.entry_id == EntryRow.id)
        .where(Posting.account.in_(expense))
        .group_by(EntryRow.movement_id)
        .subquery()
    )
    cost_of = worth(Movement.quantity, Item.unit_price)
    for kind, sign in ((MovementKind.CONSUME, 1), (MovementKind.REVERSE, -1)):
        query = (
            select(Movement.id, cost_of.label("worth"), posted.c.amount)
            .join(Item, Item.id == Movement.item_id)
            .outerjoin(posted, posted.c.movement_id == Movement.id)
            .where(Movement.kind == kind, func.coalesce(posted.c.amount, 0) != (cost_of if sign > 0 else -cost_of))
        )
        for movement_id, cost, amount in session.execute(query):
            says = f"cost {sign * cost}, its postings say {amount if amount is not None else 'nothing'}"
            yield Problem(check="cost", table="movements", row=str(movement_id), says=says)
