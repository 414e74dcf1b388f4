"""This file is the events of stays as they were told: admitted, moved, discharged, cancelled, merged; written once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Digest, Id, Instant, Name, UtcDateTime, Word


class EventKind(StrEnum):
    """What happened to a stay. Source: domain facts D1 (HL7 v2 A01, A02, A03, A11, A12, A13, A40 and its undoing)."""

    ADMIT = "admit"
    TRANSFER = "transfer"
    DISCHARGE = "discharge"
    CANCEL_ADMIT = "cancel_admit"
    CANCEL_TRANSFER = "cancel_transfer"
    CANCEL_DISCHARGE = "cancel_discharge"
    MERGE = "merge"
    CANCEL_MERGE = "cancel_merge"
    MERGE_PATIENT = "merge_patient"
    """Two numbers are one person: their stays go on, each under its own number, and are the survivor's."""
    CANCEL_MERGE_PATIENT = "cancel_merge_patient"


OF_PATIENTS = frozenset({EventKind.MERGE_PATIENT, EventKind.CANCEL_MERGE_PATIENT})
"""Events that are about a person's number, and about no stay."""

HL7 = {
    "A01": EventKind.ADMIT, "A04": EventKind.ADMIT, "A02": EventKind.TRANSFER, "A03": EventKind.DISCHARGE,
    "A11": EventKind.CANCEL_ADMIT, "A12": EventKind.CANCEL_TRANSFER, "A13": EventKind.CANCEL_DISCHARGE,
    "A40": EventKind.MERGE, "A42": EventKind.MERGE,
}  # fmt: skip
"""The same in the words of HL7 v2. An A40 that names no stay merges patients."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event as somebody told it. `message`: their own number of it, by which it is known again.

    `survivor`: of a merge, the stay that stays, or the number of the patient who does; `cancels`: the message that a
    cancellation takes back, the latest of its kind where none is named; `known`: how a stay stood before its first
    event, which gives way to what is told.
    """

    message: str
    kind: EventKind
    encounter: str
    occurred_at: datetime
    source: str = ""
    department: str = ""
    bed: str = ""
    wristband: str = ""
    patient: str = ""
    patient_name: str = ""
    encounter_class: str = ""
    survivor: str = ""
    cancels: str = ""
    known: bool = False

    @property
    def fingerprint(self) -> bytes:
        """Of all that was said."""
        said = vars(self) | {"occurred_at": self.occurred_at.timestamp()}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).digest()


class EncounterEvent(AppendOnly, Base):
    """One event as it was kept. `occurred_at` is by who told it, `received_at` by our clock."""

    __tablename__ = "encounter_events"
    __table_args__ = (
        UniqueConstraint("source", "message"),
        CheckConstraint("kind <> 'merge' OR survivor <> ''", name="merges_into_something"),
        Index("ix_encounter_events_survivor", "survivor"),
        Index("ix_encounter_events_wristband", "wristband"),
        Index("ix_encounter_events_patient", "patient"),
    )

    id: Mapped[Id]
    sequence: Mapped[int] = mapped_column(BigInt, unique=True)
    """In the order of arrival, without gaps."""
    source: Mapped[Word]
    message: Mapped[Code]
    kind: Mapped[Word]
    encounter: Mapped[Code] = mapped_column(index=True)
    """As it was told: the stay may be unknown yet. Nothing where two patients are merged."""
    occurred_at: Mapped[Instant]
    department: Mapped[Code]
    bed: Mapped[Word]
    wristband: Mapped[str] = mapped_column(String(80))
    patient: Mapped[Code]
    patient_name: Mapped[Name]
    """Masked, as 王*明."""
    encounter_class: Mapped[Word]
    survivor: Mapped[Code]
    cancels: Mapped[Code]
    known: Mapped[bool]
    """How the stay stood before anybody told events of it."""
    fingerprint: Mapped[Digest]
    received_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    received_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class EncounterEventTrouble(Base):
    """Why an event could not be applied; ended where a later one made sense of it, or set aside by somebody."""

    __tablename__ = "encounter_event_troubles"
    __table_args__ = (Index("ix_encounter_event_troubles_open", "ended_at", "set_aside_at"),)

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("encounter_events.id"), unique=True)
    reason: Mapped[Word]
    since_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    set_aside_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    set_aside_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    set_aside_reason: Mapped[Name] = mapped_column(default="")


class EncounterEventTurn(Base):
    """Whose turn it is to keep events: one row, which each writer changes first, so that none misses another's."""

    __tablename__ = "encounter_event_turns"

    id: Mapped[Id]
    taken: Mapped[int] = mapped_column(BigInt)
    """The last number given."""
