"""This file is the nightly look at licences: what newly came within a window of its end is noted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime

from spd.core.database import Database
from spd.core.transaction import transaction
from spd.jobs.nightly import run_once
from spd.licensing.warning import note_warnings

JOB = "licences"


def warn_of_licences(database: Database, day: date, *, now: Callable[[], datetime]) -> bool:
    """Note the licences that are newly in a window on a hospital day, once. Whether it ran here."""

    def work() -> tuple[str, str]:
        with transaction(database) as session:
            counts = note_warnings(session, on=day, at=now())
        return ("noted", json.dumps(counts)) if counts else ("clean", "")

    return run_once(database, JOB, day.isoformat(), now=now, work=work)
