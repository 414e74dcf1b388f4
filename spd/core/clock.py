"""This file is the only one that tells the time; doors read it and pass it on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The hospital's day at an instant: 02:00 in Shanghai is still yesterday in UTC."""
    return instant.astimezone(zone).date()


def month_bounds(period: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a month of the hospital, and the first after it."""
    year, month = int(period[:4]), int(period[5:])
    first = datetime(year, month, 1, tzinfo=zone)
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return first.astimezone(UTC), after.astimezone(UTC)
