"""Two workers, one night: each job runs once for its period, whoever comes first, and again where one died at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from sqlalchemy import select

from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.transaction import reading
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

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(worker, range(WORKERS))) == 1
    assert runs(database) == [("verify", "2026-03-01", "clean")]


def test_a_run_that_failed_is_kept_with_its_reason_and_run_again(database: Database) -> None:
    def fails() -> tuple[str, str]:
        raise ValueError("the disk is full")

    with pytest.raises(JobFailed, match="the disk is full"):
        run_once(database, "verify", "2026-03-01", now=lambda: build.NOW, work=fails)
    assert runs(database) == [("verify", "2026-03-01", "failed")]
    assert verify_night(database, "2026-03-01", now=lambda: build.NOW)
    assert runs(database) == [("verify", "2026-03-01", "clean")]
    assert not verify_night(database, "2026-03-01", now=lambda: build.NOW)
