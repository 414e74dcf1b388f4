"""This file is doing long work: claimed, done with its progress told, and its end kept whatever it is.

Whoever takes a request starts it in a thread of its own; what a process that died has left, the worker takes up.
A kind of work must therefore be safe to do twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from spd.core import tasks
from spd.core.database import Database, is_unavailable
from spd.core.errors import Refusal
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


def run_waiting(database: Database, *, now: Callable[[], datetime]) -> int:
    """Take up what nobody does; how much was done here."""
    with reading(database) as session:
        left = tasks.waiting(session, sorted(_KINDS), at=now())
    return sum(run(database, task_id, now=now) for task_id in left)
