"""This file is days in bed, counted from stays: the one count that everything uses that asks for bed-days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.clock import day_of
from spd.core.columns import UtcDateTime
from spd.encounters import EncounterClass, spells_before, stands_for, stays_at

Weights = dict[int, dict[int, int]]


@dataclass(frozen=True, kw_only=True)
class Month:
    """An accounting month and the instants it runs from and up to, in the hospital's zone."""

    period: str
    since: datetime
    until: datetime
    zone: ZoneInfo


def days_of_cases(session: Session, month: Month, *, one_each: bool, at: datetime | None = None) -> Weights:
    """Days in bed within the month by department and case, or one for each case: the day of admission counts, that of
    discharge does not; of one day, one. A day is of the department where the patient lay at its end. With `at` those of
    stays as they were known then; a stay that had not ended then lies on.

    A case of merged stays has the days of all of them, each day once: the survivor's first, on its department.
    """
    stay = stays_at(at)
    ends = func.coalesce(stay.discharged_at, stay.merged_at, type_=UtcDateTime())
    query = (
        select(
            stands_for(stay),
            stay.merged_into_id,
            stay.department_id,
            stay.admitted_at,
            ends.label("ends"),
            stay.lay_before,
        )
        .where(
            stay.encounter_class == EncounterClass.INPATIENT.value,
            ~stay.cancelled,
            stay.admitted_at < month.until,
            ends.is_(None) | (ends >= month.since),
        )
        .order_by(stay.merged_into_id.is_not(None), stay.id)
    )
    stays = session.execute(query).all()
    joined = {case for case, into, *_ in stays if into is not None}
    there: dict[int, set[date]] = {case: set() for case in joined}
    found: Weights = {}
    for case, _into, *stood in stays:
        for department, first, after in _spells(month, *stood):
            days = (after - first).days
            if case in joined:
                new = {first + timedelta(days=number) for number in range(days)} - there[case]
                days = 0 if one_each and there[case] else len(new)
                there[case] |= new
            if days > 0:
                of = found.setdefault(department, {})
                of[case] = 1 if one_each else of.get(case, 0) + days
    return found


def _spells(
    month: Month, department: int, admitted_at: datetime, left_at: datetime | None, lay_before: str
) -> Iterator[tuple[int, date, date]]:
    """(department, first day, day after the last) of where a stay lay in the month, in order."""
    first, after = day_of(month.since, month.zone), day_of(month.until, month.zone)
    came = day_of(admitted_at, month.zone)
    left = _left_on(month, came, left_at)
    for number, until in spells_before(lay_before):
        moved = min(max(day_of(until, month.zone), came), left)
        yield number, max(came, first), min(moved, after)
        came = moved
    yield department, max(came, first), min(left, after)


def _left_on(month: Month, came: date, left_at: datetime | None) -> date:
    """The day that is the first not counted: one day counts where a stay ends on the day it began."""
    if left_at is None:
        return max(day_of(month.until, month.zone), came)
    return max(day_of(left_at, month.zone), came + timedelta(days=1))


def bed_days(month: Month, admitted_at: datetime, discharged_at: datetime | None) -> int:
    """The nights of a stay that fall in the month; a stay that ends on the day it began counts one day."""
    first, after = day_of(month.since, month.zone), day_of(month.until, month.zone)
    came = day_of(admitted_at, month.zone)
    left = _left_on(month, came, discharged_at)
    return max((min(left, after) - max(came, first)).days, 0)
