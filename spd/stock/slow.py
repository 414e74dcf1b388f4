"""This file is stock that lies too long: dead where nothing of it is used, slow where it would last too long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Subquery, and_, or_


def is_dead(rows: Subquery, *, at: datetime, idle_days: int) -> ColumnElement[bool]:
    """Nothing used for so many days, and there for at least as long: what came last week is not dead.

    `rows` is `View.table` by product or by place and product, its use reckoned over these days.
    """
    return and_(rows.c.used <= 0, rows.c.since <= at - timedelta(days=idle_days))


def is_slow(rows: Subquery, *, cover_days: int) -> ColumnElement[bool]:
    """Used, but lasting longer than so many days."""
    return and_(rows.c.used > 0, rows.c.days > cover_days)


def lies_too_long(rows: Subquery, *, at: datetime, idle_days: int, cover_days: int) -> ColumnElement[bool]:
    """Dead or slow."""
    return or_(is_dead(rows, at=at, idle_days=idle_days), is_slow(rows, cover_days=cover_days))
