"""This file is accounting months as such: the days of one, and those before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd.core import clock
from spd.ledger.calendar import Rule, calendar_for, period_of


def shifted(period: str, by: int) -> str:
    """The month so many after, or before where it is below zero."""
    number = int(period[:4]) * 12 + int(period[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """The months from the first to the last, both included."""
    months = [first]
    while months[-1] < last:
        months.append(shifted(months[-1], 1))
    return months


def quarter_of(period: str) -> str:
    """The first month of the quarter that a month is of."""
    return shifted(period, -((int(period[5:]) - 1) % 3))


def year_of(period: str) -> str:
    """The first month of the year that a month is of."""
    return shifted(period, -(int(period[5:]) - 1))


def days_of(session: Session, period: str) -> tuple[date, date]:
    """The first and the last day of a month, by the hospital's calendar. Raises: ValueError for what is no month."""
    return days_by(period, calendar_for(session, _end_of(period)))


def days_by(period: str, calendar: Sequence[Rule]) -> tuple[date, date]:
    """The first and the last day of a month by these rules. Raises: ValueError for what is no month."""
    before = shifted(period, -1)
    begin, end = date(int(before[:4]), int(before[5:]), 1), _end_of(period)
    days = (begin + timedelta(days=number) for number in range((end - begin).days + 1))
    own = [day for day in days if period_of(day, calendar) == period]
    if not own:
        raise ValueError(f"{period} is no month")
    return own[0], own[-1]


def _end_of(period: str) -> date:
    """The last day that a month may have."""
    after = shifted(period, 1)
    return date(int(after[:4]), int(after[5:]), 1) - timedelta(days=1)


def instants_of(
    session: Session, period: str, zone: ZoneInfo, *, until: str | None = None
) -> tuple[datetime, datetime]:
    """The first instant of a month, and the first after it or after a later month, by the hospital's clock."""
    first, last = days_of(session, period)[0], days_of(session, until or period)[1]
    return clock.first_instant(first, zone), clock.first_instant(last + timedelta(days=1), zone)
