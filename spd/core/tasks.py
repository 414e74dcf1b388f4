"""This file is long work that a person waits for: asked for, done in the background, its progress told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Instant, Name, Quantity, UtcDateTime, Word
from spd.core.errors import NotFound

ABANDONED = timedelta(minutes=2)  # whoever does it says so every few seconds: after this it was left


class Task(Base):
    """One piece of long work. `said` is what was asked, `told` what came of it, `content` a file it made or needs."""

    __tablename__ = "tasks"

    id: Mapped[Id]
    kind: Mapped[Word]
    title: Mapped[Name]
    said: Mapped[str] = mapped_column(Text())
    asked_by_id: Mapped[int]
    asked_at: Mapped[Instant]
    beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When whoever does it was last heard of."""
    done: Mapped[Quantity] = mapped_column(default=0)
    total: Mapped[Quantity] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    outcome: Mapped[Word] = mapped_column(default="")
    """done, refused or failed; empty while it goes on."""
    told: Mapped[str] = mapped_column(Text(), default="{}")
    file_name: Mapped[Name] = mapped_column(default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary(), deferred=True)


class UnknownTask(NotFound):
    """There is no such work, or it is somebody else's."""

    code = "unknown-task"
    say = {"zh": "没有此任务, 或不是您的任务。", "en": "There is no such task, or it is not yours."}


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Work that is ours to do."""

    id: int
    kind: str
    said: dict[str, Any]
    asked_by_id: int
    asked_at: datetime
    content: bytes | None


def ask(
    session: Session, kind: str, said: dict[str, Any], *, title: str, asked_by_id: int, at: datetime,
    content: bytes | None = None, file_name: str = "",
) -> Task:  # fmt: skip
    """The work, waiting to be done."""
    task = Task(
        kind=kind, title=title, said=json.dumps(said, ensure_ascii=False), asked_by_id=asked_by_id, asked_at=at,
        content=content, file_name=file_name,
    )  # fmt: skip
    session.add(task)
    session.flush()  # its number is told
    return task


def get(session: Session, task_id: int, *, asked_by_id: int | None = None) -> Task:
    """The work with this number; of one person where it says whose. Raises: UnknownTask."""
    found = session.get(Task, task_id)
    if found is None or asked_by_id not in (None, found.asked_by_id):
        raise UnknownTask()
    return found


def waiting(session: Session, kinds: list[str], *, at: datetime) -> list[int]:
    """The work of these kinds that nobody does, oldest first."""
    free = or_(Task.beat_at.is_(None), Task.beat_at < at - ABANDONED)
    query = select(Task.id).where(Task.kind.in_(kinds), Task.finished_at.is_(None), free).order_by(Task.id)
    return list(session.scalars(query))


def claim(session: Session, task_id: int, *, at: datetime) -> Claimed | None:
    """The work, ours from now on; None where somebody does it or it is done."""
    free = or_(Task.beat_at.is_(None), Task.beat_at < at - ABANDONED)
    mine = session.execute(
        update(Task).where(Task.id == task_id, Task.finished_at.is_(None), free).values(beat_at=at).returning(Task.id)
    )
    if mine.first() is None:
        return None
    task = session.get_one(Task, task_id)
    return Claimed(
        id=task.id, kind=task.kind, said=json.loads(task.said), asked_by_id=task.asked_by_id,
        asked_at=task.asked_at, content=task.content,
    )  # fmt: skip


def progress(session: Session, task_id: int, done: int, total: int, *, at: datetime) -> None:
    """How far it is."""
    session.execute(update(Task).where(Task.id == task_id).values(done=done, total=total, beat_at=at))


def finish(
    session: Session, task_id: int, outcome: str, told: dict[str, Any], *, at: datetime, file: tuple[str, bytes] | None
) -> None:
    """What came of it, and the file it made."""
    values: dict[str, Any] = {"outcome": outcome, "finished_at": at, "told": json.dumps(told, ensure_ascii=False)}
    if file is not None:
        values |= {"file_name": file[0], "content": file[1]}
    session.execute(update(Task).where(Task.id == task_id).values(values))
