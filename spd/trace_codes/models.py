"""This file is the tables of 20-digit trace codes: what is packed in what, what was done with each, and alarms."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Id, Instant, Name, UtcDateTime, Word


class Standing(StrEnum):
    """Where a coded piece is in its life."""

    ANNOUNCED = "announced"
    """Known from a supplier's table, not here; or sent back."""
    IN_STOCK = "in_stock"
    SOLD = "sold"


class Act(StrEnum):
    """What is done with a coded piece."""

    ARRIVE = "arrive"
    SELL = "sell"
    RETURN = "return"
    """By the patient or the ward: it is for sale again."""
    SEND_BACK = "send_back"
    """To the supplier: it may arrive again."""


class TraceCode(Base):
    """One coded piece, box or case, and what it is packed in. The digits do not say its level: this table does."""

    __tablename__ = "trace_codes"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    parent_code: Mapped[str | None] = mapped_column(String(20), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    standing: Mapped[Word] = mapped_column(default=Standing.ANNOUNCED.value)


class TraceEvent(Base):
    """One act on one code. A request sent again adds none."""

    __tablename__ = "trace_events"
    __table_args__ = (UniqueConstraint("request_key", "code"),)

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    code: Mapped[str] = mapped_column(String(20), index=True)
    act: Mapped[Word]
    refused: Mapped[bool]
    occurred_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reference: Mapped[Code] = mapped_column(default="")


class TraceAlarm(Base):
    """A code that did what a genuine one cannot: a line of the worklist until somebody says what it was."""

    __tablename__ = "trace_alarms"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("trace_events.id"), unique=True)
    code: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[Word]
    raised_at: Mapped[Instant]
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[Name] = mapped_column(default="")
