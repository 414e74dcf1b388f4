"""This file is counting what a notice would touch: at once where that is quick, else as work whose answer is kept.

The answer is of the targets as they stood: another target, another count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls
from spd.core import tasks
from spd.core.occasion import Occasion
from spd.core.tasks import Task
from spd.core.transaction import reading
from spd.jobs import running
from spd.jobs.running import Outcome, Work
from spd.recalls import Counts, Previewed, Recall, RecallState
from spd.stock import deny_list

PREVIEW = "recall_preview"
AT_ONCE = 20_000
"""Items that are looked at while somebody waits for a page: half a second of work."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a notice means, with what each target would touch, as far as it was counted."""

    matches: Sequence[Previewed]
    whole: Counts | None
    """All targets together."""
    counted_at: datetime | None
    """When; None where it was not counted yet, or need not be because the recall is open."""
    work: Task | None
    """The counting under way."""
    long: bool
    """Whether counting takes long enough to be work of its own."""


def look(session: Session, recall: Recall, *, at: datetime) -> Preview:
    """What a recall means, counted now where that is quick, else as it was counted last for the same targets."""
    if recall.state != RecallState.DRAFT:
        return _seen(session, recall, {})
    if not is_long(session, recall):
        counts = recalls.count_touched(session, recall)
        return _seen(session, recall, counts, counted_at=at)
    work, done = _last(session, recall)
    if done is None:
        return _seen(session, recall, {}, work=work, long=True)
    return _seen(session, recall, _counts(done), counted_at=done.finished_at, work=work, long=True)


def _seen(
    session: Session, recall: Recall, counts: dict[int, Counts], *, counted_at: datetime | None = None,
    work: Task | None = None, long: bool = False,
) -> Preview:  # fmt: skip
    matches = recalls.preview(session, recall, counts)
    return Preview(matches=matches, whole=counts.get(recalls.WHOLE), counted_at=counted_at, work=work, long=long)


def look_for_work(session: Session, recall: Recall) -> Task | None:
    """The counting under way of a notice that is not opened."""
    return _last(session, recall)[0] if recall.state == RecallState.DRAFT else None


def is_long(session: Session, recall: Recall) -> bool:
    """Whether nobody should sit and wait for the counting."""
    return recalls.meant(session, recall, most=AT_ONCE + 1) > AT_ONCE


def ask(session: Session, recall: Recall, occasion: Occasion) -> Task:
    """The work of counting, waiting to be done, or under way already for the same targets."""
    going, _ = _last(session, recall)
    if going is not None:
        return going
    said = {"recall": recall.code, "targets": _targets(session, recall)}
    return tasks.ask(session, PREVIEW, said, title=recall.code, asked_by_id=occasion.staff_id, at=occasion.recorded_at)


def _last(session: Session, recall: Recall) -> tuple[Task | None, Task | None]:
    """The counting of these very targets that is under way, and the last that is done."""
    targets = _targets(session, recall)
    query = select(Task).where(Task.kind == PREVIEW, Task.title == recall.code).order_by(Task.id.desc())
    mine = [task for task in session.scalars(query) if json.loads(task.said)["targets"] == targets]
    going = next((task for task in mine if task.finished_at is None), None)
    return going, next((task for task in mine if task.outcome == "done"), None)


def _targets(session: Session, recall: Recall) -> list[Any]:
    """What the targets say, to know them again."""
    names = [column.name for column in deny_list.RecallTarget.__table__.columns]
    return [
        [_plain(getattr(target, name)) for name in names if name not in ("id", "denied_at", "lifted_at")]
        for target in deny_list.targets_of(session, recall.code)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _counts(task: Task) -> dict[int, Counts]:
    return {int(line): Counts(**said) for line, said in json.loads(task.told)["counts"].items()}


def _count(work: Work) -> Outcome:
    with reading(work.database) as session:
        recall = recalls.get_recall(session, work.task.said["recall"])
        counts = recalls.count_touched(session, recall, tell=work.progress)
    return Outcome(told={"counts": {line: asdict(one) for line, one in counts.items()}})


running.does(PREVIEW, _count)
