"""This file is the proof of pasts: none ends before an earlier one or in time to come, and all are of what there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Select, func, select
from sqlalchemy.orm import Session

from spd.core.pasts import Past


class Wrong(NamedTuple):
    """What is wrong with one past."""

    table: str
    row: str
    says: str


def wrong(session: Session, *, at: datetime) -> Iterator[Wrong]:
    """Pasts that no report can stand on, of every kind that is kept; `at`: now."""
    kinds: list[Any] = sorted(Past.__subclasses__(), key=lambda kind: kind.__name__)
    for past in kinds:
        table = past.__table__
        found = [
            (_early(table), "ends before one that was kept earlier"),
            (_unknown(table), "unknown after it was known"),
        ]
        found.append((select(table.c.id).where(table.c.until_at > at), "ends in time to come"))
        for column in table.columns:
            found += [(query, f"{column.name} is of nothing there is") for query in _dangling(table, column)]
        for query, says in found:
            yield from (Wrong(table.name, str(number), says) for number in session.scalars(query))


def _beside(table: Any) -> Any:
    """Each past with when the one before it ended; they are numbered in the order in which they were kept."""
    before = func.lag(table.c.until_at).over(partition_by=table.c.record_id, order_by=table.c.id)
    return select(table.c.id, table.c.until_at, table.c.known, before.label("before")).subquery()


def _early(table: Any) -> Select[int]:
    """Two pasts may end at one instant, as where a file tells a thing twice; none ends before an earlier one."""
    each = _beside(table)
    return select(each.c.id).where(each.c.until_at < each.c.before)


def _unknown(table: Any) -> Select[int]:
    each = _beside(table)
    return select(each.c.id).where(~each.c.known, each.c.before.is_not(None))


def _dangling(table: Any, column: Column[Any]) -> Iterator[Select[int]]:
    """Pasts whose column names a row that is not there."""
    there = [key.column for key in column.foreign_keys]
    if "of" in column.info:
        there.append(table.metadata.tables[column.info["of"]].c.id)
    for target in there:
        other = target.table.alias()
        exists = select(other.c.id).where(other.c[target.name] == column).exists()
        yield select(table.c.id).where(column.is_not(None), ~exists)
