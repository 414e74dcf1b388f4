"""This file is which ward something is done at: as the device says, where the person is of it; else their only one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.places import Department


def ward_of(session: Session, said: str | None, mine: frozenset[int] | None) -> int | None:
    """The department with the code that was said, if it is one of `mine`; None is everywhere. Else the only one."""
    found = session.scalar(select(Department.id).where(Department.code == said)) if said else None
    return found if found is not None and (mine is None or found in mine) else only(mine)


def only(mine: frozenset[int] | None) -> int | None:
    """The one department of somebody."""
    return min(mine) if mine is not None and len(mine) == 1 else None
