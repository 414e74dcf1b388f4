"""This file is doing long work: claimed, done with its progress told, and its end kept whatever it is.

Whoever takes a request leaves it to a worker, or where none lives starts it in a thread of its own; what a process that
died has left, the worker takes up.
A kind of work must therefore be safe to do twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from spd.core import tasks
from spd.core.database import Database, is_unavailable
from spd.core.errors import Refusal
from spd.core.job_runs import JobRun
from spd.core.tasks import Claimed
from spd.core.transaction import hasty, reading, transaction

_EVERY = timedelta(milliseconds=400)
_log = structlog.get_logger()


@dataclass
class Work:
    """One piece of work under way, for the function that does it."""

    database: Database
    task: Claimed
    now: Callable[[], datetime]
    _told_at: datetime | None = field(default=None)

    def progress(self, done: int, total: int) -> None:
        """Tell how far it is, a few times a second at most. A busy database is told next time."""
        now = self.now()
        if self._told_at is not None and now - self._told_at < _EVERY and done < total:
            return
        self._told_at = now
        try:
            with hasty(self.database) as session:
                tasks.progress(session, self.task.id, done, total, at=now)
        except OperationalError as busy:
            if not is_unavailable(busy):
                raise


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it: what to tell, and a file (name, content) where it made one."""

    told: dict[str, Any]
    file: tuple[str, bytes] | None = None


_KINDS: dict[str, Callable[[Work], Outcome]] = {}


def does(kind: str, function: Callable[[Work], Outcome]) -> None:
    """Say who does a kind of work. Doors say it once, when they are imported."""
    _KINDS[kind] = function


def run(database: Database, task_id: int, *, now: Callable[[], datetime]) -> bool:
    """Do the work if nobody else does; whether it was done here. How it ended stands with it."""
    with transaction(database) as session:
        claimed = tasks.claim(session, task_id, at=now())
    if claimed is None:
        return False
    file = None
    try:
        outcome = _KINDS[claimed.kind](Work(database, claimed, now))
        ended, told, file = "done", outcome.told, outcome.file
    except Refusal as refusal:
        ended, told = "refused", {"code": refusal.code, "zh": refusal.sentence("zh"), "en": refusal.sentence("en")}
    except Exception as error:  # noqa: BLE001  whatever it was, whoever waits is told
        _log.exception("task failed", task=task_id, kind=claimed.kind)
        ended, told = "failed", {"error": type(error).__name__}
    with transaction(database) as session:
        tasks.finish(session, task_id, ended, told, at=now(), file=file)
    return True


def start(database: Database, task_id: int, *, now: Callable[[], datetime]) -> threading.Thread:
    """Do the work in a thread of this process."""
    thread = threading.Thread(target=run, args=(database, task_id), kwargs={"now": now}, name=f"task-{task_id}")
    thread.start()
    return thread


_ALIVE = ("worker", "alive")
ALIVE_FOR = timedelta(seconds=20)
"""A worker says every few seconds that it lives; one that was not heard for so long takes nothing up."""


def live(database: Database, *, now: Callable[[], datetime]) -> None:
    """Say that a worker lives here and takes work up: others leave long work to it."""
    at, (job, period) = now(), _ALIVE
    try:
        with transaction(database) as session:
            mine = (JobRun.job == job, JobRun.period == period)
            said = session.execute(update(JobRun).where(*mine).values(finished_at=at).returning(JobRun.id))
            if said.first() is None:
                session.add(JobRun(job=job, period=period, started_at=at, finished_at=at))
    except IntegrityError:
        return  # another worker said it first, at this moment


def is_worker_alive(session: Session, at: datetime) -> bool:
    """Whether a worker was heard of lately."""
    job, period = _ALIVE
    said = session.scalar(select(JobRun.finished_at).where(JobRun.job == job, JobRun.period == period))
    return said is not None and at - said < ALIVE_FOR


def start_or_leave(database: Database, task_id: int, *, now: Callable[[], datetime]) -> threading.Thread | None:
    """Leave the work to a worker where one lives, so that whoever scans does not share a process with it; else do it
    in a thread of this one. The thread, where there is one."""
    with reading(database) as session:
        if is_worker_alive(session, now()):
            return None
    return start(database, task_id, now=now)


def take_up_left(database: Database, task: tasks.Task, *, now: Callable[[], datetime]) -> bool:
    """Start work here that was left to a worker and that none has taken up; whether it was."""
    left = task.finished_at is None and task.beat_at is None and now() - task.asked_at > ALIVE_FOR
    if left:
        start(database, task.id, now=now)
    return left


def run_waiting(database: Database, *, now: Callable[[], datetime]) -> int:
    """Take up what nobody does; how much was done here."""
    with reading(database) as session:
        left = tasks.waiting(session, sorted(_KINDS), at=now())
    return sum(run(database, task_id, now=now) for task_id in left)
