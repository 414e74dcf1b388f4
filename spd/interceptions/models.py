"""This file is the table of what was caught: references only, nothing a patient could be read from."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Day, Id, Instant, Name, Word


class Interception(AppendOnly, Base):
    """One rule that found something at one scan: it was stopped, or it went on and the person was told."""

    __tablename__ = "interceptions"
    __table_args__ = (
        UniqueConstraint("request_key", "rule", name="uq_interceptions_scan"),
        CheckConstraint("severity BETWEEN 0 AND 4", name="severity_known"),
        Index("ix_interceptions_day", "day_on", "rule"),
        Index("ix_interceptions_department", "department_id", "day_on"),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    """Of the scan: sent again, it is not caught twice."""
    rule: Mapped[Word]
    outcome: Mapped[Word]
    severity: Mapped[int]
    """4 fatal, 3 severe, 2 major, 1 minor, 0 none. Source: domain facts E5."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"))
    """The use, where it went on."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """The second person, where two let it pass."""
    reason: Mapped[Word]
    """Why they did: one of a few words, never free text."""
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    day_on: Mapped[Day]
