"""Money in the database is money in what the database works out of it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from spd.core.columns import Scaled, worth

PRICE, LESS = literal(Decimal("17.2"), Scaled()), literal(Decimal("0.0035"), Scaled())


def test_sums_and_differences_of_money_are_money(session: Session) -> None:
    found = session.execute(
        select(PRICE - LESS, PRICE + LESS, -LESS, func.sum(PRICE - LESS), PRICE - Decimal("0.2"))
    ).one()
    assert tuple(found) == (
        Decimal("17.1965"), Decimal("17.2035"), Decimal("-0.0035"), Decimal("17.1965"), Decimal(17),
    )  # fmt: skip


def test_money_times_a_quantity_is_money(session: Session) -> None:
    assert session.scalar(select(worth(3, PRICE) - LESS)) == Decimal("51.5965")


def test_what_is_left_over_is_found_by_its_amount(session: Session) -> None:
    left = PRICE - LESS
    assert session.scalar(select(literal(1)).where(left > Decimal("17.1964"))) == 1
    assert session.scalar(select(literal(1)).where(left > Decimal("17.1965"))) is None
