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


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day of the hospital."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
