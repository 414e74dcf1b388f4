"""This file is a recall at work: holds placed part by part until nothing is left, patients listed; the monthly drill.

Whoever opens a recall starts it at once; the worker looks again every few minutes for what came later, and takes up
what a process that died has left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls
from spd.core import tasks
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion
from spd.core.tasks import Task
from spd.core.transaction import reading, transaction
from spd.jobs import running
from spd.jobs.nightly import run_once
from spd.jobs.running import Outcome, Work
from spd.ledger import Moved, Racing
from spd.staff import ensure_system

HOLD, RELEASE = "recall_hold", "recall_release"
_TRIES = 50  # of one part: each time somebody was quicker with one of its things
_ROUNDS = 5  # looks for what came while the rest was being held
_log = structlog.get_logger()


@dataclass
class Doing:
    """Who does it, for whom, on which day, and whom to tell how far it is."""

    database: Database
    staff_id: int
    now: Callable[[], datetime]
    day: date
    tell: Callable[[int, int], None]

    def occasion(self) -> Occasion:
        """An act of this work, now."""
        at = self.now()
        return Occasion(
            request_key=request_key(at), staff_id=self.staff_id, occurred_at=at, recorded_at=at, day=self.day,
            device="recall", content=b"",
        )  # fmt: skip


def ask(session: Session, kind: str, code: str, occasion: Occasion, *, note: str = "") -> Task:
    """The work of holding, or of releasing, everything of a recall: waiting to be done, or under way already."""
    going = select(Task).where(Task.kind == kind, Task.title == code, Task.finished_at.is_(None)).limit(1)
    if (task := session.scalars(going).one_or_none()) is not None:
        return task
    said = {"recall": code, "day": occasion.day.isoformat(), "note": note}
    return tasks.ask(session, kind, said, title=code, asked_by_id=occasion.staff_id, at=occasion.recorded_at)


def hold_all(doing: Doing, code: str) -> int:
    """Hold everything of a recall that is not held, and list the patients; how many items were held."""
    held = 0
    for number in range(_ROUNDS):
        left = _left(doing, code, again=number > 0)
        if not left:
            break
        for start in range(0, len(left), recalls.AT_ONCE):
            held += _hold_part(doing, code, left[start : start + recalls.AT_ONCE])
            doing.tell(start + recalls.AT_ONCE, len(left))
    with transaction(doing.database) as session:
        recall = recalls.get_recall(session, code)
        if recall.in_force and not recalls.unheld(session, recall):
            recalls.finish(session, doing.occasion(), recall)
    return held


def _left(doing: Doing, code: str, *, again: bool) -> list[int]:
    if again:  # things may have been made or have come since it was matched
        with transaction(doing.database) as session:
            recalls.match(session, recalls.get_recall(session, code), at=doing.now())
    with reading(doing.database) as session:
        recall = recalls.get_recall(session, code)
        return recalls.unheld(session, recall) if recall.in_force else []


def _hold_part(doing: Doing, code: str, item_ids: Sequence[int]) -> int:
    for _ in range(_TRIES):
        try:
            with transaction(doing.database) as session:
                return recalls.hold(session, doing.occasion(), recalls.get_recall(session, code), item_ids)
        except (Moved, Racing):
            continue
    if len(item_ids) == 1:
        _log.error("cannot hold: it is moved again and again", recall=code, item=item_ids[0])
        return 0
    middle = len(item_ids) // 2
    return sum(_hold_part(doing, code, part) for part in (item_ids[:middle], item_ids[middle:]))


def _hold(work: Work) -> Outcome:
    doing = _doing(work)
    return Outcome(told={"held": hold_all(doing, work.task.said["recall"])})


def _release(work: Work) -> Outcome:
    """Release what a withdrawn recall holds."""
    doing, code, note, done = _doing(work), work.task.said["recall"], work.task.said["note"], 0
    while True:
        try:
            with transaction(work.database) as session:
                some = recalls.release_some(session, doing.occasion(), recalls.get_recall(session, code), note)
        except (Moved, Racing):
            continue
        if not some:
            return Outcome(told={"released": done})
        done += some
        work.progress(done, done + recalls.AT_ONCE)


def _doing(work: Work) -> Doing:
    day = date.fromisoformat(work.task.said["day"])
    return Doing(work.database, work.task.asked_by_id, work.now, day, work.progress)


running.does(HOLD, _hold)
running.does(RELEASE, _release)


def sweep(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> int:
    """Hold what recalls in force mean and what has come since; how many items were held."""
    with reading(database) as session:
        codes = recalls.open_codes(session)
    if not codes:
        return 0
    with transaction(database) as session:
        system = ensure_system(session).id
        for code in codes:
            recalls.match(session, recalls.get_recall(session, code), at=now())
    doing = Doing(database, system, now, day_of(now(), zone), lambda _done, _total: None)
    return sum(hold_all(doing, code) for code in codes)


def drill(database: Database, month: str, *, now: Callable[[], datetime]) -> bool:
    """The mock recall of a month, once. Whether it ran here."""

    def work() -> tuple[str, str]:
        with transaction(database) as session:
            try:
                report = recalls.run_drill(session, month, now=now)
            except recalls.NothingUsed:
                return "nothing", ""
        told = {"lot": report.lot, "product": report.product, "accounted": report.accounted_permille}
        if not report.passed:
            _log.error("mock recall incomplete", month=month, **told)
        return ("complete" if report.passed else "incomplete"), json.dumps(told, ensure_ascii=False)

    return run_once(database, "recall_drill", month, now=now, work=work)
