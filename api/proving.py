"""This file is a proof of the books that somebody asks for, at either door: begun here, done in the background."""

from __future__ import annotations

from api.here import database, write_plain
from spd.core import clock
from spd.core.occasion import Occasion
from spd.core.tasks import Task
from spd.jobs import proving, running


def begin(when: Occasion, *, page: str = "") -> Task:
    """The proof under way: begun now, or by whoever asked before. `page`: where what came of it is read."""
    task = write_plain(lambda session: proving.ask(session, when, page=page))
    if task.beat_at is None:
        running.start_or_leave(database(), task.id, now=clock.now)
    return task
