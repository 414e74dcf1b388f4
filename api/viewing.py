"""This file is a view of stock as a request asks for it: which part, as of when, for whom; by page or interface."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Subquery
from sqlalchemy.orm import Session

from api.here import settings
from spd import policies
from spd.core import clock
from spd.core.money import shown
from spd.stock import expiry, standing
from spd.stock.views import Chosen, View

CHOICES = ("location", "product", "lot", "owner", "supplier", "state", "nearness", "product_class")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """After how many days unused stock is dead, and lasting how many it is slow."""

    idle_days: int
    cover_days: int


def moment() -> datetime:
    """Now."""
    return clock.now()


def today() -> date:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def view(
    session: Session, asked: dict[str, Any], departments: frozenset[int] | None, *more: ColumnElement[bool]
) -> View:
    """The stock that is asked for: `at`, `use_days`, and what of it is chosen."""
    at: datetime = asked.get("at") or moment()
    return View(
        there=standing.as_of(at) if asked.get("at") else standing.now(),
        on=clock.day_of(at, settings().zone),
        at=at,
        then=asked.get("at"),
        levels=expiry.levels(session),
        use_days=asked.get("use_days") or policies.get(session, "supply.use_days"),
        departments=departments,
        chosen=Chosen(**{name: asked[name] for name in CHOICES if asked.get(name)}, more=more),
    )


def slow_limits(session: Session, asked: dict[str, Any]) -> Limits:
    """The limits asked for, or the policy's."""
    return Limits(
        idle_days=asked.get("idle_days") or policies.get(session, "slow.idle_days"),
        cover_days=asked.get("cover_days") or policies.get(session, "slow.cover_days"),
    )


def keys_of(table: Subquery) -> list[Any]:
    """What tells the rows of a view apart, to order them by."""
    names = ("location", "product", "lot", "key", "code")
    return [table.c[name] for name in names if name in table.c]


def tie_of(table: Subquery) -> Any:
    """The same as one text, to tell equal rows of a list apart."""
    first, *rest = keys_of(table)
    return reduce(lambda text, key: text.concat("|").concat(key), rest, first)


def plain(value: Any) -> Any:
    """Money as text, the rest as it is."""
    return shown(value) if isinstance(value, Decimal) else value


def morning(day: date) -> datetime:
    """The first instant of a day of the hospital."""
    return datetime.combine(day, time(), settings().zone)
