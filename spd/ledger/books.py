"""This file is the tables of the books as a whole: the chart of accounts, what happened to months, the calendar."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Day, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


class Account(Base):
    """One account of the chart. Source: domain facts B3; hospitals bring their own by import."""

    __tablename__ = "accounts"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[Name]
    name_en: Mapped[Name]
    kind: Mapped[Word]


class ClosingCalendar(AppendOnly, Base):
    """From the first of a month on, the last day of an accounting month; 31 is the last there is. See `calendar`."""

    __tablename__ = "closing_calendars"
    __table_args__ = (UniqueConstraint("from_on"),)

    id: Mapped[Id]
    from_on: Mapped[Day]
    last_day: Mapped[int]
    reason: Mapped[Name]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Step(StrEnum):
    """What happens to an accounting month."""

    CLOSED = "closed"
    ASKED = "asked"
    """Somebody asks to open it again."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by who asked."""
    REOPENED = "reopened"


class PeriodStep(AppendOnly, Base):
    """One step of an accounting month; the last of all says through which month the books are closed.

    What was recorded until `as_of` and posted to a month that is closed is what it was closed with.
    """

    __tablename__ = "period_steps"
    __table_args__ = (Index("ix_period_steps_period", "period"), UniqueConstraint("request_key"))

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    step: Mapped[Word]
    version: Mapped[int]
    """Of the closing it is about: the first is 1."""
    closed_through: Mapped[str] = mapped_column(String(7))
    """The last closed month after this step; empty where none is."""
    last_movement_id: Mapped[Quantity]
    """The last movement there was."""
    as_of: Mapped[Instant]
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """How long it stays open, or is to."""
    role: Mapped[Word]
    """In which role somebody asked or agreed; empty for a closing."""
    reason: Mapped[Name]
    done_at: Mapped[Instant]
    done_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID | None] = mapped_column(Uuid())
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class ClosedTotal(AppendOnly, Base):
    """The total of one account and department at a closing, kept to prove that nothing has changed since."""

    __tablename__ = "closed_totals"
    __table_args__ = (UniqueConstraint("period", "version", "account", "department"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    department: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Money]
    lines: Mapped[Quantity]
