"""This file is the life of one thing as its supplier may know it: what came, was used, undone and owed; nobody's name.

No department, stay, place or person is selected.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Account, EntryRow, Item, Movement, MovementKind, Posting
from spd.settlement.models import Statement, StatementLine
from spd.settlement.steps import seen_by

_TOLD = (
    MovementKind.RECEIVE, MovementKind.CONSUME, MovementKind.REVERSE, MovementKind.RETURN, MovementKind.TITLE,
    MovementKind.WRITE_OFF, MovementKind.ADJUST,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What it is, by its label."""

    item: str
    serial: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """One movement of it: what became owed by it, and the statement that says so where the supplier was sent it.

    `note`: of what came, the delivery note.
    """

    movement: int
    day_on: date
    kind: str
    note: str
    quantity: int
    owed: Decimal
    statement: str


@dataclass(frozen=True, kw_only=True)
class Life:
    """A thing and its movements, in their order."""

    thing: Thing
    lines: Sequence[Told]


def told_of(session: Session, suppliers: Collection[int], movement: int) -> Life | None:
    """The life of the thing of a movement; none where there is no such movement of goods of these suppliers."""
    found = session.execute(
        select(
            Item.id, Item.parent_id, Item.code, Item.serial, Product.name, Product.name_en, Product.specification,
            Product.base_unit, Lot.code.label("lot"), Lot.expires_on, Lot.expires_at,
        )
        .join(Movement, Movement.item_id == Item.id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Movement.id == movement, Item.supplier_id.in_(suppliers))
    ).one_or_none()  # fmt: skip
    if found is None:
        return None
    lines = _lines(session, suppliers, found.id)
    parent = found.parent_id
    while parent is not None and not any(line.kind == MovementKind.RECEIVE for line in lines):
        lines = [line for line in _lines(session, suppliers, parent) if line.kind == MovementKind.RECEIVE] + lines
        parent = session.scalar(select(Item.parent_id).where(Item.id == parent))
    thing = Thing(
        item=found.code, serial=found.serial, name=found.name, name_en=found.name_en,
        specification=found.specification, base_unit=found.base_unit, lot=found.lot, expires_on=found.expires_on,
        expires_at=found.expires_at,
    )  # fmt: skip
    return Life(thing=thing, lines=lines)


def _lines(session: Session, suppliers: Collection[int], item: int) -> list[Told]:
    owed = (
        select(func.coalesce(func.sum(-type_coerce(Posting.amount, BigInteger)), 0))
        .join(Account, Account.code == Posting.account)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(EntryRow.movement_id == Movement.id, Posting.party_id.in_(suppliers), Account.kind == "liability")
        .correlate(Movement)
        .scalar_subquery()
    )
    stated = (
        select(func.min(Statement.code))
        .join(StatementLine, StatementLine.statement_id == Statement.id)
        .where(StatementLine.movement_id == Movement.id, seen_by(suppliers))
        .correlate(Movement)
        .scalar_subquery()
    )
    query = (
        select(
            Movement.id, Movement.day_on, Movement.kind, Movement.document, Movement.quantity,
            type_coerce(owed, Scaled()).label("owed"), stated.label("statement"),
        )
        .where(Movement.item_id == item, Movement.kind.in_(_TOLD))
        .order_by(Movement.sequence)
    )  # fmt: skip
    return [
        Told(
            movement=row.id, day_on=row.day_on, kind=row.kind, quantity=row.quantity, owed=row.owed or ZERO,
            note=row.document if row.kind == MovementKind.RECEIVE else "", statement=row.statement or "",
        )
        for row in session.execute(query)
    ]  # fmt: skip
