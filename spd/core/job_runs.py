"""This file is the table of job runs: each job once for its period, whichever worker comes first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Instant, UtcDateTime, Word


class JobRun(Base):
    """One run of one job for one period (a hospital day); the unique pair is what makes two workers do one run."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "period"),)

    id: Mapped[Id]
    job: Mapped[Word]
    period: Mapped[Word]
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    outcome: Mapped[Word] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(Text(), default="")
