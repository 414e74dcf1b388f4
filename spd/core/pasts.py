"""This file is how records stood before they were told anew: what a report as of an instant asks of them.

What the ledger knows is never changed; what others tell, as where a patient is and in which group, is. Before a record
is changed its past is kept, and of a new one that nobody had told of it: as of an instant a record is the first of its
pasts that ends after it, else as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from spd.core.base import AppendOnly
from spd.core.columns import Id, Instant

_OWN = ("id", "record_id", "until_at", "known")
_AT_ONCE = 500
"""So many are asked for at once: both databases take it."""


class Past(AppendOnly):
    """How a record stood until an instant; where it was not `known`, nobody had told of it until then.

    A table of pasts has `record_id`, and of the record's columns those that reports stand on.
    """

    id: Mapped[Id]
    until_at: Mapped[Instant]
    known: Mapped[bool] = mapped_column()


def kept_of(past: Any) -> tuple[str, ...]:
    """The columns of a record that its pasts keep."""
    return tuple(column.name for column in past.__table__.columns if column.name not in _OWN)


def values(past: Any, record: Any) -> dict[str, Any]:
    """What a past of this record would keep, as it stands."""
    return {name: getattr(record, name) for name in kept_of(past)}


def keep(session: Session, past: Any, stood: Iterable[tuple[Any, dict[str, Any] | None]], *, at: datetime) -> None:
    """Keep how records stood until now that stand otherwise now; of new ones (None) that they were not known.

    Two who tell of one record at a time are kept in the order in which they changed it, whatever their clocks said:
    none ends before one that was kept earlier.
    """
    rows = []
    for record, before in stood:
        now = values(past, record)
        if now != before:
            rows.append({"record_id": record.id, "until_at": at, "known": before is not None, **(before or now)})
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        mine = past.record_id.in_([row["record_id"] for row in part])
        query = select(past.record_id, func.max(past.until_at)).where(mine, past.until_at > at)
        later: dict[int, datetime] = dict(session.execute(query.group_by(past.record_id)).all())
        session.execute(insert(past), [row | {"until_at": later.get(row["record_id"], at)} for row in part])


def known_at(model: Any, past: Any, at: datetime | None, *, gone: str = "") -> Any:
    """Records to ask, as a class is asked: as they are, or as they were known at an instant.

    Who was not known then is left out; where `gone` names a column, it stays and is marked by it.
    """
    if at is None:
        return aliased(model)
    table, kept = model.__table__, set(kept_of(past))
    stood, later = past.__table__.alias(), past.__table__.alias()
    ended = select(later.c.id).where(later.c.record_id == table.c.id, later.c.until_at > at)
    first = ended.order_by(later.c.until_at, later.c.id).limit(1).correlate(table).scalar_subquery()
    columns = [
        case((stood.c.id.is_not(None), stood.c[column.name]), else_=column).label(column.name)
        if column.name in kept
        else column
        for column in table.columns
        if column.name != gone
    ]
    then = select(*columns).select_from(table.outerjoin(stood, stood.c.id == first))
    if gone:
        unknown = stood.c.id.is_not(None) & ~stood.c.known
        was = case((unknown, True), (stood.c.id.is_not(None), stood.c[gone]), else_=table.c[gone])
        then = then.add_columns(was.label(gone))
    else:
        then = then.where(stood.c.id.is_(None) | stood.c.known)
    return aliased(model, then.subquery(), adapt_on_names=True)
