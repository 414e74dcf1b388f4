"""This file is the tables of recalls: the notice, what it matched, the patients and what was done for each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Name, Quantity, UtcDateTime, Word


class RecallClass(StrEnum):
    """How dangerous: I may kill or maim, II may harm for a time, III hardly harms. Source: domain facts E2."""

    ONE = "I"
    TWO = "II"
    THREE = "III"


class RecallState(StrEnum):
    """What has become of a notice."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class Recall(Base):
    """One notice of a recall, from its draft to its closing."""

    __tablename__ = "recalls"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    number: Mapped[Code]
    """The number on the notice."""
    recall_class: Mapped[Word]
    issuer: Mapped[Name]
    reason: Mapped[str] = mapped_column(Text())
    notice_on: Mapped[Day]
    state: Mapped[Word] = mapped_column(index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    drafted_at: Mapped[Instant]
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    hold_by_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """The deadline of its class for the last hold, and below for the last patient, as policy had them when opened."""
    patients_by_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When the last of what there was had been put on hold."""
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When the patients stood on the list."""
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When the last patient was resolved."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    explained: Mapped[Quantity] = mapped_column(default=0)
    """Base units that cannot be found, each accounted for by somebody in a note."""
    explained_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    @property
    def in_force(self) -> bool:
        """Whether what it means must not be used: until it is withdrawn, also when closed."""
        return self.state in (RecallState.OPEN, RecallState.CLOSED)

    @property
    def holding_took(self) -> timedelta | None:
        """From opening to the last hold."""
        return self.held_at - self.opened_at if self.held_at and self.opened_at else None

    @property
    def listing_took(self) -> timedelta | None:
        """From opening to the list of patients."""
        return self.listed_at - self.opened_at if self.listed_at and self.opened_at else None


class RecallItem(Base):
    """One item that a recall matched, by the first of its targets that means it. `unsure`: it cannot be told apart."""

    __tablename__ = "recall_items"

    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True, index=True)
    line: Mapped[int]
    unsure: Mapped[bool] = mapped_column(default=False)
    matched_at: Mapped[Instant]


class PatientState(StrEnum):
    """How far the care for one patient of a recall is."""

    WAITING = "waiting"
    CONTACTED = "contacted"
    REVIEWED = "reviewed"
    RESOLVED = "resolved"


class RecallPatient(Base):
    """One patient on whom something of a recall was used."""

    __tablename__ = "recall_patients"
    __table_args__ = (
        UniqueConstraint("recall_id", "patient"),
        Index("ix_recall_patients_follow_up", "follow_up_on"),
    )

    id: Mapped[Id]
    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"))
    patient: Mapped[Code]
    """The patient's number; the masked name is of the encounter."""
    state: Mapped[Word] = mapped_column(default=PatientState.WAITING)
    follow_up_on: Mapped[date | None]
    listed_at: Mapped[Instant]
    changed_at: Mapped[Instant]


class RecallContact(AppendOnly, Base):
    """One step in the care for a patient: who did what, when, and when to look again."""

    __tablename__ = "recall_contacts"
    __table_args__ = (UniqueConstraint("request_key", "patient_id"),)

    id: Mapped[Id]
    patient_id: Mapped[int] = mapped_column(ForeignKey("recall_patients.id"), index=True)
    step: Mapped[Word]
    note: Mapped[Name] = mapped_column(default="")
    follow_up_on: Mapped[date | None]
    done_at: Mapped[Instant]
    done_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())


class RecallEvent(AppendOnly, Base):
    """One thing that happened to a recall: its timeline. `request_key` makes asking twice harmless."""

    __tablename__ = "recall_events"

    id: Mapped[Id]
    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"), index=True)
    kind: Mapped[Word]
    note: Mapped[Name] = mapped_column(default="")
    quantity: Mapped[Quantity] = mapped_column(default=0)
    happened_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)


class RecallDrill(Base):
    """The mock recall of one month: what was tried, how long it took, what could not be accounted for."""

    __tablename__ = "recall_drills"

    id: Mapped[Id]
    month: Mapped[Word] = mapped_column(unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    made_at: Mapped[Instant]
    told: Mapped[str] = mapped_column(Text())
    """The report, as JSON."""
