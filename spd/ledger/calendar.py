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
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.database import address_of
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.core.once import once, read_again
from spd.ledger.books import ClosingCalendar
from spd.ledger.refusals import Racing

MONTH_END = 31


class Rule(NamedTuple):
    """From this day on a month's last day is this one; 31 is the last there is."""

    from_on: date
    last_day: int


class BadCalendar(Refused):
    """A month ends on one of its first 28 days or its last."""

    code = "bad-calendar"
    say = {
        "zh": "每月截止日可为 1 至 28 日, 31 为月末; {last_day} 不可。",
        "en": "A month ends on day 1 to 28, or 31 for its last; it cannot end on {last_day}.",
    }


class CalendarNotToCome(BadCalendar):
    """A calendar begins with a month to come, after those that are set: what was keeps its month."""

    code = "calendar-not-to-come"
    say = {
        "zh": "结账日历不能自 {from_on} 起: 须自以后某月 1 日起, 并在已设定的日历之后, 最早 {first}。"
        "已过的日子和已结账的月份不变。",
        "en": "A calendar cannot begin on {from_on}: it begins on the 1st of a month to come, after those already set, "
        "on {first} at the earliest. Days that are over and closed months stay as they are.",
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


def soonest_calendar(calendar: Sequence[Rule], today: date) -> date:
    """The earliest day another calendar may begin on: the 1st of a month to come, after those that are set."""
    soon = today + timedelta(days=1)  # clocks of devices may be a little ahead
    after = max([soon, *(rule.from_on for rule in calendar)])
    month = following(f"{after.year:04d}-{after.month:02d}")
    return date(int(month[:4]), int(month[5:]), 1)


def refuse_bad_calendar(calendar: Sequence[Rule], said: Rule, today: date) -> None:
    """Refuse a calendar that could not follow those that are set. Raises: BadCalendar, CalendarNotToCome."""
    if not (1 <= said.last_day <= 28 or said.last_day == MONTH_END):
        raise BadCalendar(last_day=said.last_day)
    first = soonest_calendar(calendar, today)
    if said.from_on.day != 1 or said.from_on < first:
        raise CalendarNotToCome(from_on=said.from_on.isoformat(), first=first.isoformat())


def calendars(session: Session) -> Sequence[ClosingCalendar]:
    """All that are set, the earliest first, as they are on record now."""
    return session.scalars(select(ClosingCalendar).order_by(ClosingCalendar.from_on)).all()


def set_calendar(session: Session, occasion: Occasion, *, last_day: int, from_on: date, reason: str) -> ClosingCalendar:
    """The calendar from the first of a month to come on; asked again by the same person, the same.

    Raises: BadCalendar, CalendarNotToCome, Racing.
    """
    there = calendars(session)
    for one in there:
        if (one.from_on, one.last_day, one.reason, one.set_by_id) == (from_on, last_day, reason, occasion.staff_id):
            return one
    today = max(occasion.day, occasion.recorded_at.astimezone(occasion.zone).date())  # a device may say it is earlier
    refuse_bad_calendar([Rule(one.from_on, one.last_day) for one in there], Rule(from_on, last_day), today)
    row = ClosingCalendar(
        from_on=from_on, last_day=last_day, reason=reason, set_at=occasion.recorded_at, set_by_id=occasion.staff_id
    )
    session.add(row)
    try:
        session.flush()  # two who set it at once: one is refused here, and judged again
    except IntegrityError as error:
        raise Racing() from error
    read_again(session)
    return row
