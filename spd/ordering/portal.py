"""This file is what a supplier may know: its goods here, what was used of them, what it is owed. Never a patient.

Every statement is of some suppliers and cannot be asked without them. No department, stay or person is selected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.core.columns import Scaled, worth
from spd.ledger import Account, EntryRow, Item, Movement, MovementKind, Posting
from spd.ordering.models import Answer, Order, OrderState
from spd.places import INSIDE, Location
from spd.receiving import Delivery


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A supplier's day in figures."""

    to_answer: int
    open_orders: int
    open_notes: int
    consigned: int
    consigned_value: Decimal
    used_amount: Decimal
    owed: Decimal


def consigned(suppliers: Collection[int]) -> Select[Any]:
    """The goods of these suppliers in the hospital that are still theirs; one row for each item."""
    return (
        select()
        .select_from(Item)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.owner_id.in_(suppliers), Item.quantity > 0, Location.kind.in_(INSIDE))
    )


def used(suppliers: Collection[int]) -> Select[Any]:
    """What was used of the goods these suppliers delivered, and what was undone; one row for each movement."""
    return (
        select()
        .select_from(Movement)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.supplier_id.in_(suppliers), Movement.kind.in_((MovementKind.CONSUME, MovementKind.REVERSE)))
    )


def signed_quantity() -> Any:
    """Base units of a use; below zero where it was undone."""
    return case((Movement.kind == MovementKind.REVERSE, -Movement.quantity), else_=Movement.quantity)


def signed_amount() -> Any:
    """What a use is worth at the price its item came in at; below zero where it was undone."""
    return worth(signed_quantity(), Item.unit_price)


def owed(suppliers: Collection[int]) -> Select[Any]:
    """The lines of the journal that say what these suppliers are owed; one row for each posting."""
    return (
        select()
        .select_from(Posting)
        .join(Account, Account.code == Posting.account)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Posting.party_id.in_(suppliers), Account.kind == "liability")
    )


def owed_amount() -> Any:
    """What a line adds to what is owed: a payable is a credit, which is below zero in the journal."""
    return type_coerce(-type_coerce(Posting.amount, BigInteger), Scaled())


@dataclass(frozen=True, kw_only=True)
class MonthOwed:
    """What arose in one month, what was undone, and what is owed at its end."""

    period: str
    arose: Decimal
    undone: Decimal
    owed: Decimal

    @property
    def net(self) -> Decimal:
        """What the month added."""
        return self.arose - self.undone


def owed_by_month(session: Session, suppliers: Collection[int]) -> list[MonthOwed]:
    """What these suppliers are owed, by month, the first month first."""
    amount = type_coerce(Posting.amount, BigInteger)
    query = (
        select(
            Posting.period,
            type_coerce(func.sum(case((amount < 0, -amount), else_=0)), Scaled()).label("arose"),
            type_coerce(func.sum(case((amount > 0, amount), else_=0)), Scaled()).label("undone"),
        )
        .join(Account, Account.code == Posting.account)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(Posting.party_id.in_(suppliers), Account.kind == "liability", EntryRow.movement_id.is_not(None))
        .group_by(Posting.period)
        .order_by(Posting.period)
    )
    months: list[MonthOwed] = []
    total = Decimal(0)
    for period, arose, undone in session.execute(query):
        total += arose - undone
        months.append(MonthOwed(period=period, arose=arose, undone=undone, owed=total))
    return months


def standing(session: Session, suppliers: Collection[int], *, on: date) -> Standing:
    """The day of these suppliers in figures."""
    mine = Order.supplier_id.in_(suppliers) & (Order.state == OrderState.SENT)
    notes = Delivery.supplier_id.in_(suppliers) & Delivery.closed_at.is_(None)
    value = func.coalesce(func.sum(worth(Item.quantity, Item.unit_price)), 0)
    pieces, stock = session.execute(
        consigned(suppliers).add_columns(func.coalesce(func.sum(Item.quantity), 0), type_coerce(value, Scaled()))
    ).one()
    month = used(suppliers).where(Movement.day_on >= on.replace(day=1), Movement.day_on <= on)
    months = owed_by_month(session, suppliers)
    return Standing(
        to_answer=_count(session, select(Order.id).where(mine, Order.answer == Answer.NONE)),
        open_orders=_count(session, select(Order.id).where(mine)),
        open_notes=_count(session, select(Delivery.id).where(notes)),
        consigned=int(pieces),
        consigned_value=stock,
        used_amount=session.scalar(month.add_columns(func.sum(signed_amount()))) or Decimal(0),
        owed=months[-1].owed if months else Decimal(0),
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
