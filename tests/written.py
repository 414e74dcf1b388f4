"""This file tells whether a test wrote to its database, so that books which nobody touched are not proved again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from spd.core.database import Database

_PEOPLE = frozenset(("staff", "grants", "tokens", "sign_ons"))
"""Tables of who asks: every test fills them, and no proof looks at them."""
_WRITES = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|COPY)\s+"?(\w+)', re.IGNORECASE)
_harmless: set[str] = set()


def watch(database: Database) -> Callable[[], bool]:
    """Whether anything was written to the database since now, but people."""
    written: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if written or statement in _harmless:
            return
        if {table.lower() for table in _WRITES.findall(statement)} <= _PEOPLE:
            _harmless.add(statement)
        else:
            written.append(statement)

    for engine in (database.engine, database.glances):
        event.listen(engine, "before_cursor_execute", look)
    return lambda: bool(written)
