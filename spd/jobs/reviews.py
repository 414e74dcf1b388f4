"""This file is looking at a month that was locked for what stands out: the worklist of usage review fills by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd import reviewing
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.costing import group_sets
from spd.jobs.nightly import run_once
from spd.ledger import closed_through, steps_of
from spd.reviewing import LookedAt
from spd.staff import ensure_system


def look_locked(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> bool:
    """The month locked last, looked at once for each lock by every payer of its year; whether that was done here.

    What somebody has looked at already stays as it is: only what is new comes on the worklist.
    """
    with reading(database) as session:
        period = closed_through(session)
        if not period:
            return False
        locked_at = max(one.done_at for one in steps_of(session, period) if one.step == "closed")
        asked = _asked(session, period, zone)
    if not asked:
        return False

    def work() -> tuple[str, str]:
        at, found = now(), 0
        for number, one in enumerate(asked):
            with transaction(database) as session:
                occasion = Occasion(
                    request_key=uuid5(NAMESPACE_OID, f"spd:reviews:{period}:{locked_at.isoformat()}:{number}"),
                    staff_id=ensure_system(session).id, occurred_at=at, recorded_at=at, day=day_of(at, zone),
                    device="worker", content=digest_of(["reviews", period]),
                )  # fmt: skip
                found += reviewing.look(session, occasion, one).found
        return "ok", f"{found} new on the worklist"

    return run_once(database, "reviews", f"{period} {locked_at:%m%d%H%M%S}", now=now, work=work)


def _asked(session: Session, period: str, zone: ZoneInfo) -> list[LookedAt]:
    payers = [one for one in group_sets.payers(session) if one.year == int(period[:4])]
    return [reviewing.month_looked_at(session, period, one, zone=zone) for one in payers]
