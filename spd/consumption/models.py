"""This file is the tables of uses whose patient was not known, and of uses entered from paper."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Word


class AssignReason(StrEnum):
    """How it became known whose use it was."""

    IDENTIFIED = "identified"
    """The patient has been identified."""
    ADMITTED = "admitted"
    """The patient has been admitted, or the system of admission is back."""
    CORRECTED = "corrected"
    """Found out from the notes."""


class EmergencyUse(AppendOnly, Base):
    """One use in an emergency: booked, and borne by the department, its patient open until somebody says who it was."""

    __tablename__ = "emergency_uses"

    id: Mapped[Id]
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    tag: Mapped[Word]
    """Which of the unknown patients: a letter or number on their bed, never a name."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    used_at: Mapped[Instant]
    due_at: Mapped[Instant]


class EmergencyAssignment(AppendOnly, Base):
    """Whose use it was: it is undone and booked anew on the stay, as of when it happened."""

    __tablename__ = "emergency_assignments"
    __table_args__ = (Index("ix_emergency_assignments_request", "request_key"),)

    id: Mapped[Id]
    use_id: Mapped[int] = mapped_column(ForeignKey("emergency_uses.id"), unique=True)
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"), index=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), unique=True)
    """The use on the stay."""
    request_key: Mapped[UUID] = mapped_column(Uuid())
    reason: Mapped[Word]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Instant]
