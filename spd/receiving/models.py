"""This file is the tables of delivery notes. What was received is not kept here: it is the sum of the movements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spd.core.base import Base
from spd.core.columns import Code, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


class Delivery(Base):
    """A supplier's delivery note (ASN)."""

    __tablename__ = "deliveries"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """The number on the supplier's note."""
    label: Mapped[Code] = mapped_column(unique=True)
    """Our own code for it."""
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    announced_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    reason: Mapped[Name] = mapped_column(default="")
    """Why it was closed with differences."""
    lines: Mapped[list[DeliveryLine]] = relationship(order_by="DeliveryLine.line", lazy="selectin")


class DeliveryLine(Base):
    """What the note states of one product or lot, with the price and settlement it is received at."""

    __tablename__ = "delivery_lines"
    __table_args__ = (UniqueConstraint("delivery_id", "line"), CheckConstraint("quantity > 0", name="states_something"))

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[Code] = mapped_column(default="")
    expires_on: Mapped[date | None]
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    settlement_mode: Mapped[Word]
