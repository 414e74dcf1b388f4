"""This file is the rule table in memory: for each event its lines, the newest version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.accounting.models import PostingRule


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line to post for an event."""

    line: int
    cost_class: str
    account: str
    sign: int
    names_department: bool
    names_supplier: bool


Rules = Mapping[str, Sequence[Rule]]

_loaded: dict[str, Rules] = {}


def load_rules(session: Session) -> Rules:
    """The rules in force. A process reads them once: a new version takes effect when the service is restarted."""
    key = str(session.get_bind().engine.url)
    if key not in _loaded:
        newest = select(PostingRule.event, func.max(PostingRule.version).label("version")).group_by(PostingRule.event)
        latest = newest.subquery()
        query = (
            select(PostingRule)
            .join(latest, (latest.c.event == PostingRule.event) & (latest.c.version == PostingRule.version))
            .order_by(PostingRule.event, PostingRule.line)
        )
        rules: dict[str, list[Rule]] = {}
        for row in session.scalars(query):
            rules.setdefault(row.event, []).append(
                Rule(
                    line=row.line,
                    cost_class=row.cost_class,
                    account=row.account,
                    sign=row.sign,
                    names_department=row.names_department,
                    names_supplier=row.names_supplier,
                )
            )
        _loaded[key] = rules
    return _loaded[key]
