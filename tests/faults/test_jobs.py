"""Two workers, one night: each job runs once for its period, whoever comes first, and again where one died at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Lock, get_ident
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.transaction import reading
from spd.jobs import nightly
from spd.jobs.nightly import ABANDONED, JobFailed, run_once, verify_night
from tests import build

WORKERS = 6


def runs(database: Database) -> list[tuple[str, str, str]]:
    with reading(database) as session:
        return [(run.job, run.period, run.outcome) for run in session.scalars(select(JobRun).order_by(JobRun.id))]


def test_of_many_workers_one_runs_each_night(database: Database) -> None:
    ready, lock, done = Barrier(WORKERS), Lock(), []

    def work() -> tuple[str, str]:
        with lock:
            done.append(1)
        return "clean", ""

    def worker(_: int) -> list[bool]:
        ready.wait()
        nights = [f"2026-03-0{day}" for day in range(1, 6)]
        return [run_once(database, "verify", night, now=lambda: build.NOW, work=work) for night in nights]

    with ThreadPoolExecutor(WORKERS) as pool:
        ran = list(pool.map(worker, range(WORKERS)))
    assert [sum(night) for night in zip(*ran, strict=True)] == [1] * 5
    assert len(done) == 5
    assert runs(database) == [("verify", f"2026-03-0{day}", "clean") for day in range(1, 6)]


def test_a_run_left_by_a_worker_that_died_is_taken_over_by_one(database: Database) -> None:
    def dies() -> tuple[str, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_once(database, "verify", "2026-03-01", now=lambda: build.NOW, work=dies)
    assert runs(database) == [("verify", "2026-03-01", "")]
    soon, late = build.NOW + timedelta(hours=1), build.NOW + ABANDONED + timedelta(minutes=1)
    assert not run_once(database, "verify", "2026-03-01", now=lambda: soon, work=lambda: ("clean", ""))
    ready = Barrier(WORKERS)

    def worker(_: int) -> bool:
        ready.wait()
        return run_once(database, "verify", "2026-03-01", now=lambda: late, work=lambda: ("clean", ""))

    with all_read_before_any_writes(database), ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(worker, range(WORKERS))) == 1
    assert runs(database) == [("verify", "2026-03-01", "clean")]


@contextmanager
def all_read_before_any_writes(database: Database) -> Iterator[None]:
    """The workers' writes at the same moment, so that what they read before is stale; SQLite lets in one alone."""
    met, ready = set[int](), Barrier(WORKERS)

    def meet(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE job_runs") and get_ident() not in met:
            met.add(get_ident())
            ready.wait(10)

    if not database.is_sqlite:
        event.listen(database.engine, "before_cursor_execute", meet)
    try:
        yield
    finally:
        if not database.is_sqlite:
            event.remove(database.engine, "before_cursor_execute", meet)


def look_first_and_write_then(session: Session, job: str, period: str, at: datetime) -> bool:
    row = session.scalars(select(JobRun).where(JobRun.job == job, JobRun.period == period)).one()
    if row.finished_at is not None or row.started_at >= at - ABANDONED:
        return False
    row.started_at = at
    return True


def test_a_take_over_that_looks_first_is_found(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault that the test before is for, planted."""
    monkeypatch.setattr(nightly, "_take_over", look_first_and_write_then)
    with pytest.raises(AssertionError, match="6 == 1"):
        test_a_run_left_by_a_worker_that_died_is_taken_over_by_one(new_database("postgresql"))


def test_a_run_that_failed_is_kept_with_its_reason_and_run_again(database: Database) -> None:
    def fails() -> tuple[str, str]:
        raise ValueError("the disk is full")

    with pytest.raises(JobFailed, match="the disk is full"):
        run_once(database, "verify", "2026-03-01", now=lambda: build.NOW, work=fails)
    assert runs(database) == [("verify", "2026-03-01", "failed")]
    assert verify_night(database, "2026-03-01", now=lambda: build.NOW)
    assert runs(database) == [("verify", "2026-03-01", "clean")]
    assert not verify_night(database, "2026-03-01", now=lambda: build.NOW)
