"""This file is the tables of what the bay says beside the ledger: pieces put aside, inspections, temperatures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Digest, Id, Instant, Name, Quantity, UtcDateTime, Word


class AsideKind(StrEnum):
    """Why a piece was put aside and not received."""

    OVER = "over"
    UNEXPECTED = "unexpected"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NEAR_EXPIRY = "near_expiry"
    MISLABELLED = "mislabelled"
    TAKEN = "taken"
    """Its code is on another thing, or was."""
    UNLICENSED = "unlicensed"
    RECALLED = "recalled"
    DAMAGED = "damaged"
    TEMPERATURE = "temperature"


class Resolution(StrEnum):
    """What became of a piece put aside."""

    RETURNED = "returned"
    JOINED = "joined"
    """Received on another note of the supplier."""
    ADDED = "added"
    """Received on its own note, which takes it now."""
    MISTAKE = "mistake"
    """Scanned by mistake: it was never there, or is counted elsewhere."""


class InspectionResult(StrEnum):
    """What an inspection came to."""

    PASSED = "passed"
    HELD = "held"
    ACCEPTED = "accepted"
    """Held first, then found good."""
    REFUSED = "refused"
    """Stays held until it has gone back to the supplier."""


class InspectionReason(StrEnum):
    """What was found at inspection."""

    DAMAGED_PACKAGING = "damaged_packaging"
    WRONG_LABEL = "wrong_label"
    MISSING_CERTIFICATE = "missing_certificate"
    TEMPERATURE = "temperature"
    LICENCE = "licence"
    DISPUTE = "dispute"
    SAMPLE = "sample"
    OTHER = "other"


class ReceivingException(Base):
    """One scanned piece that was not received, why, and what became of it. `scan` is the label as it was read."""

    __tablename__ = "receiving_exceptions"
    __table_args__ = (
        UniqueConstraint("request_key", "line"),
        Index("ix_receiving_exceptions_open", "delivery_id", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())
    line: Mapped[int]
    content: Mapped[Digest]
    kind: Mapped[Word]
    scan: Mapped[bytes] = mapped_column(LargeBinary())
    scanner: Mapped[Code] = mapped_column(default="", server_default="")
    """What read it, so that it is read again by its habits."""
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[Code] = mapped_column(default="")
    expires_on: Mapped[date | None]
    quantity: Mapped[Quantity]
    """Base units; pieces as scanned where nobody knows what it is."""
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    other_delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    """The open note of the supplier that it belongs to, or that it was received on."""
    note: Mapped[Name] = mapped_column(default="")
    said_at: Mapped[Instant]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    resolution: Mapped[Word] = mapped_column(default="")
    resolution_note: Mapped[Name] = mapped_column(default="")
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Inspection(Base):
    """One result of inspecting a line of a note, or a thing that came on it."""

    __tablename__ = "inspections"
    __table_args__ = (
        UniqueConstraint("request_key", "number"),
        Index("ix_inspections_item", "item_id"),
        Index("ix_inspections_result", "result"),
    )

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_lines.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    """None where a line was looked at and nothing was wrong."""
    result: Mapped[Word]
    reason: Mapped[Word] = mapped_column(default="")
    note: Mapped[Name] = mapped_column(default="")
    meant_location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    """Where it goes once it is accepted."""
    request_key: Mapped[UUID] = mapped_column(Uuid())
    number: Mapped[int]
    content: Mapped[Digest]
    inspected_at: Mapped[Instant]
    inspected_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision_note: Mapped[Name] = mapped_column(default="")


class DeliveryTemperature(AppendOnly, Base):
    """The temperature at which a note's cold goods arrived, in tenths of a degree Celsius. The newest holds."""

    __tablename__ = "delivery_temperatures"

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    tenths: Mapped[int]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    said_at: Mapped[Instant]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class ReceivedPackage(AppendOnly, Base):
    """A case or pallet of a note whose contents were received by its code: once."""

    __tablename__ = "received_packages"

    package_id: Mapped[int] = mapped_column(BigInt, ForeignKey("delivery_packages.id"), primary_key=True)
    request_key: Mapped[UUID] = mapped_column(Uuid())
    received_at: Mapped[Instant]
