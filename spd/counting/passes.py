"""This file is going over a place: its label begins it, the next place ends it, in whatever order they are heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.counting import counters, scope
from spd.counting.acts import get_count, step
from spd.counting.models import Count, CountPass, CountState, Round
from spd.counting.moments import moment
from spd.counting.refusals import WrongStep
from spd.places import Location, get_location


@dataclass(frozen=True, kw_only=True)
class At:
    """Somebody stands at a place of a count."""

    occasion: Occasion
    count: str
    location: str
    round: Round | None = None


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The place that is gone over now, and the places that are over by that."""

    count: str
    location: str
    name: str
    name_en: str
    round: str
    ended: tuple[str, ...]


def go_over(session: Session, said: At) -> Begun:
    """Begin to count a place; whatever this person went over before is over. Said again it changes nothing.

    Raises: UnknownCount, UnknownLocation, NotInCount, WrongStep, CustodianCounts, SecondCounter.
    """
    count = get_count(session, said.count)
    place = scope.place_in(session, count, get_location(session, said.location))
    if count.state == CountState.PLANNED:
        at = said.occasion.recorded_at
        step(session, count, [CountState.PLANNED], CountState.COUNTING, started_at=at)
    if count.state not in (CountState.COUNTING, CountState.REVIEW):
        raise WrongStep(count=count.code, state=count.state)
    counters.refuse_custodian(session, count, place, said.occasion.staff_id)
    number = counters.round_of(session, count, place, said.occasion.staff_id, said.round)
    ended = end_others(session, count, place, said.occasion)
    begin(session, count, place, number, said.occasion)
    codes = session.scalars(select(Location.code).where(Location.id.in_(ended)).order_by(Location.code))
    return Begun(
        count=count.code, location=place.code, name=place.name, name_en=place.name_en, round=number.value,
        ended=tuple(codes),
    )  # fmt: skip


def begin(session: Session, count: Count, place: Location, number: Round, occasion: Occasion) -> None:
    """The pass on record; begun at its earliest mention, and going on until it is ended."""
    if number is Round.RECOUNT:
        return
    at = moment(occasion.occurred_at, occasion.recorded_at)
    add = insert_on_sqlite if session.get_bind().dialect.name == "sqlite" else insert_on_postgresql
    values = {
        "count_id": count.id, "location_id": place.id, "round": number.value, "opened_at": at,
        "opened_by_id": occasion.staff_id, "closed_at": None,
    }  # fmt: skip
    session.execute(add(CountPass).values(values).on_conflict_do_nothing())
    session.execute(
        update(CountPass)
        .where(_key(count, place.id, number), CountPass.opened_at > at)
        .values(opened_at=at)
        .execution_options(synchronize_session=False)
    )


def end_others(session: Session, count: Count, place: Location, occasion: Occasion) -> list[int]:
    """End what this person went over besides the place; the places it was."""
    at = moment(occasion.occurred_at, occasion.recorded_at)
    mine = select(CountPass).where(CountPass.count_id == count.id, CountPass.opened_by_id == occasion.staff_id)
    open_ones = [
        one for one in session.scalars(mine.where(CountPass.closed_at.is_(None))) if one.location_id != place.id
    ]
    for one in open_ones:
        _end(session, count, one, at)
    return [one.location_id for one in open_ones]


def end_all(session: Session, count: Count, at: datetime) -> None:
    """End whatever is still gone over."""
    session.execute(
        update(CountPass)
        .where(CountPass.count_id == count.id, CountPass.closed_at.is_(None))
        .values(closed_at=at)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, count: Count, one: CountPass, at: datetime) -> None:
    session.execute(
        update(CountPass)
        .where(_key(count, one.location_id, Round(one.round)), CountPass.closed_at.is_(None))
        .values(closed_at=at)
        .execution_options(synchronize_session=False)
    )


def _key(count: Count, location_id: int, number: Round) -> ColumnElement[bool]:
    return (CountPass.count_id == count.id) & (CountPass.location_id == location_id) & (CountPass.round == number.value)
