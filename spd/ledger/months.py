"""This file is accounting months as such: the days of one, and those before and after it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from spd.ledger.calendar import calendar_for, period_of


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
    """The first and the last day of a month, by the hospital's calendar."""
    before, after = shifted(period, -1), shifted(period, 1)
    end = date(int(after[:4]), int(after[5:]), 1) - timedelta(days=1)
    begin = date(int(before[:4]), int(before[5:]), 1)
    calendar = calendar_for(session, end)
    days = (begin + timedelta(days=number) for number in range((end - begin).days + 1))
    own = [day for day in days if period_of(day, calendar) == period]
    return own[0], own[-1]
