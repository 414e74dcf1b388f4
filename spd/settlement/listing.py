"""This file is statements as they are listed. No department, stay or person is selected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from spd.parties import parties_at
from spd.settlement.models import Statement, StatementStep
from spd.settlement.steps import seen_by


@dataclass(frozen=True, kw_only=True)
class StatementsSeen:
    """Statements with their suppliers, for a list: `query` selects nothing yet; how far each is, what it comes to."""

    query: Select[Any]
    party: Any
    """The suppliers, to be asked as `Party` is."""
    state: Any
    lines: Any
    total: Any
    exact: Any
    """What the journal says of the lines; none where it was not kept then."""


def statements_seen(suppliers: Collection[int] | None = None, at: datetime | None = None) -> StatementsSeen:
    """The statements there are, or as they stood at an instant by their steps until then; of these suppliers, once
    sent, where they are named."""
    party = parties_at(at)
    query = select().select_from(Statement).join(party, party.id == Statement.supplier_id)
    if suppliers is not None:
        query = query.where(seen_by(suppliers, at))
    if at is None:
        return StatementsSeen(
            query=query, party=party, state=Statement.state, lines=Statement.lines, total=Statement.total,
            exact=Statement.exact,
        )  # fmt: skip
    last = select(func.max(StatementStep.id)).where(StatementStep.done_at <= at).group_by(StatementStep.statement_id)
    step = aliased(StatementStep)
    query = query.join(step, (step.statement_id == Statement.id) & step.id.in_(last))
    return StatementsSeen(
        query=query, party=party, state=step.state_after, lines=step.lines, total=step.total, exact=step.exact
    )
