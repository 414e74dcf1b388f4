"""This file is planning a count: of which places, of which products, blind, by one or by two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from scanners import own
from spd import policies
from spd.catalog import get_product
from spd.core.occasion import Occasion
from spd.counting import calendar
from spd.counting.acts import find_act, get_count, keep_act, step
from spd.counting.models import Count, CountKind, CountPlace, CountProduct, CountState
from spd.counting.refusals import NothingToCount
from spd.places import INSIDE, End, Location, get_location


@dataclass(frozen=True, kw_only=True)
class ToCount:
    """A count as it is asked for.

    A full count is of all places; a calendar count of one place and what of a tier is due there. `departments` is
    whose places this person may plan for.
    """

    occasion: Occasion
    kind: CountKind
    locations: Sequence[str] = ()
    products: Sequence[str] = ()
    product_class: str = ""
    tier: str = ""
    title: str = ""
    blind: bool = True
    rounds: int = 1
    planned_on: date | None = None
    departments: frozenset[int] | None = field(default=None)


def plan(session: Session, asked: ToCount) -> Count:
    """The count, waiting to be begun. Asked again with its key it is told again.

    Raises: KeyReused, UnknownLocation, UnknownProduct, NothingToCount, NotAllowed, Racing.
    """
    if done := find_act(session, asked.occasion):
        return session.get_one(Count, done.count_id)
    places = _places(session, asked)
    products = _products(session, asked, places)
    count = Count(
        code=own.derive("document", f"count:{asked.occasion.request_key}".encode()),
        kind=asked.kind, tier=asked.tier, title=asked.title or _title(places), product_class=asked.product_class,
        some_products=products is not None, blind=asked.blind, rounds=asked.rounds,
        custodian_may_count=_custodian_may(session, asked.kind), state=CountState.PLANNED,
        planned_on=asked.planned_on or asked.occasion.day, planned_at=asked.occasion.recorded_at,
        planned_by_id=asked.occasion.staff_id,
    )  # fmt: skip
    session.add(count)
    session.flush()  # its number goes into its scope
    keep_act(session, asked.occasion, count, "plan")
    session.execute(insert(CountPlace), [{"count_id": count.id, "location_id": place.id} for place in places])
    if products:
        session.execute(insert(CountProduct), [{"count_id": count.id, "product_id": one} for one in products])
    return count


def _places(session: Session, asked: ToCount) -> list[Location]:
    if asked.kind is CountKind.FULL and not asked.locations:
        query = select(Location).where(Location.kind.in_(INSIDE), Location.id != End.TRANSIT, ~Location.retired)
        if asked.departments is not None:
            query = query.where(Location.department_id.in_(asked.departments))
        places = list(session.scalars(query.order_by(Location.code)))
    else:
        places = list({place.id: place for place in (get_location(session, one) for one in asked.locations)}.values())
    if not places:
        raise NothingToCount(what="货位 / places")
    return places


def _products(session: Session, asked: ToCount, places: Sequence[Location]) -> list[int] | None:
    """The products it is of; None is all of its class."""
    if asked.kind is CountKind.CALENDAR:
        due = calendar.products_due(session, places[0].id, asked.tier, on=asked.occasion.day)
        if not due:
            raise NothingToCount(what="到期品规 / product due")
        return due
    if asked.kind is CountKind.CLASS and not asked.product_class:
        raise NothingToCount(what="品类 / product class")
    return [get_product(session, code).id for code in dict.fromkeys(asked.products)] or None


def _title(places: Sequence[Location]) -> str:
    shown = ", ".join(place.name for place in places[:3])
    return f"{shown} …" if len(places) > 3 else shown


def _custodian_may(session: Session, kind: CountKind) -> bool:
    """Whether who keeps the goods may count them, by the hospital's policy."""
    policy = policies.get(session, "count.custodian_may_count")
    return bool(policy == "always" or (policy == "except_full" and kind is not CountKind.FULL))


def cancel(session: Session, occasion: Occasion, code: str) -> Count:
    """The count, given up; what was counted stays on record and nothing comes of it.

    Raises: KeyReused, UnknownCount, WrongStep, Racing.
    """
    count = get_count(session, code)
    if find_act(session, occasion):
        return count
    open_ones = [CountState.PLANNED, CountState.COUNTING, CountState.REVIEW]
    step(session, count, open_ones, CountState.CANCELLED, closed_at=occasion.recorded_at)
    keep_act(session, occasion, count, "cancel")
    return count


def open_at(session: Session, location_id: int) -> list[Count]:
    """The counts of a place that are on, the newest first."""
    query = (
        select(Count)
        .join(CountPlace, CountPlace.count_id == Count.id)
        .where(CountPlace.location_id == location_id)
        .where(Count.state.in_((CountState.PLANNED, CountState.COUNTING)))
        .order_by(func.coalesce(Count.started_at, Count.planned_at).desc(), Count.id.desc())
    )
    return list(session.scalars(query))
