"""This file is the acts on a recall that long work follows at once: counting what it touches, holding, releasing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.here import database, read, write, write_plain
from spd import recalls
from spd.core import clock
from spd.core.occasion import Occasion
from spd.jobs import previewing, recalling, running
from spd.recalls import Recall, RecallState


def open_recall(when: Occasion, code: str) -> tuple[Recall, int]:
    """The recall in force, and the work that holds everything; begun."""
    return _begun(when, recalling.HOLD, lambda session: recalls.open_recall(session, when, code))


def withdraw(when: Occasion, code: str, reason: str) -> tuple[Recall, int]:
    """The recall withdrawn, and the work that releases everything; begun."""
    return _begun(when, recalling.RELEASE, lambda session: recalls.withdraw(session, when, code, reason), note=reason)


def hold_again(when: Occasion, code: str) -> tuple[Recall, int]:
    """Look once more for what came later, or what was left; begun."""
    return _begun(when, recalling.HOLD, lambda session: recalls.get_recall(session, code))


def count_if_long(when: Occasion, code: str) -> None:
    """Begin to count what a notice would touch, where nobody should wait for it."""

    def is_long(session: Session) -> bool:
        recall = recalls.get_recall(session, code)
        return recall.state == RecallState.DRAFT and previewing.is_long(session, recall)

    if read(is_long):
        count(when, code)


def count(when: Occasion, code: str) -> int:
    """The work of counting what a notice would touch; begun. Raises: UnknownRecall, WrongState."""

    def asked(session: Session) -> int:
        recall = recalls.get_recall(session, code)
        recalls.refuse_unless(recall, RecallState.DRAFT)
        return previewing.ask(session, recall, when).id

    task_id = write_plain(asked)
    running.start(database(), task_id, now=clock.now)
    return task_id


def _begun(when: Occasion, kind: str, act: Callable[[Session], Recall], *, note: str = "") -> tuple[Recall, int]:
    def both(session: Session) -> tuple[Recall, int]:
        recall = act(session)
        return recall, recalling.ask(session, kind, recall.code, when, note=note).id

    recall, task_id = write(when, both)
    running.start(database(), task_id, now=clock.now)
    return recall, task_id
