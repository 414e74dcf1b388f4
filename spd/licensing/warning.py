"""This file is noting which licences came within a window of their end, so that it can be told since when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import and_, exists, insert, select
from sqlalchemy.orm import Session

from spd.licensing.models import Licence, LicenceWarning
from spd.licensing.worklist import newest, windows


def note_warnings(session: Session, *, on: date, at: datetime) -> dict[int, int]:
    """How many licences are newly in each window (0: ended). Done again for a day, nothing is new."""
    seen = windows(session, on=on)
    window = seen.window()
    noted = exists().where(and_(LicenceWarning.licence_id == Licence.id, LicenceWarning.days == window))
    fresh = session.execute(select(Licence.id, window).where(newest(), window >= 0, ~noted).order_by(Licence.id)).all()
    if fresh:
        rows = [
            {"licence_id": licence_id, "days": days, "entered_on": on, "noted_at": at} for licence_id, days in fresh
        ]
        session.execute(insert(LicenceWarning), rows)
    counts: dict[int, int] = {}
    for _, days in fresh:
        counts[days] = counts.get(days, 0) + 1
    return counts
