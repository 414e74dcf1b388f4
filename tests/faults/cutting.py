"""This file is a wire that is cut at a chosen point between BEGIN and the moment a client hears the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from spd.core.database import Database


class Lost(Exception):
    """The connection is gone; nobody knows what was done."""


@dataclass
class Wire:
    """Counts the points that a request passes, and is cut at one of them: None is never."""

    cut_at: int | None = None
    passed: list[str] = field(default_factory=list)

    def at(self, point: str) -> None:
        """Pass a point. Raises: Lost, where it is the one."""
        self.passed.append(point)
        if len(self.passed) - 1 == self.cut_at:
            raise Lost(point)


@contextmanager
def watched(database: Database, wire: Wire) -> Iterator[Wire]:
    """The points of the wire: before and after every statement of a database, and every commit."""

    def before(*_: Any) -> None:
        wire.at("asked")

    def after(*_: Any) -> None:
        wire.at("done, and not heard")

    def commits(*_: Any) -> None:
        wire.at("before commit")

    def committed(*_: Any) -> None:
        wire.at("after commit")

    engine = database.engine
    points: list[tuple[Any, str, Any]] = [
        (engine, "before_cursor_execute", before), (engine, "after_cursor_execute", after),
        (engine, "commit", commits), (Session, "after_commit", committed),
    ]  # fmt: skip
    for target, name, listener in points:
        event.listen(target, name, listener)
    try:
        yield wire
    finally:
        for target, name, listener in points:
            event.remove(target, name, listener)
