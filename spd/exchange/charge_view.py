"""This file is a view in HIS's own database, read span by span: from its first instant, up to but without its last.

Columns may be called as in a file of charges; which one says when is told apart, since it is asked by. Times without a
zone are the hospital's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, DateTime, column, select, table, text
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.exchange import imports
from spd.exchange.imports.headers import guess
from spd.exchange.imports.plan import Outcome
from spd.exchange.tables import Row, Table
from spd.reconciliation import Rejected, Window, note_rejects, note_window, settle_kept


@dataclass(frozen=True, kw_only=True)
class View:
    """Which view, and which of its columns says when a line was charged."""

    name: str
    time: str = "charged_at"


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What a span brought: lines that are new, that were there, and that cannot be kept."""

    new: int
    known: int
    rejected: int


def read_window(his: Connection, view: View, window: Window, *, zone: ZoneInfo) -> Table:
    """The rows of a span as a table of texts. Raises: DBAPIError, where HIS does not answer."""
    schema, _, name = view.name.rpartition(".")
    of, when = table(name, schema=schema or None), column(view.time, DateTime())
    since, until = (at.astimezone(zone).replace(tzinfo=None) for at in (window.since, window.until))
    query = select(text("*")).select_from(of).where(when >= since, when < until).order_by(when)
    result = his.execute(query)
    names = result.keys()
    columns = tuple(str(key) for key in names)
    rows = tuple(
        Row(number, {name: _text(value) for name, value in zip(columns, values, strict=True)})
        for number, values in enumerate(result, 1)
    )
    known = imports.columns_of("charges")
    return Table(file=view.name, columns=columns, rows=rows).renamed(guess(columns, known))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)), "f")
    return str(value).strip()


def keep_window(session: Session, occasion: Occasion, found: Table, window: Window, *, zone: ZoneInfo) -> Polled:
    """Keep what a span brought: each line once; what cannot be kept stands on the list and stops nothing.

    Raises: MissingColumns, where the view has not what a charge needs.
    """
    plan = imports.plan_table(session, "charges", found, occasion, zone=zone)
    plan.write()
    by_number = {row.number: row for row in found.rows}
    rejected = [
        Rejected(number=one.key, row=by_number[one.row].cells, code=first.code, zh=first.zh, en=first.en)
        for one in plan.rows
        if one.outcome is Outcome.REFUSED and (first := one.problems[0])
    ]
    good: Sequence[Any] = [by_number[one.row].cells for one in plan.rows if one.outcome is not Outcome.REFUSED]
    settle_kept(session, good, at=occasion.recorded_at)
    note_rejects(session, rejected, at=occasion.recorded_at)
    note_window(session, occasion, window, len(found.rows))
    return Polled(new=plan.count(Outcome.CREATED), known=plan.count(Outcome.UNCHANGED), rejected=len(rejected))
