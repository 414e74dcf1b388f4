"""This file is whether a product's certificate covers the day a thing was made, read with the row of the thing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select

from spd.catalog import Lot, Product
from spd.licensing.models import Licence, LicenceKind


def _covers(day: Any) -> ColumnElement[bool]:
    return and_(Licence.valid_from_on <= day, or_(Licence.valid_to_on.is_(None), Licence.valid_to_on >= day))


STANDING: Any = (
    select(
        func.max(
            case(
                (_covers(func.coalesce(Lot.produced_on, bindparam("day"))), 3),
                (Lot.produced_on.is_(None), 2),
                else_=1,
            )
        )
    )
    .where(
        Licence.number == Product.registration_number,
        Licence.kind == LicenceKind.REGISTRATION,
        Licence.withdrawn_at.is_(None),
    )
    .correlate(Product, Lot)
    .scalar_subquery()
    .label("registered")
)
"""3 it covers the day; 2 it has ended and the day is not known; 1 it did not hold that day; NULL none is on record."""
