"""This file is the tables of disposal: a document asking that things leave the hospital other than by use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import BigInt, Code, Digest, Id, Instant, Name, Quantity, UtcDateTime, Word


class Kind(StrEnum):
    """What is to become of the things."""

    WRITE_OFF = "write_off"
    RETURN = "return"
    """Back to their supplier."""


class Standing(StrEnum):
    """How far it is."""

    ASKED = "asked"
    DONE = "done"
    """Written off, or signed out to the supplier."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by who asked."""


class Why(StrEnum):
    """Why things are written off or go back."""

    EXPIRED = "expired"
    DAMAGED = "damaged"
    LOST = "lost"
    CONTAMINATED = "contaminated"
    RECALL = "recall"
    """To be destroyed, or to go back, because of a recall."""
    NEAR_EXPIRY = "near_expiry"
    QUALITY = "quality"
    UNUSED = "unused"
    OTHER = "other"


class Disposal(Base):
    """One document: what is asked for at one place, by whom, why, and what was decided by whom."""

    __tablename__ = "disposals"
    __table_args__ = (Index("ix_disposals_standing", "kind", "standing"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """The number of the document."""
    kind: Mapped[Word]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    """To whom it goes back; a write-off has none."""
    reason: Mapped[Word]
    note: Mapped[Name] = mapped_column(default="")
    standing: Mapped[Word]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[Name] = mapped_column(default="")
    """Why it was refused; who took the goods along."""
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    decided_key: Mapped[UUID | None] = mapped_column(Uuid())


class DisposalLine(Base):
    """One thing on a document, or so much of it."""

    __tablename__ = "disposal_lines"
    __table_args__ = (
        UniqueConstraint("disposal_id", "line"),
        CheckConstraint("quantity > 0", name="asks_something"),
    )

    id: Mapped[Id]
    disposal_id: Mapped[int] = mapped_column(ForeignKey("disposals.id"))
    line: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    quantity: Mapped[Quantity]
    trace_code: Mapped[str] = mapped_column(String(20), default="")
    asked_item_id: Mapped[int | None] = mapped_column(BigInt, unique=True)
    """The item for as long as nothing is decided: no two documents ask for one thing."""
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"), unique=True)
    """By which it left, once it has."""
