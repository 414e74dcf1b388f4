"""This file is agreements with suppliers: how a product is ordered from one of them, from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Day, Id, Quantity, UtcDateTime


class Agreement(Base):
    """How one product is ordered from one supplier: how long it takes, how much at least, in which packaging."""

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("supplier_id", "product_id", "valid_from_on"),
        CheckConstraint("min_order_quantity > 0", name="orders_something"),
        CheckConstraint("order_multiple > 0", name="packs_something"),
        CheckConstraint("lead_days >= 0", name="not_before"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    number: Mapped[Code] = mapped_column(default="")
    """The number of the contract."""
    valid_from_on: Mapped[Day]
    valid_to_on: Mapped[date | None]
    """The last day it holds; none where it is open."""
    lead_days: Mapped[int | None]
    """Days from the order to the goods; where nothing is agreed it is measured."""
    min_order_quantity: Mapped[Quantity] = mapped_column(default=1)
    """The least that is delivered, in base units."""
    order_multiple: Mapped[Quantity] = mapped_column(default=1)
    """Base units of the packaging it is ordered in."""
    set_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


def agreements_in_force(
    session: Session, *, on: date, product_ids: Sequence[int] | None = None
) -> dict[tuple[int, int], Agreement]:
    """The newest agreement that holds on a day, by (supplier, product); of some products where they are named."""
    query = (
        select(Agreement)
        .where(Agreement.valid_from_on <= on, (Agreement.valid_to_on.is_(None)) | (Agreement.valid_to_on >= on))
        .order_by(Agreement.valid_from_on)
    )
    if product_ids is not None:
        query = query.where(Agreement.product_id.in_(product_ids))
    return {(found.supplier_id, found.product_id): found for found in session.scalars(query)}
