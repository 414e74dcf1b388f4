"""This file is accounting months as such: the days of one, and those before and after it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session


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
    """The first and the last day of a month."""
    after = shifted(period, 1)
    first = date(int(period[:4]), int(period[5:]), 1)
    return first, date(int(after[:4]), int(after[5:]), 1) - timedelta(days=1)
