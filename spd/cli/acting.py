"""This file is the occasion of a command: who runs it, when, under which key."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from spd.cli.context import settings
from spd.core import clock
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.staff import ensure_system, get_staff


def acting(session: Session, staff: str, *, said: Any) -> Occasion:
    """The occasion of a command. Raises: UnknownStaff."""
    now = clock.now()
    who = ensure_system(session) if staff == "system" else get_staff(session, staff)
    return Occasion(
        request_key=request_key(now),
        staff_id=who.id,
        occurred_at=now,
        recorded_at=now,
        day=clock.day_of(now, settings().zone),
        zone=settings().zone,
        device="cli",
        content=digest_of(said),
    )
