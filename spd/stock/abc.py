"""This file is ABC: which products make up most of a year's consumption by value, sorted in the database at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, case, delete, func, insert, literal, select, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Day, Money, Word
from spd.ledger import Item, Movement, MovementKind
from spd.places import End

YEAR = timedelta(days=365)


class AbcClass(Base):
    """The class of one product, made anew as a whole. Products not used for a year are in none: they count as C."""

    __tablename__ = "abc_classes"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True, autoincrement=False)
    abc: Mapped[Word]
    yearly_value: Mapped[Money]
    classified_on: Mapped[Day]


def classify(session: Session, *, on: date, shares_permille: Sequence[int]) -> int:
    """How many products were sorted by what they were used for in the year before `on`.

    `shares_permille`: up to which share of the whole, dearest first, a product is B, and A: 950 and 800.
    """
    to_b, to_a = shares_permille
    signed = case((Movement.kind == MovementKind.CONSUME, 1), else_=-1) * Movement.quantity * Item.unit_price
    value = func.sum(type_coerce(signed, BigInteger()))
    undone = (Movement.kind == MovementKind.REVERSE) & (Movement.from_location_id == End.PATIENT)
    used = (
        select(Item.product_id.label("product_id"), value.label("value"))
        .join(Item, Item.id == Movement.item_id)
        .where(Movement.day_on > on - YEAR, Movement.day_on <= on)
        .where((Movement.kind == MovementKind.CONSUME) | undone)
        .group_by(Item.product_id)
        .having(value > 0)
        .subquery()
    )
    before = func.sum(used.c.value).over(order_by=(used.c.value.desc(), used.c.product_id)) - used.c.value
    whole = func.sum(used.c.value).over()
    abc = case((before * 1000 < whole * to_a, "A"), (before * 1000 < whole * to_b, "B"), else_="C")
    session.execute(delete(AbcClass))
    sorted_out = select(used.c.product_id, abc, used.c.value, literal(on))
    columns = ["product_id", "abc", "yearly_value", "classified_on"]
    session.execute(insert(AbcClass).from_select(columns, sorted_out))
    return session.scalar(select(func.count()).select_from(AbcClass)) or 0


def classified_on(session: Session) -> date | None:
    """The day of the last sorting."""
    return session.scalar(select(func.max(AbcClass.classified_on)))


def classes(session: Session) -> dict[int, tuple[str, Decimal]]:
    """Class and yearly value by product."""
    query = select(AbcClass.product_id, AbcClass.abc, AbcClass.yearly_value)
    return {product_id: (abc, value) for product_id, abc, value in session.execute(query)}


def class_of(session: Session, product_ids: Collection[int]) -> dict[int, str]:
    """The class of each of these products that is in one; those not used for a year are left out: they count as C."""
    wanted, found = sorted(product_ids), dict[int, str]()
    for start in range(0, len(wanted), 500):
        query = select(AbcClass.product_id, AbcClass.abc).where(AbcClass.product_id.in_(wanted[start : start + 500]))
        found |= {row.product_id: row.abc for row in session.execute(query)}
    return found
