"""This file is the rule table in memory: for each event its lines, by the version that holds for a month.

A version holds from the first day of a month that is still to come, so which one a month has that was posted to is the
same for ever: a process reads its rules once. Those of months to come are not kept: a version may still be activated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from spd.accounting.later import with_later
from spd.accounting.models import PostingRule, RuleVersion
from spd.core.database import address_of
from spd.core.once import once
from spd.ledger import is_settled


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

_loaded: dict[tuple[str, str | None], Rules] = {}


def load_rules(session: Session, period: str | None = None) -> Rules:
    """The rules that hold for a month; for none named, those of the version activated last.

    What is asked of no month is which accounts stand for what: all versions have these alike.
    """
    key = (address_of(session), period)
    if key in _loaded:
        return _loaded[key]
    rules = once(session, ("rules", period), lambda: rules_of(session, version_for(session, period)))
    if period is None or is_settled(session, period):
        _loaded[key] = rules
    return rules


def classes_on(rules: Rules, event: str, account: str) -> set[str]:
    """The classes of departments whose part of an event goes to an account; an empty one stands for all of them."""
    return {rule.cost_class for rule in rules.get(event, ()) if rule.account == account}


def forget_rules() -> None:
    """Read them again when next asked: for whoever takes back what was activated."""
    _loaded.clear()


def version_for(session: Session, period: str | None = None) -> int:
    """The number of the version that holds for a month, or was activated last."""
    query = select(RuleVersion.number).where(RuleVersion.active_at.is_not(None))
    if period is not None:
        query = query.where(RuleVersion.from_period <= period)
    return session.scalars(query.order_by(RuleVersion.from_period.desc(), RuleVersion.number.desc()).limit(1)).one()


def rules_of(session: Session, number: int) -> Rules:
    """The lines of a version by event, in order: those it says, and those it means by events it leaves out."""
    return with_later(said_by(session, number))


def said_by(session: Session, number: int) -> Rules:
    """The lines that a version says itself."""
    rules: dict[str, list[Rule]] = {}
    for event, line, cost_class, account, sign, department, supplier in session.execute(_LINES, {"number": number}):
        rules.setdefault(event, []).append(
            Rule(
                line=line, cost_class=cost_class, account=account, sign=sign, names_department=department,
                names_supplier=supplier,
            )
        )  # fmt: skip
    return rules


_LINES = (
    select(
        PostingRule.event, PostingRule.line, PostingRule.cost_class, PostingRule.account, PostingRule.sign,
        PostingRule.names_department, PostingRule.names_supplier,
    )
    .where(PostingRule.version == bindparam("number"))
    .order_by(PostingRule.event, PostingRule.line, PostingRule.id)
)  # fmt: skip
