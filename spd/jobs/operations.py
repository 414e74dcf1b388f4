"""This file is the look at operations that are not finished in time: noted once, told in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import transaction
from spd.staff import ensure_system
from spd.theatre.overdue import note_overdue

_log = structlog.get_logger()


def warn_of_operations(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> list[str]:
    """Note the operations that are newly overdue; their numbers. Done again it finds nothing."""
    at = now()
    with transaction(database) as session:
        when = Occasion(
            request_key=request_key(at), staff_id=ensure_system(session).id, occurred_at=at, recorded_at=at,
            day=day_of(at, zone), device="worker", content=digest_of(["operations", at.isoformat()]),
        )  # fmt: skip
        codes = note_overdue(session, when)
    for code in codes:
        _log.warning("operation not finished", operation=code)
    return codes
