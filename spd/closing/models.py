"""This file is the tables of closed days: who signed which, what remained and why, and what came in after."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Day, Digest, Id, Instant, Name, Quantity, Word


class Remain(StrEnum):
    """What may be open of a day."""

    TOTES = "totes"
    """On their way to the department, and not signed for."""
    UNSCANNED = "unscanned"
    """Things that could not be scanned, and what was in the way is not put right."""
    DISPUTES = "disputes"
    """What devices brought and the rules refused, and nobody has said what it was."""
    CHARGES = "charges"
    """Charges and credits that HIS has not taken."""
    DIFFERENCES = "differences"
    """Uses and charges of HIS that do not agree."""
    COUNTS = "counts"
    """Begun, and not finished."""
    EMERGENCIES = "emergencies"
    """Used in an emergency, and nobody has said on whom."""
    PAPER = "paper"
    """Costly things on paper that a second person has not entered."""


class DayClose(AppendOnly, Base):
    """One hospital day of one department, signed. Signed again after late arrivals it is the next version."""

    __tablename__ = "day_closes"
    __table_args__ = (UniqueConstraint("department_id", "day_on", "version"), Index("ix_day_closes_day", "day_on"))

    id: Mapped[Id]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    day_on: Mapped[Day]
    version: Mapped[int]
    closed_at: Mapped[Instant]
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[Name]
    """Why it is closed with something open; empty where nothing was."""
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]


class DayRemain(AppendOnly, Base):
    """So much of one kind was open when a day was signed."""

    __tablename__ = "day_remains"
    __table_args__ = (UniqueConstraint("close_id", "kind"),)

    id: Mapped[Id]
    close_id: Mapped[int] = mapped_column(ForeignKey("day_closes.id"))
    kind: Mapped[Word]
    count: Mapped[Quantity]


class LateArrival(AppendOnly, Base):
    """A movement of a day that was signed when it came in."""

    __tablename__ = "late_arrivals"
    __table_args__ = (UniqueConstraint("close_id", "movement_id"),)

    id: Mapped[Id]
    close_id: Mapped[int] = mapped_column(ForeignKey("day_closes.id"))
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"))


class MissedDay(AppendOnly, Base):
    """A day that was not signed in time, with what was open of it then."""

    __tablename__ = "missed_days"
    __table_args__ = (UniqueConstraint("department_id", "day_on"), Index("ix_missed_days_day", "day_on"))

    id: Mapped[Id]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    day_on: Mapped[Day]
    open: Mapped[Quantity]
    marked_at: Mapped[Instant]
