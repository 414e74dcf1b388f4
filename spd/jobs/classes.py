"""This file is the monthly sorting of products into A, B and C, by which they are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from spd import policies
from spd.core.database import Database
from spd.core.transaction import transaction
from spd.jobs.nightly import run_once
from spd.stock import abc


def classify_month(database: Database, day: date, *, now: Callable[[], datetime]) -> bool:
    """Sort the products by the year before a hospital day, once in its month. Whether it ran here."""

    def work() -> tuple[str, str]:
        with transaction(database) as session:
            shares = policies.get(session, "count.abc_permille")
            return "done", str(abc.classify(session, on=day, shares_permille=shares))

    return run_once(database, "abc", f"{day:%Y-%m}", now=now, work=work)
