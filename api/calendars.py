"""This file is the closing calendar as both doors ask for it: what is set, the months it makes, what another would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.closing import MonthState, today, year_of_months
from spd import ledger
from spd.ledger import Rule
from spd.ledger.calendar import MONTH_END
from spd.staff import Staff

BEGINNING = date.min
"""From when months are as they are where nothing else is set."""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One calendar: from when on a month ends on which day, who set it and why. state: over, holds, to_come.

    The first is that of whole months, which nobody set and which has no first day.
    """

    from_on: date | None
    last_day: int
    state: str
    reason: str = ""
    set_at: datetime | None = None
    set_by: str | None = None
    set_by_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class MonthDays:
    """A month of a year: its days by a calendar, how it stands, and its days by what is set where that differs."""

    period: str
    first_on: date
    last_on: date
    state: str
    turns: bool
    """Whether another calendar begins within it, which makes it shorter or longer."""
    was_first_on: date
    was_last_on: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last_on - self.first_on).days + 1

    @property
    def changed(self) -> bool:
        """Whether the calendar looked at gives it other days than what is set."""
        return (self.first_on, self.last_on) != (self.was_first_on, self.was_last_on)


@dataclass(frozen=True, kw_only=True)
class CalendarView:
    """What is set, and the months it makes of a year."""

    calendars: Sequence[Calendar]
    months: Sequence[MonthDays]
    first: date
    """The earliest day another may begin on."""

    @property
    def holds(self) -> Calendar:
        """The one in force today."""
        return next(one for one in self.calendars if one.state == "holds")


def calendar_view(session: Session, year: int, said: Rule | None = None) -> CalendarView:
    """What is set and its months of a year, or those that there would be with another. Raises: BadCalendar."""
    kept = _rules(session)
    if said is not None:
        ledger.refuse_bad_calendar(kept, said, today())
    return CalendarView(
        calendars=calendars_told(session),
        months=[
            _month(one, [*kept, said] if said else kept, kept) for one in year_of_months(session, year)
        ],
        first=ledger.soonest_calendar(kept, today()),
    )  # fmt: skip


def _rules(session: Session) -> list[Rule]:
    return [Rule(one.from_on, one.last_day) for one in ledger.calendars(session)]


def calendars_told(session: Session) -> list[Calendar]:
    """All calendars with who set them, that of whole months first."""
    rows = ledger.calendars(session)
    who = {one.id: one for one in session.scalars(select(Staff).where(Staff.id.in_({row.set_by_id for row in rows})))}
    begins = [BEGINNING, *(row.from_on for row in rows)]
    holding = max(begin for begin in begins if begin <= today())
    states = ["holds" if begin == holding else "over" if begin < holding else "to_come" for begin in begins]
    set_ = [
        Calendar(
            from_on=row.from_on, last_day=row.last_day, state=state, reason=row.reason, set_at=row.set_at,
            set_by=who[row.set_by_id].code, set_by_name=who[row.set_by_id].name,
        )
        for row, state in zip(rows, states[1:], strict=True)
    ]  # fmt: skip
    return [Calendar(from_on=None, last_day=MONTH_END, state=states[0]), *set_]


def _month(standing: MonthState, rules: Sequence[Rule], kept: Sequence[Rule]) -> MonthDays:
    first, last = ledger.days_by(standing.period, rules)
    was_first, was_last = ledger.days_by(standing.period, kept)
    ends = [MONTH_END, *(rule.last_day for rule in rules)]
    turns = any(
        first <= rule.from_on <= last and before != rule.last_day for before, rule in zip(ends, rules, strict=False)
    )
    return MonthDays(
        period=standing.period, first_on=first, last_on=last, state=standing.state, turns=turns,
        was_first_on=was_first, was_last_on=was_last,
    )  # fmt: skip
