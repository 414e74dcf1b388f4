"""This file is the types of columns: exact and the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from operator import add, mul, sub
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column

from spd.core.money import from_scaled, to_scaled

BigInt = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by INTEGER PRIMARY KEY only


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant: TIMESTAMPTZ on PostgreSQL, naive UTC on SQLite. A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone: instants are aware")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Scaled(TypeDecorator[Decimal]):
    """An exact amount of yuan with at most four decimals, kept as ten-thousandths in a whole number."""

    impl = BigInteger()
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[Decimal]):  # noqa: N801
        """Money less money is money: SQLAlchemy by itself would read it as the whole number it is kept as."""

        def operate(self, op: Any, *other: Any, **more: Any) -> ColumnElement[Any]:
            """What the operator makes, read as money where it is a sum or a difference."""
            made = super().operate(op, *other, **more)
            return type_coerce(made, Scaled()) if op in (add, sub) else made

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        return None if value is None else to_scaled(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_scaled(int(value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return BigInteger() if op is mul else self  # money is multiplied by a quantity, never by money


Id = Annotated[int, mapped_column(BigInt, primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcDateTime())]
Day = Annotated[date, mapped_column(Date())]
Quantity = Annotated[int, mapped_column(BigInteger())]  # base units
Money = Annotated[Decimal, mapped_column(Scaled())]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
Code = Annotated[str, mapped_column(String(80))]
Word = Annotated[str, mapped_column(String(24))]
Name = Annotated[str, mapped_column(String(200))]


def worth(quantity: Any, unit_price: Any) -> ColumnElement[Decimal]:
    """What so many base units cost, as an expression that reads as money."""
    return type_coerce(quantity * unit_price, Scaled())
