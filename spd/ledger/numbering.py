"""This file is how rows get their numbers before they are written, so that an act is hashed and sent at once."""

from __future__ import annotations

import os
import threading
from collections import deque

from sqlalchemy import text
from sqlalchemy.orm import Session

from spd.core.database import address_of

_TABLES = ("items", "movements", "entries", "postings")
_BLOCK = {"items": 64, "movements": 128, "entries": 128, "postings": 512}
"""Numbers fetched at a time: a round trip once in a hundred scans. What a process leaves unused is a harmless gap."""

_pools: dict[tuple[int, str], dict[str, deque[int]]] = {}
_lock = threading.Lock()


class Numbers:
    """The next numbers of each table, for one act.

    On PostgreSQL they come from sequences, a block at a time for the whole process. On SQLite an act is alone while it
    writes, so they follow the highest there is.
    """

    def __init__(self, session: Session, expected: int) -> None:
        self._session = session
        self._expected = max(expected, 1)
        self._sqlite = session.get_bind().dialect.name == "sqlite"
        self._highest: dict[str, int] = {}
        self._mine: dict[str, deque[int]] = {table: deque() for table in _TABLES}
        self._pool = None if self._sqlite else _pool_of(address_of(session))

    def next(self, table: str) -> int:
        """A number no other row of the table has or will have."""
        if self._pool is None:
            if not self._highest:
                self._highest = self._highest_there_are()
            self._highest[table] += 1
            return self._highest[table]
        mine = self._mine[table]
        if not mine:
            with _lock:
                pool = self._pool[table]
                if len(pool) < self._expected:
                    pool.extend(self._fetch(table))
                mine.extend(pool.popleft() for _ in range(self._expected))
        return mine.popleft()

    def _fetch(self, table: str) -> list[int]:
        count = max(_BLOCK[table], self._expected)
        statement = text(f"SELECT nextval('{table}_id_seq') FROM generate_series(1, :count)")  # noqa: S608
        return list(self._session.execute(statement, {"count": count}).scalars())

    def _highest_there_are(self) -> dict[str, int]:
        highest = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table})" for table in _TABLES)  # noqa: S608
        row = self._session.execute(text(f"SELECT {highest}")).one()
        return dict(zip(_TABLES, row, strict=True))


def _pool_of(url: str) -> dict[str, deque[int]]:
    """This process's numbers for one database; a forked child starts its own."""
    key = (os.getpid(), url)
    pool = _pools.get(key)
    if pool is None:
        with _lock:
            pool = _pools.setdefault(key, {table: deque() for table in _TABLES})
    return pool
