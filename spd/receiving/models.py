"""This file is the tables of delivery notes. What was received is not kept here: it is the sum of the movements."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


def _as_stated(row: Any) -> int:
    """A line states its largest quantity when it is first written."""
    return int(row.get_current_parameters()["quantity"])


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
    announced_by_id: Mapped[int | None] = mapped_column(BigInt)
    """Who put it on record: somebody of the supplier, of the hospital, or a system."""
    slip_number: Mapped[Code] = mapped_column(default="")
    """The number of the paper that travels with the goods (随货同行单)."""
    invoice_numbers: Mapped[str] = mapped_column(Text(), default="[]")
    """The invoices from maker to hospital, in order: a JSON list. Two are allowed (两票制), more are flagged."""
    version: Mapped[int] = mapped_column(default=1)
    """Raised when the note is amended; what it said before is in `delivery_versions`."""
    lines: Mapped[list[DeliveryLine]] = relationship(order_by="DeliveryLine.line", lazy="selectin")

    @property
    def invoices(self) -> list[str]:
        """The invoice numbers of the chain, the maker's first."""
        return json.loads(self.invoice_numbers)  # type: ignore[no-any-return]


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
    produced_on: Mapped[date | None]
    order_line_id: Mapped[int | None] = mapped_column(BigInt, index=True)
    """The line of the order it fulfils, in the version it was announced for."""
    largest_quantity: Mapped[Quantity] = mapped_column(default=_as_stated)
    """The most the note ever stated of it: what comes beyond is no part of this note, however it was amended."""


class DeliveryPackage(Base):
    """One case or pallet of a note: a scan of its code says all that is in it.

    `quantity` is what lies in it directly; a pallet that holds only cases has none. Its cases name it as parent.
    """

    __tablename__ = "delivery_packages"
    __table_args__ = (
        UniqueConstraint("delivery_id", "sscc"),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    sscc: Mapped[str | None] = mapped_column(String(80), index=True)
    """Eighteen digits, or a label of ours where the supplier numbers no cases; none for one lot of a mixed case."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_packages.id"), index=True)
    delivery_line_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_lines.id"))
    di: Mapped[Code] = mapped_column(default="")
    """The device identifier of what is in it, where the supplier states it: needed to name serials."""
    lot: Mapped[Code] = mapped_column(default="")
    expires_on: Mapped[date | None]
    produced_on: Mapped[date | None]
    quantity: Mapped[Quantity]
    serials: Mapped[str] = mapped_column(Text(), default="[]")
    """The serials in it: a JSON list, empty for goods without."""

    @property
    def serial_list(self) -> list[str]:
        """The serials in it."""
        return json.loads(self.serials)  # type: ignore[no-any-return]


class DeliveryVersion(AppendOnly, Base):
    """What a note said before it was amended: its lines and packages as they were."""

    __tablename__ = "delivery_versions"
    __table_args__ = (UniqueConstraint("delivery_id", "version"), UniqueConstraint("request_key"))

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    version: Mapped[int]
    said: Mapped[str] = mapped_column(Text())
    amended_at: Mapped[Instant]
    amended_by_id: Mapped[int] = mapped_column(BigInt)
    request_key: Mapped[UUID] = mapped_column(Uuid())
