"""This file is what happens to days and months by themselves: late arrivals and missed days are marked, a month that
was opened for a time is locked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from spd import closing, policies
from spd.core.clock import day_of, first_instant
from spd.core.database import Database
from spd.core.transaction import transaction

_BACK = timedelta(hours=26)  # a worker that stood still for a day misses nothing
_DAYS = 12  # as far as the policy reaches, and two more


def mark_days(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> tuple[int, int]:
    """How many late arrivals and how many missed days were marked. Of two workers at once one marks."""
    at = now()
    try:
        with transaction(database) as session:
            late = closing.mark_late(session, since=at - _BACK)
            hours = timedelta(hours=policies.get(session, "closing.day_hours"))
            missed = 0
            for back in range(1, _DAYS):
                day = day_of(at, zone) - timedelta(days=back)
                end = first_instant(day + timedelta(days=1), zone)
                if end + hours <= at:
                    missed += closing.mark_missed(session, day, end=end, at=at)
            return late, missed
    except IntegrityError:
        return 0, 0


def lock_again(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> list[str]:
    """The months locked again because their time is over; a second worker finds them locked."""
    at = now()
    with transaction(database) as session:
        return closing.lock_again(session, at=at, day=day_of(at, zone))
