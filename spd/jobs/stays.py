"""This file is the nightly summing up of what the ledger put on cases, so that a year of them is read in a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from spd.core.database import Database
from spd.core.transaction import transaction
from spd.costing import stays
from spd.jobs.nightly import run_once


def sum_up_night(database: Database, day: date, *, now: Callable[[], datetime]) -> bool:
    """Sum up what was posted since, once in a hospital day. Whether it ran here."""

    def work() -> tuple[str, str]:
        with transaction(database) as session:
            return "done", str(stays.roll(session, at=now()))

    return run_once(database, "stay-costs", day.isoformat(), now=now, work=work)
