"""This file is counts as they are listed, and their differences as they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.counting.models import Count, CountLine, CountPass, CountPlace, CountState
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import End, Location

ON = (CountState.PLANNED, CountState.COUNTING, CountState.REVIEW, CountState.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A count in a list."""

    id: int
    code: str
    kind: str
    tier: str
    title: str
    state: str
    planned_on: date
    started_at: datetime | None
    places: int
    lines: int


def listed(departments: frozenset[int] | None) -> Any:
    """The counts of these departments' places, as a query of columns named as in `Listed`."""
    places = select(func.count()).where(CountPlace.count_id == Count.id).correlate(Count).scalar_subquery()
    lines = select(func.count()).where(CountLine.count_id == Count.id).correlate(Count).scalar_subquery()
    query = select(
        Count.id, Count.code, Count.kind, Count.tier, Count.title, Count.state, Count.planned_on, Count.started_at,
        places.label("places"), lines.label("lines"),
    )  # fmt: skip
    return query if departments is None else query.where(seen_by(departments))


def seen_by(departments: frozenset[int]) -> Any:
    """The condition on `Count` that one of its places is of these departments."""
    here = select(CountPlace.count_id).join(Location, Location.id == CountPlace.location_id)
    return Count.id.in_(here.where(Location.department_id.in_(departments)))


def counts(
    session: Session, *, state: str | None = None, location: str | None = None, after: int = 0, limit: int = 100,
    departments: frozenset[int] | None = None,
) -> list[Listed]:  # fmt: skip
    """Counts by number."""
    query = listed(departments).where(Count.id > after)
    if state is not None:
        query = query.where(Count.state == state)
    if location is not None:
        here = select(CountPlace.count_id).join(Location, Location.id == CountPlace.location_id)
        query = query.where(Count.id.in_(here.where(Location.code == location)))
    return [Listed(**row._asdict()) for row in session.execute(query.order_by(Count.id).limit(limit))]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far one place of a count is. Rounds: those begun, and those over."""

    place: Location
    begun: tuple[str, ...]
    over: tuple[str, ...]
    lines: int


def progress(session: Session, count: Count) -> list[Progress]:
    """How far each place is, by code."""
    lines = (
        select(CountLine.location_id, func.count().label("lines"))
        .where(CountLine.count_id == count.id)
        .group_by(CountLine.location_id)
    )
    by_place: dict[int, int] = dict(session.execute(lines).all())
    passes: dict[int, list[CountPass]] = {}
    for one in session.scalars(select(CountPass).where(CountPass.count_id == count.id).order_by(CountPass.round)):
        passes.setdefault(one.location_id, []).append(one)
    query = select(Location).join(CountPlace, CountPlace.location_id == Location.id)
    return [
        Progress(
            place=place,
            begun=tuple(one.round for one in passes.get(place.id, ())),
            over=tuple(one.round for one in passes.get(place.id, ()) if one.closed_at is not None),
            lines=by_place.get(place.id, 0),
        )
        for place in session.scalars(query.where(CountPlace.count_id == count.id).order_by(Location.code))
    ]


_SENT = aliased(Movement)


def on_the_way(session: Session, places: Sequence[Location]) -> dict[int, int]:
    """How many things left each of these places and have not been signed for: they are nobody's loss."""
    last = select(func.max(_SENT.sequence)).where(_SENT.item_id == Item.id, _SENT.kind == MovementKind.DISPATCH)
    query = (
        select(Movement.from_location_id, func.count())
        .join(Item, (Item.id == Movement.item_id) & (Movement.sequence == last.scalar_subquery()))
        .where(Item.location_id == End.TRANSIT, Item.state == ItemStateName.IN_TRANSIT)
        .where(Movement.from_location_id.in_([place.id for place in places]))
        .group_by(Movement.from_location_id)
    )
    return dict(session.execute(query).all())
