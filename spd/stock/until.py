"""This file is until when a thing may be used: its last day and, where a label says so, the instant of that day.

The one rule of expiry: everything that judges it asks here, in Python or in the database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from scanners import Scan
from spd.catalog import Lot
from spd.core.occasion import Moment


class Until(NamedTuple):
    """The last usable day, which is still good; `at`: the last instant of it, where the label names one."""

    day: date | None
    at: datetime | None = None

    @property
    def said(self) -> datetime | str:
        """What a sentence names it by; an instant is shown by the hospital's clock."""
        return self.at or str(self.day)


NEVER = Until(None)
"""Of what has no day."""


def until_of(scan: Scan, zone: tzinfo) -> Until:
    """What a label says. The hour is the hospital's in GS1 (7003), UTC in HIBC; the day is the hospital's in both."""
    if scan.expires_on is None or scan.expires_at is None:
        return Until(scan.expires_on)
    told = datetime.combine(scan.expires_on, scan.expires_at, UTC if scan.kind == "hibc" else zone)
    return Until(told.astimezone(zone).date(), told.astimezone(UTC))


def is_expired(until: Until, when: Moment) -> bool:
    """Whether the last usable day is past, or on it the last instant."""
    if until.day is not None and until.day < when.day:
        return True
    return until.at is not None and when.at is not None and until.at < when.at


def expired(when: Moment, lot: Any = Lot) -> ColumnElement[bool]:
    """The same of a lot, in the database."""
    past: ColumnElement[bool] = lot.expires_on < when.day
    return past if when.at is None else or_(past, lot.expires_at < when.at)


def unexpired(when: Moment, lot: Any = Lot) -> ColumnElement[bool]:
    """Whether a lot may still be used, in the database."""
    good: ColumnElement[bool] = or_(lot.expires_on.is_(None), lot.expires_on >= when.day)
    return good if when.at is None else and_(good, or_(lot.expires_at.is_(None), lot.expires_at >= when.at))
