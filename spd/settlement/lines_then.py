"""This file is which line of the journal stood on which statement at an instant: drafts are drawn anew or given up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, func, select, union_all

from spd.settlement.models import StatementLine, StatementLineBefore, StatementStep

DRAWING = ("draft", "redraw")
"""The steps that draw the lines of a statement."""
CHANGING = (*DRAWING, "withdraw")
"""The steps that change which lines those are."""


def statement_lines_at(at: datetime | None) -> Subquery:
    """(posting_id, statement_id) of the lines on statements, as they are or were at an instant.

    Of a draft that was drawn again before what it was drawn of was kept, the first lines are not known.
    """
    now = select(StatementLine.posting_id, StatementLine.statement_id)
    if at is None:
        return now.subquery("lines_now")
    then = _last(at).subquery()
    last = _last(None).subquery()
    same = (then.c.statement_id == StatementLine.statement_id) & then.c.step_id.in_(select(last.c.step_id))
    stayed = now.join(then, same)
    before = select(StatementLineBefore.posting_id, StatementLineBefore.statement_id)
    before = before.join(then, then.c.step_id == StatementLineBefore.drawn_id)
    return union_all(stayed, before).subquery("lines_then")


def _last(at: datetime | None) -> Any:
    """Of each statement the last step that changed its lines."""
    query = select(StatementStep.statement_id, func.max(StatementStep.id).label("step_id"))
    query = query.where(StatementStep.step.in_(CHANGING)).group_by(StatementStep.statement_id)
    return query if at is None else query.where(StatementStep.done_at <= at)
