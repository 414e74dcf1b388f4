"""This file is files that people import: each with how its columns are read, what it would change, and what it did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Digest, Id, Instant, Name, Quantity, UtcDateTime, Word


class ImportMapping(Base):
    """How the columns of one sender's files of a kind are read, under a name: a JSON object, theirs to ours."""

    __tablename__ = "import_mappings"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: Mapped[Id]
    kind: Mapped[Word]
    name: Mapped[Name]
    columns: Mapped[str] = mapped_column(Text())
    saved_at: Mapped[Instant]
    saved_by_id: Mapped[int]


class ImportFile(Base):
    """One file as it was uploaded; `columns` as in a mapping, and once it was looked at, what it would change.

    `plan_digest` is of the changes that were shown: what is applied is these, or nothing.
    """

    __tablename__ = "import_files"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    kind: Mapped[Word]
    file_name: Mapped[Name]
    digest: Mapped[Digest]
    size: Mapped[Quantity]
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)
    columns: Mapped[str] = mapped_column(Text(), default="{}")
    uploaded_at: Mapped[Instant]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    previewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    plan_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    problem: Mapped[str] = mapped_column(Text(), default="")
    """Why the file as a whole cannot be read or applied: a JSON object of sentences by language."""
    created: Mapped[Quantity] = mapped_column(default=0)
    changed: Mapped[Quantity] = mapped_column(default=0)
    unchanged: Mapped[Quantity] = mapped_column(default=0)
    refused: Mapped[Quantity] = mapped_column(default=0)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ImportRow(Base):
    """What one row of a file changes, or why it is refused; rows that change nothing are only counted."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_file", "import_file_id", "row"),)

    id: Mapped[Id]
    import_file_id: Mapped[int] = mapped_column(ForeignKey("import_files.id"))
    row: Mapped[int]
    outcome: Mapped[Word]
    subject: Mapped[Name]
    fields: Mapped[str] = mapped_column(Text())
    """A JSON list of column, before, after."""
    problems: Mapped[str] = mapped_column(Text())
    """A JSON list of column, zh, en."""
