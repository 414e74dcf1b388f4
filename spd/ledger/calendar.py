"""This file is the closing calendar: which accounting month a day is of. 26th to 25th, or the month as it is.

A calendar holds from the first of a month that is still to come, so the month of a day that was is the same for ever. A
process therefore keeps what it read for the day it posts to, and reads again for a later one: none that is set later
can be about a day that was posted to. Days to come are asked for too, by reports and plans; that is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.database import address_of
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.core.once import once, read_again
from spd.ledger.books import ClosingCalendar

MONTH_END = 31


class Rule(NamedTuple):
    """From this day on a month's last day is this one; 31 is the last there is."""

    from_on: date
    last_day: int


class BadCalendar(Refused):
    """A calendar begins with a month to come, and a month ends on one of its first 28 days or its last."""

    code = "bad-calendar"
    say = {
        "zh": "结账日历须从以后某月 1 日起执行; 每月截止日可为 1 至 28 日, 31 为月末。",
        "en": "A calendar begins on the 1st of a month to come; a month ends on day 1 to 28, or 31 for its last.",
    }


_read: dict[str, tuple[date, tuple[Rule, ...]]] = {}


def period_of(day: date, calendar: Sequence[Rule] = ()) -> str:
    """The accounting month of a day, YYYY-MM; without a calendar its own."""
    last = next((rule.last_day for rule in reversed(calendar) if rule.from_on <= day), MONTH_END)
    own = f"{day.year:04d}-{day.month:02d}"
    return following(own) if day.day > last else own


def following(period: str) -> str:
    """The month after."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def calendar_for(session: Session, day: date) -> tuple[Rule, ...]:
    """The calendars that there are for days up to this one, the earliest first."""
    known = _read.get(address_of(session))
    if known is not None and day <= known[0]:
        return known[1]
    return once(session, "calendar", lambda: _read_all(session))


def posting_calendar(session: Session, day: date) -> tuple[Rule, ...]:
    """The same, kept for whoever posts next: the day is that of an act, which is never later than tomorrow."""
    key = address_of(session)
    known = _read.get(key)
    if known is None or day > known[0]:
        known = _read[key] = (day, _read_all(session))
    return known[1]


def is_settled(session: Session, period: str) -> bool:
    """Whether this process knows a month to be none to come: it has posted to it, or to a later one."""
    known = _read.get(address_of(session))
    return known is not None and period <= period_of(*known)


def _read_all(session: Session) -> tuple[Rule, ...]:
    query = select(ClosingCalendar.from_on, ClosingCalendar.last_day).order_by(ClosingCalendar.from_on)
    return tuple(Rule(*row) for row in session.execute(query))


def forget_calendars() -> None:
    """Read them again when next asked: for whoever takes back what was set."""
    _read.clear()


def accounting_month(session: Session, day: date) -> str:
    """The accounting month of a day, by the hospital's calendar."""
    return period_of(day, calendar_for(session, day))


def set_calendar(session: Session, occasion: Occasion, *, last_day: int, from_on: date, reason: str) -> ClosingCalendar:
    """The calendar from the first of a month to come on. Raises: BadCalendar."""
    soon = occasion.day + timedelta(days=1)  # clocks of devices may be a little ahead
    held = select(ClosingCalendar.id).where(ClosingCalendar.from_on >= from_on)
    good = from_on.day == 1 and from_on > soon and (1 <= last_day <= 28 or last_day == MONTH_END)
    if not good or session.scalar(held) is not None:
        raise BadCalendar()
    row = ClosingCalendar(
        from_on=from_on, last_day=last_day, reason=reason, set_at=occasion.recorded_at, set_by_id=occasion.staff_id
    )
    session.add(row)
    session.flush()  # two who set it at once: one is refused here
    read_again(session)
    return row
