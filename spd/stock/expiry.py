"""This file is expiry: how near a day is by the levels of the hospital's policy, and putting on hold what is past it.

What has expired is refused at every scan by its date alone. The hold is for those who look: nothing expired stands
among what is available.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, and_, case, exists, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from spd import policies
from spd.catalog import Lot
from spd.core.occasion import Moment, Occasion
from spd.ledger import ITEM_COLUMNS, Item, ItemState
from spd.stock import holds
from spd.stock.goods import Goods
from spd.stock.holds import HOLDABLE, Hold, HoldReason, Why
from spd.stock.until import expired, is_expired, unexpired


class Nearness(StrEnum):
    """How near its last day a thing is."""

    EXPIRED = "expired"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    LATER = "later"
    NEVER = "never"
    """It has no day."""


def levels(session: Session) -> list[int]:
    """The days left at which stock turns yellow, orange and red, by policy."""
    return list(policies.get(session, "expiry.levels"))


def nearness(expires_on: date | None, *, on: date, levels: Sequence[int]) -> Nearness:
    """How near the day is on `on`; `levels` as the policy has them, the longest first."""
    if expires_on is None:
        return Nearness.NEVER
    left = (expires_on - on).days
    if left < 0:
        return Nearness.EXPIRED
    yellow, orange, red = levels
    for level, days in ((Nearness.RED, red), (Nearness.ORANGE, orange), (Nearness.YELLOW, yellow)):
        if left <= days:
            return level
    return Nearness.LATER


def nearness_of(when: Moment, *, levels: Sequence[int], lot: Any = Lot) -> ColumnElement[str]:
    """The same of a lot, in the database; what is good until an hour has expired after it, as at a scan."""
    expires_on = lot.expires_on
    yellow, orange, red = (when.day + timedelta(days=days) for days in levels)
    return case(
        (expires_on.is_(None), Nearness.NEVER.value),
        (expired(when, lot), Nearness.EXPIRED.value),
        (expires_on <= red, Nearness.RED.value),
        (expires_on <= orange, Nearness.ORANGE.value),
        (expires_on <= yellow, Nearness.YELLOW.value),
        else_=Nearness.LATER.value,
    )


def is_near(when: Moment, level: str, *, levels: Sequence[int], lot: Any = Lot) -> ColumnElement[bool]:
    """The condition that a lot's day is as near as this level says."""
    expires_on = lot.expires_on
    yellow, orange, red = (when.day + timedelta(days=days) for days in levels)
    bounds: dict[str, ColumnElement[bool]] = {
        Nearness.NEVER: expires_on.is_(None),
        Nearness.EXPIRED: expired(when, lot),
        Nearness.RED: and_(unexpired(when, lot), expires_on <= red),
        Nearness.ORANGE: and_(expires_on > red, expires_on <= orange),
        Nearness.YELLOW: and_(expires_on > orange, expires_on <= yellow),
        Nearness.LATER: expires_on > yellow,
    }
    return bounds[level]


class _DaysBetween(FunctionElement[int]):
    """Whole days from one day to another, as each database reckons them."""

    inherit_cache = True
    name = "days_between"
    type = Integer()


@compiles(_DaysBetween, "postgresql")
def _subtracted(element: _DaysBetween, compiler: Any, **more: Any) -> str:
    first, last = (compiler.process(part, **more) for part in element.clauses)
    return f"(CAST({last} AS DATE) - CAST({first} AS DATE))"


@compiles(_DaysBetween, "sqlite")
def _by_julian_day(element: _DaysBetween, compiler: Any, **more: Any) -> str:
    first, last = (compiler.process(part, **more) for part in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


def days_left(expires_on: Any, *, on: date) -> ColumnElement[int]:
    """How many days a column's day is ahead; below zero where it is past."""
    return _DaysBetween(literal(on), expires_on)


class Advice(StrEnum):
    """What to do with what is near its day."""

    WRITE_OFF = "write_off"
    RETURN = "return"
    MOVE = "move"
    """It will not be used here in time: to where it goes faster, or back to the supplier."""
    USE_FIRST = "use_first"


def advised(rows: Subquery, *, on: date) -> ColumnElement[str]:
    """What to do with each row of a view by place and lot.

    Expired goods leave, a consignor's without cost; what will be used up in time is used first; the rest goes where it
    is used faster, or back while somebody still takes it.
    """
    theirs = rows.c.owned == 0
    in_time = rows.c.days <= days_left(rows.c.expires_on, on=on)
    return case(
        ((rows.c.nearness == Nearness.EXPIRED) & theirs, Advice.RETURN.value),
        (rows.c.nearness == Nearness.EXPIRED, Advice.WRITE_OFF.value),
        (in_time, Advice.USE_FIRST.value),
        ((rows.c.nearness == Nearness.RED) & theirs, Advice.RETURN.value),
        else_=Advice.MOVE.value,
    )


def hold_expired(session: Session, occasion: Occasion, *, limit: int = 500, by_hour: bool = False) -> list[ItemState]:
    """So many of the expired things that nothing of this kind holds yet, on hold now; none where there are no more.

    by_hour: only of those whose label names the hour. Done again it finds nothing to do. Raises: Moved, Racing.
    """
    query = _expired(occasion.moment)
    if by_hour:
        query = query.where(Lot.expires_at < occasion.occurred_at)
    found = [ItemState(**row._mapping) for row in session.execute(query.limit(limit))]
    return holds.place(session, occasion, found, Why(reason=HoldReason.EXPIRED)) if found else []


def _expired(when: Moment) -> Any:
    held = exists().where(Hold.item_id == Item.id, Hold.reason == HoldReason.EXPIRED, Hold.released_at.is_(None))
    return (
        select(*ITEM_COLUMNS)
        .join(Lot, Lot.id == Item.lot_id)
        .where(expired(when), Item.quantity > 0, Item.state.in_(HOLDABLE), ~held)
        .order_by(Item.id)
    )


def note_expired(session: Session, occasion: Occasion, goods: Sequence[Goods]) -> None:
    """Keep that these came to be held because they had expired, where they had; a movement of the caller's did it."""
    past = [one.item.id for one in goods if is_expired(one.until, occasion.moment)]
    known = {hold.item_id for hold in holds.open_holds(session, past) if hold.reason == HoldReason.EXPIRED}
    holds.note(session, occasion, [item for item in past if item not in known], Why(reason=HoldReason.EXPIRED))
