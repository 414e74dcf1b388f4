"""This file is the night's hold on what has expired: once a hospital day, in parts that others can work between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import transaction
from spd.jobs.nightly import run_once
from spd.ledger import Moved, Racing
from spd.staff import ensure_system
from spd.stock import expiry

_AT_ONCE = 500
_TRIES = 20  # somebody moves one of the five hundred: the part is read again


def expire_night(database: Database, day: date, *, now: Callable[[], datetime]) -> bool:
    """What expired before this hospital day is on hold, once. Whether it ran here."""

    def work() -> tuple[str, str]:
        return "held", str(hold_expired(database, day, now=now))

    return run_once(database, "expire", day.isoformat(), now=now, work=work)


def hold_expired(database: Database, day: date, *, now: Callable[[], datetime], by_hour: bool = False) -> int:
    """Hold everything that has expired by this day; how many things that was. Done again it finds nothing.

    by_hour: only what expired today, at the hour its label names. Raises: Moved.
    """
    held = 0
    while some := _hold_some(database, day, now, by_hour):
        held += some
    return held


def _hold_some(database: Database, day: date, now: Callable[[], datetime], by_hour: bool) -> int:
    for _ in range(_TRIES - 1):
        try:
            return _once(database, day, now(), by_hour)
        except (Moved, Racing):
            continue
    return _once(database, day, now(), by_hour)


def _once(database: Database, day: date, at: datetime, by_hour: bool) -> int:
    with transaction(database) as session:
        occasion = Occasion(
            request_key=request_key(at),
            staff_id=ensure_system(session).id,
            occurred_at=at,
            recorded_at=at,
            day=day,
            device="worker",
            content=digest_of(["expire", day]),
        )
        return len(expiry.hold_expired(session, occasion, limit=_AT_ONCE, by_hour=by_hour))
