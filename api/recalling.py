"""This file is opening and withdrawing a recall: the act, and the long work that follows it at once."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.here import database, write
from spd import recalls
from spd.core import clock
from spd.core.occasion import Occasion
from spd.jobs import recalling, running
from spd.recalls import Recall


def open_recall(when: Occasion, code: str) -> tuple[Recall, int]:
    """The recall in force, and the work that holds everything; begun."""
    return _begun(when, recalling.HOLD, lambda session: recalls.open_recall(session, when, code))


def withdraw(when: Occasion, code: str, reason: str) -> tuple[Recall, int]:
    """The recall withdrawn, and the work that releases everything; begun."""
    return _begun(when, recalling.RELEASE, lambda session: recalls.withdraw(session, when, code, reason), note=reason)


def hold_again(when: Occasion, code: str) -> tuple[Recall, int]:
    """Look once more for what came later, or what was left; begun."""
    return _begun(when, recalling.HOLD, lambda session: recalls.get_recall(session, code))


def _begun(when: Occasion, kind: str, act: Callable[[Session], Recall], *, note: str = "") -> tuple[Recall, int]:
    def both(session: Session) -> tuple[Recall, int]:
        recall = act(session)
        return recall, recalling.ask(session, kind, recall.code, when, note=note).id

    recall, task_id = write(when, both)
    running.start(database(), task_id, now=clock.now)
    return recall, task_id
