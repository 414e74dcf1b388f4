"""This file is what the doors of stocktaking share: whose count it is, and carrying over what was found elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from api import access
from api.here import settings
from spd import counting, replenishment
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.counting import Count, CountState
from spd.places import Location

_LINE = UUID("0a0b3c7e-54f1-4f0e-9d5b-6f6b1f5d7c11")


def own_count(session: Session, code: str) -> Count:
    """The count, if one of its places is of a department this request may see. Raises: UnknownCount, NotAllowed."""
    count = counting.get_count(session, code)
    mine = access.departments()
    if mine is not None and not counting.departments_of(session, count) & mine:
        raise NotAllowed()
    return count


def whole_count(session: Session, code: str) -> Count:
    """The count, if all its places are of departments this request acts for. Raises: UnknownCount, NotAllowed."""
    count = counting.get_count(session, code)
    mine = access.departments()
    if mine is not None and counting.departments_of(session, count) - mine:
        raise NotAllowed()
    return count


def refuse_blind(count: Count) -> None:
    """Refuse to tell what differs while a blind count is on. Raises: WrongStep."""
    if count.blind and count.state in (CountState.PLANNED, CountState.COUNTING):
        raise counting.WrongStep(count=count.code, state=count.state)


def today() -> date:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def refuse_foreign_place(place: Location) -> None:
    """Refuse a place of a department this request does not act for. Raises: NotAllowed."""
    mine = access.departments()
    if mine is not None and place.department_id not in mine:
        raise NotAllowed()


def move_here(session: Session, seen: counting.Seen) -> counting.Recorded | None:
    """What was found here is carried over in the book, and counted; loose goods are still to be counted.

    Raises: what `replenishment.transfer` and `counting.record` raise.
    """
    asked = replenishment.ToTransfer(
        occasion=seen.occasion, items=[seen.item], to=seen.location, document=seen.count, reason="count"
    )
    replenishment.transfer(session, asked)
    line = replace(seen.occasion, request_key=uuid5(_LINE, str(seen.occasion.request_key)))
    try:
        return counting.record(session, replace(seen, occasion=line))
    except counting.QuantityNeeded:
        return None
