"""This file is what happens to days and months by themselves: late arrivals and missed days are marked, accruals
turn with the month, a month that was opened for a time is locked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from spd import closing, policies
from spd.core.clock import day_of, first_instant
from spd.core.database import Database
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import transaction
from spd.ledger import calendar_for, period_of, shifted
from spd.settlement.invoices import turn
from spd.staff import ensure_system

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


def turn_month(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> bool:
    """The turn of the last month, once, where the hospital takes accruals back; whether there is one."""
    at = now()
    day = day_of(at, zone)
    with transaction(database) as session:
        period = shifted(period_of(day, calendar_for(session, day)), -1)
        occasion = Occasion(
            request_key=uuid5(NAMESPACE_OID, f"spd:accruals:{period}"), staff_id=ensure_system(session).id,
            occurred_at=at, recorded_at=at, day=day, device="worker", content=digest_of(["accruals", period]),
        )  # fmt: skip
        return turn(session, occasion, period) is not None


def lock_again(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> list[str]:
    """The months locked again because their time is over; a second worker finds them locked."""
    at = now()
    with transaction(database) as session:
        return closing.lock_again(session, at=at, day=day_of(at, zone))
