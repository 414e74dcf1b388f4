"""This file is the tables of the books as a whole: the chart of accounts, the months that are closed, the calendar."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Day, Id, Instant, Money, Name, Quantity, Word


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


class ClosedPeriod(AppendOnly, Base):
    """An accounting month that takes no more entries."""

    __tablename__ = "closed_periods"

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    closed_at: Mapped[Instant]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class ClosedTotal(AppendOnly, Base):
    """The total of one account and department at closing, kept to prove that nothing has changed since."""

    __tablename__ = "closed_totals"
    __table_args__ = (UniqueConstraint("period", "account", "department"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(ForeignKey("closed_periods.period"))
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    department: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Money]
    lines: Mapped[Quantity]
