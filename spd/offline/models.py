"""This file is the tables of what devices bring: events, verdicts, gaps, and disputes with their history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Digest, Id, Instant, Name, UtcDateTime, Word


class EventKind(StrEnum):
    """What was done at the device."""

    USE = "use"
    SIGN = "sign"
    COUNT = "count"
    PAPER = "paper"
    """A use written on paper, entered later."""
    EMERGENCY = "emergency"
    """A use on a patient who was not known yet."""
    UNABLE = "unable"
    """Something could not be scanned, and why."""
    CAUGHT = "caught"
    """A use that the device stopped by its own list, and by which rule."""


class EntryOutcome(StrEnum):
    """What became of a line of paper."""

    BOOKED = "booked"
    WARNED = "warned"
    """Booked, and a rule would have stopped it."""
    DUPLICATE = "duplicate"
    """It had been booked already."""
    DISPUTE = "dispute"
    """It cannot be booked as it stands; it is on the worklist of disputes."""
    FIRST = "first"
    """Of a costly thing: nothing is booked until another person has entered the same."""


class Verdict(StrEnum):
    """What became of an event."""

    DONE = "done"
    REFUSED = "refused"


class Resolution(StrEnum):
    """What a dispute turned out to be."""

    BOOKED = "booked"
    ENTERED_ELSEWHERE = "entered_elsewhere"
    WRONG_SCAN = "wrong_scan"
    HAPPENED_SO = "happened_so"
    """It did happen; the books are put right by an act of their own."""


class DeviceChain(Base):
    """A device's queue as far as it is known here; its row is the lock of the device."""

    __tablename__ = "device_chains"

    id: Mapped[Id]
    device: Mapped[Code] = mapped_column(unique=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger(), default=0)
    """The highest that has come."""
    last_hash: Mapped[Digest]
    judged_through: Mapped[int] = mapped_column(BigInteger(), default=0, server_default=text("0"))
    """Every event that had come by then, up to this number, has its verdict."""
    seen_at: Mapped[Instant]


class DeviceEvent(AppendOnly, Base):
    """One event as its device wrote it down, and when we heard of it. What physically happened is never discarded."""

    __tablename__ = "device_events"
    __table_args__ = (Index("ix_device_events_order", "device", "sequence"),)

    id: Mapped[Id]
    event_id: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    device: Mapped[Code]
    sequence: Mapped[int] = mapped_column(BigInteger())
    kind: Mapped[Word]
    payload: Mapped[str] = mapped_column(Text())
    clock_at: Mapped[Instant]
    """By the device's clock."""
    offset_ms: Mapped[int] = mapped_column(BigInteger())
    """What the server's clock was ahead of it, as the device last knew."""
    occurred_at: Mapped[Instant]
    received_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """Who was on."""
    brought_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """Whose session sent it."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    flags: Mapped[Name]
    """What is odd about it, comma between: late, clock, chain, sequence, actor."""
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]


class EventVerdict(AppendOnly, Base):
    """What the rules said to an event, once; an event without one waits for an earlier event of its device."""

    __tablename__ = "event_verdicts"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("device_events.id"), unique=True)
    verdict: Mapped[Word]
    code: Mapped[Code]
    """Of the refusal; empty where it was done."""
    sentence_zh: Mapped[str] = mapped_column(Text())
    sentence_en: Mapped[str] = mapped_column(Text())
    judged_at: Mapped[Instant]


class DeviceGap(Base):
    """A number of a device's sequence that has not come, until it comes or somebody says that it is lost."""

    __tablename__ = "device_gaps"
    __table_args__ = (UniqueConstraint("device", "sequence"), Index("ix_device_gaps_open", "closed_at", "device"))

    id: Mapped[Id]
    device: Mapped[Code]
    sequence: Mapped[int] = mapped_column(BigInteger())
    opened_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    came: Mapped[bool] = mapped_column(default=False)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[Name] = mapped_column(default="")


class Dispute(Base):
    """An event that the rules refused: it happened, and somebody says what it was."""

    __tablename__ = "disputes"
    __table_args__ = (Index("ix_disputes_open", "state", "department_id"),)

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("device_events.id"), unique=True)
    code: Mapped[Code]
    """Of the refusal."""
    kind: Mapped[Word]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    scanned: Mapped[str] = mapped_column(String(400))
    """What was scanned, as text; never a patient's."""
    state: Mapped[Word] = mapped_column(default="open")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[Instant]
    resolution: Mapped[Word] = mapped_column(default="")
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class DisputeStep(AppendOnly, Base):
    """One thing that happened to a dispute: opened, taken, resolved; by whom, when, in what words."""

    __tablename__ = "dispute_steps"
    __table_args__ = (UniqueConstraint("request_key"),)

    id: Mapped[Id]
    dispute_id: Mapped[int] = mapped_column(ForeignKey("disputes.id"), index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid())
    act: Mapped[Word]
    words: Mapped[Name]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Instant]


class ReEntry(AppendOnly, Base):
    """One line of a sheet of paper as it was entered: who used what when, who entered it when, what became of it."""

    __tablename__ = "re_entries"
    __table_args__ = (
        Index("ix_re_entries_ward", "department_id", "recorded_at"),
        Index("ix_re_entries_sheet", "sheet"),
        Index("uq_re_entries_first_id", "first_id", unique=True),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    sheet: Mapped[Code]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    used_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """Who entered it."""
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    scanned: Mapped[str] = mapped_column(String(400))
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    outcome: Mapped[Word]
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"))
    """The use it is, or the one that had been booked already."""
    rule: Mapped[Word]
    """Which rule would have stopped it, or did."""
    item_id: Mapped[int | None] = mapped_column(BigInt)
    """What was scanned turned out to be."""
    quantity: Mapped[int | None]
    """As the sheet says; none for all of it, or one."""
    first_id: Mapped[int | None] = mapped_column(BigInt)
    """The first entry of the same line, which this one confirms, or is right against."""
