"""This file is jobs that run once for their period: claimed by a row, so that two workers do one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

import structlog
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.transaction import reading, transaction
from spd.jobs.proofs import prove
from spd.jobs.proving import SHOWN, as_kept

ABANDONED = timedelta(hours=6)  # no job runs so long: a claim this old was left by a worker that died
_log = structlog.get_logger()


class JobFailed(RuntimeError):
    """The job itself broke; what it found is unknown."""


def run_once(
    database: Database, job: str, period: str, *, now: Callable[[], datetime], work: Callable[[], tuple[str, str]]
) -> bool:
    """Run a job for its period if nobody has; whether it ran here. `work` gives outcome and detail."""
    if not _claim(database, job, period, now()):
        return False
    try:
        outcome, detail = work()
    except Exception as error:
        _finish(database, job, period, "failed", str(error), now())
        raise JobFailed(f"{job} for {period} failed: {error}") from error
    _finish(database, job, period, outcome, detail, now())
    return True


def _claim(database: Database, job: str, period: str, at: datetime) -> bool:
    try:
        with transaction(database) as session:
            session.execute(insert(JobRun).values(job=job, period=period, started_at=at, outcome="", detail=""))
            return True
    except IntegrityError:
        with transaction(database) as session:
            return _take_over(session, job, period, at)


def _take_over(session: Session, job: str, period: str, at: datetime) -> bool:
    """Claim a run that its worker left unfinished, or that failed; one of several who try gets it."""
    left = JobRun.finished_at.is_(None) & (JobRun.started_at < at - ABANDONED)
    taken = session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.period == period, left | (JobRun.outcome == "failed"))
        .values(started_at=at, finished_at=None, outcome="", detail="")
        .returning(JobRun.id)
    )
    return taken.first() is not None


def _finish(database: Database, job: str, period: str, outcome: str, detail: str, at: datetime) -> None:
    with transaction(database) as session:
        session.execute(
            update(JobRun)
            .where(JobRun.job == job, JobRun.period == period)
            .values(finished_at=at, outcome=outcome, detail=detail)
        )


def verify_night(database: Database, period: str, *, now: Callable[[], datetime]) -> bool:
    """The nightly proof of a hospital day, once. Whether it ran here."""

    def work() -> tuple[str, str]:
        with reading(database) as session:
            found = prove(session, at=now())
        for problem in found[:SHOWN]:
            _log.error("ledger problem", **asdict(problem))
        return as_kept(found)

    return run_once(database, "verify", period, now=now, work=work)
