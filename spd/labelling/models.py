"""This file is the tables of printing: printers, their queues label by label, and every print of every code."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Digest, Id, Instant, Name, UtcDateTime, Word


class Printer(Base):
    """A label printer in the house, reached by raw TCP."""

    __tablename__ = "printers"
    __table_args__ = (CheckConstraint("port BETWEEN 1 AND 65535", name="has_port"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name] = mapped_column(default="")
    host: Mapped[str] = mapped_column(String(200))
    port: Mapped[int] = mapped_column(default=9100)
    dpi: Mapped[int] = mapped_column(default=203)
    size: Mapped[Word] = mapped_column(default="60x40")
    """What is in it."""
    retired: Mapped[bool] = mapped_column(default=False)


class JobState(StrEnum):
    """How far a print job is."""

    WAITING = "waiting"
    PRINTING = "printing"
    JAMMED = "jammed"
    DONE = "done"
    CANCELLED = "cancelled"


class PrintJob(Base):
    """Labels for one printer, in order. `printed`: how many it has acknowledged, which is where it goes on."""

    __tablename__ = "print_jobs"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    printer_id: Mapped[int] = mapped_column(ForeignKey("printers.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[Instant]
    state: Mapped[Word] = mapped_column(index=True)
    total: Mapped[int]
    printed: Mapped[int] = mapped_column(default=0)
    trouble_zh: Mapped[Name] = mapped_column(default="")
    trouble_en: Mapped[Name] = mapped_column(default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class QueuedLabel(Base):
    """One label of a job, as it is sent; when the printer acknowledged it."""

    __tablename__ = "queued_labels"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[Id]
    job_id: Mapped[int] = mapped_column(ForeignKey("print_jobs.id"))
    number: Mapped[int]
    """From 0, in the order of printing."""
    code: Mapped[Code]
    zpl: Mapped[str] = mapped_column(Text())
    printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class LabelPrint(Base):
    """One print of one code: 0 the first, every other a reprint that says so; by whom, and why."""

    __tablename__ = "label_prints"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[Id]
    code: Mapped[Code]
    number: Mapped[int]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    printed_at: Mapped[Instant]
    reason: Mapped[Name] = mapped_column(default="")
    medium: Mapped[Word]
    request_key: Mapped[UUID | None] = mapped_column(Uuid(), index=True)
    """Of the act that printed it; asked again with its key, it is the same print."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The digest of all that was said under that key."""
