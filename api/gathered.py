"""This file is acts that come at the same moment: what comes while one is being written is written next, together.

A process writes one such act at a time. What comes meanwhile waits for the next turn and shares its transaction, its
statements and its commit with whatever else waits. Where nothing waits, an act goes its own way, as if this were not
here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog

AT_ONCE = 10
"""Acts in one transaction, as many as of a device's queue."""
PATIENCE_S = 0.05
"""How long an act waits for its turn: what is written before it may wait for somebody's lock, which is not its own."""

Asked = TypeVar("Asked")
Told = TypeVar("Told")
_log = structlog.get_logger()


class _Waiting(Generic[Asked, Told]):
    """An act that waits. `group` is whom it leads, itself first, once it is its turn; `told` what its leader found."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.group: Sequence[_Waiting[Asked, Told]] = ()
        self.told: Told | None = None
        self._woken = threading.Event()

    def wake(self) -> None:
        self._woken.set()

    def wait(self, seconds: float | None = None) -> bool:
        return self._woken.wait(seconds)


class Gathering(Generic[Asked, Told]):
    """The acts of one kind of one process. Shared by its threads."""

    def __init__(self, together: Callable[[Sequence[Asked]], Sequence[Told | None]]) -> None:
        """`together` does the first of some acts, all or none of those that it tells; None where one is to go alone."""
        self.patience = PATIENCE_S
        self._together = together
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[Asked, Told]] = deque()
        self._busy = False

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def take(self, asked: Asked, alone: Callable[[], Told]) -> Told:
        """What became of an act, done `alone` or with those that came with it. Raises what `alone` raises."""
        mine = self._line_up(asked)
        if mine is not None:
            if not mine.wait(self.patience) and self._leave(mine):
                return alone()
            mine.wait()
            if not mine.group:
                return alone() if mine.told is None else mine.told
        try:
            if mine is not None and len(mine.group) > 1:
                self._lead(mine)
            return alone() if mine is None or mine.told is None else mine.told
        finally:
            self._pass_on()

    def _line_up(self, asked: Asked) -> _Waiting[Asked, Told] | None:
        """A place in the line; None where it is this one's turn at once."""
        with self._lock:
            if not self._busy:
                self._busy = True
                return None
            mine = _Waiting[Asked, Told](asked)
            self._waiting.append(mine)
            return mine

    def _leave(self, mine: _Waiting[Asked, Told]) -> bool:
        """Leave the line; not if its turn has come."""
        with self._lock:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            return True

    def _lead(self, mine: _Waiting[Asked, Told]) -> None:
        told: Sequence[Told | None] = ()
        try:
            told = self._together([one.asked for one in mine.group])
        except Exception as error:  # noqa: BLE001 - each is done alone then, and is told by that what is wrong
            _log.info("gathered acts go alone", acts=len(mine.group), why=repr(error))
        finally:
            for one, found in zip(mine.group, told, strict=False):
                one.told = found
            for one in mine.group[1:]:
                one.wake()

    def _pass_on(self) -> None:
        """The next turn: whoever has waited longest leads those behind it."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            if not group:
                self._busy = False
                return
            group[0].group = group
        group[0].wake()
