"""This file is server processes that hold as many connections each: one that is kept stays where it was accepted.

Whichever process wakes first accepts, and of connections that come at once it may accept all; the others then have
nothing to do for as long as these live. A process that holds more than another lets it go first.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WAIT_S = 0.002
"""How long the other is given. Where it is too busy to accept in that time, the connection is taken all the same."""
SWITCH_S = 0.001
"""How long a thread that is busy keeps the interpreter from one that has waited: a scan waits for it some ten times."""
_SLOTS = 512
_SLOT = struct.Struct("ii")  # the process, and how many connections it holds
_shared = mmap.mmap(-1, _SLOTS * _SLOT.size)  # made before the processes are forked: it is one for all of them


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """A worker with threads that tells the others how many connections it holds."""

    def init_process(self) -> None:
        """Begin, in its own process."""
        self.nr_conns = self.nr_conns  # told under this process's number
        sys.setswitchinterval(SWITCH_S)
        super().init_process()

    @property
    def nr_conns(self) -> int:
        """How many connections it holds."""
        return self._held

    @nr_conns.setter
    def nr_conns(self, held: int) -> None:
        self._held = held
        _SLOT.pack_into(_shared, self.age % _SLOTS * _SLOT.size, os.getpid(), held)

    def accept(self, listener: Any) -> None:
        """Accept a connection, after another process that holds fewer."""
        if any(held < self._held and _is_other(process) for process, held in _SLOT.iter_unpack(_shared)):
            time.sleep(WAIT_S)
        super().accept(listener)


def _is_other(process: int) -> bool:
    """Whether it is a process that runs, beside this one."""
    if process in (0, os.getpid(), os.getppid()):
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
