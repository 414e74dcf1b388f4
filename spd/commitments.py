"""This file is centrally procured volume commitments (集采带量): what the hospital promised to buy, and how far it is.

Progress is a sum of what came in of a product, never a kept figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Subquery, UniqueConstraint, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog import Product
from spd.core.base import Base
from spd.core.columns import Code, Day, Id, Instant, Name, Quantity
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import Item, Movement, MovementKind
from spd.parties import Party
from spd.places import End


class Commitment(Base):
    """So many base units of a product from a supplier within a period. Never deleted: ended early."""

    __tablename__ = "commitments"
    __table_args__ = (
        UniqueConstraint("number", "product_id"),
        CheckConstraint("quantity > 0", name="promises_something"),
        CheckConstraint("until_on >= from_on", name="lasts"),
    )

    id: Mapped[Id]
    number: Mapped[Code]
    """Of the procurement round or contract."""
    name: Mapped[Name] = mapped_column(default="")
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    """The supplier that won; none where any supplier's deliveries count."""
    quantity: Mapped[Quantity]
    from_on: Mapped[Day]
    until_on: Mapped[Day]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class CommitmentKnown(Conflict):
    """The round has this product already."""

    code = "commitment-known"
    say = {
        "zh": "{number} 已有 {product} 的约定量。",
        "en": "{number} has a commitment for {product} already.",
    }


class PeriodBackwards(Refused):
    """The period ends before it begins."""

    code = "period-backwards"
    say = {
        "zh": "截止日 {until} 早于起始日 {since}。更正日期。",
        "en": "The period ends on {until}, before it begins on {since}. Correct the days.",
    }


class UnknownCommitment(NotFound):
    """There is no such commitment."""

    code = "unknown-commitment"
    say = {"zh": "没有此约定量。", "en": "There is no such commitment."}


@dataclass(frozen=True, kw_only=True)
class Promised:
    """A commitment as it is said."""

    number: str
    product: Product
    supplier: Party | None
    quantity: int
    from_on: date
    until_on: date
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A commitment and how far it is.

    received, used: base units in its period; due: what an even pace would have brought by the day asked about.
    """

    id: int
    number: str
    name: str
    product: str
    product_name: str
    product_name_en: str
    supplier: str
    supplier_name: str
    supplier_name_en: str
    quantity: int
    received: int
    used: int
    due: int
    from_on: date
    until_on: date

    @property
    def share(self) -> Decimal:
        """How much of it was bought, in percent."""
        return (Decimal(100) * self.received / self.quantity).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def pace(self) -> str:
        """reached, behind, or on_pace."""
        return "reached" if self.received >= self.quantity else "behind" if self.behind else "on_pace"

    @property
    def behind(self) -> int:
        """By how much it is behind an even pace."""
        return max(0, self.due - self.received)


def promise(session: Session, occasion: Occasion, said: Promised) -> Commitment:
    """The commitment, from now on followed. Raises: PeriodBackwards, CommitmentKnown."""
    if said.until_on < said.from_on:
        raise PeriodBackwards(until=said.until_on.isoformat(), since=said.from_on.isoformat())
    same = (Commitment.number == said.number, Commitment.product_id == said.product.id)
    if session.scalar(select(Commitment.id).where(*same)):
        raise CommitmentKnown(number=said.number, product=said.product.name)
    row = Commitment(
        number=said.number,
        name=said.name,
        product_id=said.product.id,
        supplier_id=said.supplier.id if said.supplier else None,
        quantity=said.quantity,
        from_on=said.from_on,
        until_on=said.until_on,
        set_at=occasion.recorded_at,
        set_by_id=occasion.staff_id,
    )
    session.add(row)
    session.flush()  # its number is told
    return row


def standings(session: Session, *, on: date) -> list[Standing]:
    """Every commitment with what came in and was used of it, by round and product; as of the end of a day."""
    moved = _moved(on)
    query = (
        select(
            Commitment,
            Product.code,
            Product.name,
            Product.name_en,
            func.coalesce(Party.code, ""),
            func.coalesce(Party.name, ""),
            func.coalesce(Party.name_en, ""),
            moved.c.received,
            moved.c.used,
        )
        .join(Product, Product.id == Commitment.product_id)
        .outerjoin(Party, Party.id == Commitment.supplier_id)
        .outerjoin(moved, moved.c.id == Commitment.id)
        .order_by(Commitment.number, Product.code)
    )
    return [
        Standing(
            id=row.id, number=row.number, name=row.name, product=code, product_name=name, product_name_en=name_en,
            supplier=supplier, supplier_name=supplier_zh, supplier_name_en=supplier_en, quantity=row.quantity,
            received=int(received or 0), used=int(used or 0), due=_due(row, on), from_on=row.from_on,
            until_on=row.until_on,
        )
        for row, code, name, name_en, supplier, supplier_zh, supplier_en, received, used in session.execute(query)
    ]  # fmt: skip


def _moved(on: date) -> Subquery:
    """What was received and used for each commitment up to a day; what was reversed does not count."""
    received = case((Movement.kind == MovementKind.RECEIVE, Movement.quantity), else_=0)
    used = case(
        (Movement.kind == MovementKind.CONSUME, Movement.quantity),
        ((Movement.kind == MovementKind.REVERSE) & (Movement.from_location_id == End.PATIENT), -Movement.quantity),
        else_=0,
    )
    kinds = (MovementKind.RECEIVE, MovementKind.CONSUME, MovementKind.REVERSE)
    within = (Movement.day_on >= Commitment.from_on) & (Movement.day_on <= Commitment.until_on)
    of_supplier = Commitment.supplier_id.is_(None) | (Commitment.supplier_id == Item.supplier_id)
    return (
        select(Commitment.id, func.sum(received).label("received"), func.sum(used).label("used"))
        .join(Item, (Item.product_id == Commitment.product_id) & of_supplier)
        .join(Movement, (Movement.item_id == Item.id) & within)
        .where(Movement.kind.in_(kinds), Movement.day_on <= on)
        .group_by(Commitment.id)
        .subquery()
    )


def _due(row: Commitment, on: date) -> int:
    """What an even pace would have brought by the end of a day."""
    days = (row.until_on - row.from_on).days + 1
    passed = min(max((on - row.from_on).days + 1, 0), days)
    return row.quantity * passed // days


def behind(rows: Sequence[Standing]) -> list[Standing]:
    """Those that are behind an even pace, the furthest first."""
    return sorted((row for row in rows if row.behind), key=lambda row: -row.behind * 1000 // row.quantity)
