"""This file is what a budget's bed-days and revenue are, one by one: the stays and the earnings that a quota counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.costing import measures
from spd.costing.bed_days import Month, days_of_cases
from spd.costing.filters import Filter
from spd.costing.inputs import revenue_at
from spd.encounters import stays_at
from spd.ledger import instants_of
from spd.places import departments_at


@dataclass(frozen=True, kw_only=True)
class StayDays:
    """The days in bed of one stay in a month; no stay is named where the days of all were told in one figure."""

    encounter: str
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    days: Decimal


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a department earned of one kind for the patients of one; neither is named where one sum was told."""

    ordered_by: str
    name: str = ""
    name_en: str = ""
    setting: str = ""
    kind: str = ""
    amount: Decimal


_AT_ONCE = 500


def stays_behind(session: Session, said: Filter, department: Any, *, zone: ZoneInfo) -> list[StayDays]:
    """What the bed-days of a department in a month are, by stay: their sum is `measures.bed_days`."""
    return stays_of_all(session, said, zone=zone).get(department.id, [])


def stays_of_all(session: Session, said: Filter, *, zone: ZoneInfo) -> dict[int, list[StayDays]]:
    """What the bed-days of each department in a month are, by stay in the order of their codes."""
    told = measures.driver(session, said.period, measures.BED_DAYS, said.at)
    since, until = instants_of(session, said.period, zone)
    month = Month(period=said.period, since=since, until=until, zone=zone)
    days = days_of_cases(session, month, one_each=False, at=said.at)
    stays = _stays(session, {number for of in days.values() for number in of}, said)
    counted = {
        department: [
            StayDays(encounter=code, admitted_at=came, discharged_at=left, days=Decimal(of[number]))
            for number, (code, came, left) in sorted(((one, stays[one]) for one in of), key=lambda pair: pair[1][0])
        ]
        for department, of in days.items()
    }
    return counted | {department: [StayDays(encounter="", days=sum_)] for department, sum_ in told.items()}


def _stays(session: Session, numbers: set[int], said: Filter) -> dict[int, tuple[str, datetime, datetime | None]]:
    """Of stays their codes, and from when to when, by number."""
    stay = stays_at(said.at)
    query = select(stay.id, stay.code, stay.admitted_at, stay.discharged_at)
    ordered, found = sorted(numbers), {}
    for start in range(0, len(ordered), _AT_ONCE):
        for number, *told in session.execute(query.where(stay.id.in_(ordered[start : start + _AT_ONCE]))):
            found[number] = tuple(told)
    return found


def earned_behind(session: Session, said: Filter, department: Any) -> list[Earned]:
    """What the revenue of a department in a month is, by whose patients and kind: their sum is `measures.revenue`."""
    told, by = revenue_at(said.at), departments_at(said.at)
    query = (
        select(by.code.label("ordered_by"), by.name, by.name_en, told.setting, told.kind, told.amount)
        .select_from(told)
        .join(by, by.id == told.ordered_by_id)
        .where(told.period == said.period, told.department_id == department.id)
        .order_by(by.code, told.setting, told.kind)
    )
    rows = [Earned(**row._asdict()) for row in session.execute(query)]
    if rows:
        return rows
    summed = measures.driver(session, said.period, measures.REVENUE, said.at).get(department.id)
    return [] if summed is None else [Earned(ordered_by="", amount=summed)]
