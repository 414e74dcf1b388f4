"""This file is signing a day: what is open of it is settled or has a reason, and what comes in later is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd.closing.models import DayClose, DayRemain, LateArrival, MissedDay, Remain
from spd.closing.remaining import remaining
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Movement, Racing
from spd.places import INSIDE, Department, Location


class DayNotOver(Refused):
    """A day is signed when it is there: today or one before."""

    code = "day-not-over"
    say = {"zh": "{day} 尚未到, 不能日清。", "en": "{day} has not come yet and cannot be closed."}


class DayOpen(Refused):
    """Something is open of the day, and nobody says why it stays so."""

    code = "day-open"
    say = {
        "zh": "{day} 还有 {count} 项未处理。请先处理, 或写明留存原因。",
        "en": "{count} things of {day} are open. Settle them, or say why they stay.",
    }


class NothingNew(Conflict):
    """The day is signed, and nothing has come in since."""

    code = "day-closed"
    say = {"zh": "{day} 已日清, 之后无新记录。", "en": "{day} is closed, and nothing has come in since."}


@dataclass(frozen=True, kw_only=True)
class DaySaid:
    """Whose day is signed, the first instant after it, and why something stays open."""

    department: Department
    day: date
    end: datetime
    reason: str = ""


def holders(departments: frozenset[int] | None = None) -> Select[Any]:
    """The departments that hold things and so close their days, by code."""
    places = select(Location.department_id).where(~Location.retired, Location.kind.in_(INSIDE))
    query = select(Department).where(~Department.retired, Department.id.in_(places)).order_by(Department.code)
    return query if departments is None else query.where(Department.id.in_(departments))


_OTHER = aliased(DayClose)


def newest() -> Any:
    """The last version of each day that is signed, as rows of `DayClose`."""
    same = (_OTHER.department_id == DayClose.department_id) & (_OTHER.day_on == DayClose.day_on)
    return DayClose.version == select(func.max(_OTHER.version)).where(same).scalar_subquery()


def close_day(session: Session, occasion: Occasion, said: DaySaid) -> DayClose:
    """The day, signed by whoever acts; asked again with its key, the same.

    Raises: KeyReused, DayNotOver, NothingNew, DayOpen, Racing.
    """
    done = session.scalars(select(DayClose).where(DayClose.request_key == occasion.request_key)).one_or_none()
    if done is not None:
        if done.content != occasion.content:
            raise KeyReused(key=occasion.request_key)
        return done
    if said.day > occasion.day:
        raise DayNotOver(day=said.day)
    before = _last(session, said.department.id, said.day)
    if before is not None and not late_of(session, before):
        raise NothingNew(day=said.day)
    left = remaining(session, said.department, said.day, end=said.end)
    if left and not said.reason:
        raise DayOpen(day=said.day, count=sum(left.values()))
    return _sign(session, occasion, said, before.version + 1 if before else 1, left)


def _sign(session: Session, occasion: Occasion, said: DaySaid, version: int, left: dict[Remain, int]) -> DayClose:
    row = DayClose(
        department_id=said.department.id, day_on=said.day, version=version, closed_at=occasion.recorded_at,
        closed_by_id=occasion.staff_id, reason=said.reason if left else "", request_key=occasion.request_key,
        content=occasion.content,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()  # two who sign at once: one is told so; and what remains names it
    except IntegrityError as error:
        raise Racing() from error
    if left:
        session.execute(
            insert(DayRemain),
            [{"close_id": row.id, "kind": kind.value, "count": count} for kind, count in left.items()],
        )
    return row


def _last(session: Session, department: int, day: date) -> DayClose | None:
    query = select(DayClose).where(DayClose.department_id == department, DayClose.day_on == day)
    return session.scalars(query.order_by(DayClose.version.desc()).limit(1)).one_or_none()


_ORIGIN = aliased(Location)
_GOAL = aliased(Location)


def _late() -> Select[Any, Any]:
    """(signing, movement) of what came in for a department's day after it was signed last."""
    whose = DayClose.department_id
    return (
        select(DayClose.id, Movement.id)
        .select_from(DayClose)
        .join(Movement, (Movement.day_on == DayClose.day_on) & (Movement.recorded_at > DayClose.closed_at))
        .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
        .join(_GOAL, _GOAL.id == Movement.to_location_id)
        .where(or_(Movement.department_id == whose, _ORIGIN.department_id == whose, _GOAL.department_id == whose))
        .where(newest())
    )


def late_of(session: Session, close: DayClose) -> Sequence[int]:
    """The movements that came in for a day after this signing, the last there is of it; marked yet or not."""
    rows = session.execute(_late().where(DayClose.id == close.id).order_by(Movement.id)).all()
    return [movement for _close, movement in rows]


def mark_late(session: Session, *, since: datetime) -> int:
    """How many late arrivals recorded since an instant are marked now that were not."""
    known = select(LateArrival.id).where(LateArrival.close_id == DayClose.id, LateArrival.movement_id == Movement.id)
    rows = session.execute(_late().where(Movement.recorded_at >= since, ~known.exists())).all()
    if rows:
        session.execute(insert(LateArrival), [{"close_id": close, "movement_id": moved} for close, moved in rows])
    return len(rows)


def mark_missed(session: Session, day: date, *, end: datetime, at: datetime) -> int:
    """How many departments had not signed a day by now, that were not marked; none before the hospital's first."""
    first = session.scalar(select(func.min(DayClose.day_on)))
    if first is None or day < first:
        return 0
    done = select(DayClose.department_id).where(DayClose.day_on == day)
    marked = select(MissedDay.department_id).where(MissedDay.day_on == day)
    missing = session.scalars(holders().where(Department.id.not_in(done), Department.id.not_in(marked))).all()
    for department in missing:
        left = remaining(session, department, day, end=end)
        session.add(MissedDay(department_id=department.id, day_on=day, open=sum(left.values()), marked_at=at))
    session.flush()  # two jobs at once: one is refused here
    return len(missing)


def days_back(day: date, count: int) -> list[date]:
    """So many days up to this one, the earliest first."""
    return [day - timedelta(days=number) for number in range(count - 1, -1, -1)]
