"""This file is the tables of sending: what came of each message, and whether the other system answers at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Name, Quantity, UtcDateTime, Word


class OutboxEvent(AppendOnly, Base):
    """One try to send a message, or what somebody decided about it."""

    __tablename__ = "outbox_events"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    at: Mapped[Instant]
    kind: Mapped[Word]
    """sent, failed, refused, held, resent, given_up."""
    detail: Mapped[Name]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID | None] = mapped_column(unique=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class OutboxChannel(Base):
    """The circuit breaker of the way to one system: after several failures in a row nothing is sent for a while."""

    __tablename__ = "outbox_channels"

    name: Mapped[Word] = mapped_column(primary_key=True)
    failures: Mapped[Quantity] = mapped_column(default=0)
    """In a row, on whatever message."""
    openings: Mapped[Quantity] = mapped_column(default=0)
    """How often in a row it opened without a message getting through: each time it stays open longer."""
    open_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
