"""This file is the hourly look at emergency lists: a use whose patient is open for too long is told of each hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from spd import consumption
from spd.core.database import Database
from spd.core.transaction import reading
from spd.jobs.nightly import run_once

_log = structlog.get_logger()


def warn_of_emergencies(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> bool:
    """Look once in an hour of the hospital. Whether it ran here."""

    def work() -> tuple[str, str]:
        with reading(database) as session:
            count, late = consumption.waiting_in_emergency(session, None, at=now())
        if late:
            _log.error("emergency uses open too long", late=late, open=count)
        return ("late" if late else "clean"), f"{late}/{count}"

    return run_once(database, "emergencies", now().astimezone(zone).strftime("%Y-%m-%dT%H"), now=now, work=work)
