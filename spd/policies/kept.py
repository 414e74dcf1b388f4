"""This file is the values a hospital gives its policies, as data; where it gives none the default holds.

A hospital's own value is a new row with a version; the rows are never changed, so that what held on a day can be told.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.addresses import ADDRESS
from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Name
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.policies.declared import DECLARED
from spd.policies.policy import Policy

_BY_NAME = {policy.name: policy for policy in DECLARED}


class PolicyValue(AppendOnly, Base):
    """One value a hospital gave a policy; the newest version holds."""

    __tablename__ = "policy_values"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[Id]
    name: Mapped[Name]
    version: Mapped[int]
    value: Mapped[str] = mapped_column(Text())
    reason: Mapped[Name] = mapped_column(default="")
    set_at: Mapped[Instant]
    set_by_id: Mapped[int]


class UnknownPolicy(NotFound):
    """There is no such policy."""

    code = "unknown-policy"
    say = {"zh": "没有政策项 {policy}。", "en": "There is no policy {policy}."}


class BadPolicy(Refused):
    """The value is none the policy may take."""

    code = "bad-policy"
    say = {
        "zh": "{policy} 不能取 {value}。可取: {may}。",
        "en": "{policy} cannot be {value}. It may be {may}.",
    }


def get(session: Session, name: str, *, at: datetime | None = None) -> Any:
    """The value in force, or in force at an instant: the hospital's newest, else the default.

    Raises: KeyError for an undeclared name.
    """
    policy = _BY_NAME[name]
    newest = select(PolicyValue.value).where(PolicyValue.name == name).order_by(PolicyValue.version.desc()).limit(1)
    if at is not None:
        newest = newest.where(PolicyValue.set_at <= at)
    kept = session.scalar(newest)
    return policy.default if kept is None else json.loads(kept)


def several(session: Session, *names: str) -> dict[str, Any]:
    """The values in force of these policies, from one question. Raises: KeyError for an undeclared name."""
    newest = (
        select(PolicyValue.name, func.max(PolicyValue.version).label("version"))
        .where(PolicyValue.name.in_(names))
        .group_by(PolicyValue.name)
        .subquery()
    )
    of_newest = (newest.c.name == PolicyValue.name) & (newest.c.version == PolicyValue.version)
    kept = session.execute(select(PolicyValue.name, PolicyValue.value).join(newest, of_newest))
    return {name: _BY_NAME[name].default for name in names} | {name: json.loads(value) for name, value in kept}


def in_force(session: Session) -> list[tuple[Policy, Any, int]]:
    """Every policy with its value and version (0 is the default), in the order declared."""
    newest = select(PolicyValue.name, func.max(PolicyValue.version).label("version")).group_by(PolicyValue.name)
    last = newest.subquery()
    query = select(PolicyValue).join(last, (last.c.name == PolicyValue.name) & (last.c.version == PolicyValue.version))
    kept = {row.name: row for row in session.scalars(query)}
    return [
        (policy, json.loads(kept[policy.name].value), kept[policy.name].version)
        if policy.name in kept
        else (policy, policy.default, 0)
        for policy in DECLARED
    ]


def settle(session: Session, occasion: Occasion, name: str, value: Any, *, reason: str = "") -> PolicyValue | None:
    """The policy with a value of the hospital's own from now on; None where it has it already.

    Raises: UnknownPolicy, BadPolicy.
    """
    policy = _BY_NAME.get(name)
    if policy is None:
        raise UnknownPolicy(policy=name)
    refuse_bad(policy, value)
    if get(session, name) == value:
        return None
    version = session.scalar(select(func.max(PolicyValue.version)).where(PolicyValue.name == name)) or 0
    row = PolicyValue(
        name=name,
        version=version + 1,
        value=json.dumps(value),
        reason=reason,
        set_at=occasion.recorded_at,
        set_by_id=occasion.staff_id,
    )
    session.add(row)
    session.flush()  # two who set it at once: one is refused here
    return row


def refuse_bad(policy: Policy, value: Any) -> None:
    """Refuse a value that a policy cannot take. Raises: BadPolicy."""
    if isinstance(policy.default, bool):
        good, may = isinstance(value, bool), "true, false"
    elif policy.choices:
        good, may = value in policy.choices, ", ".join(policy.choices)
    elif policy.addresses:
        good = isinstance(value, str) and len(value) <= 2000 and all(ADDRESS.match(one) for one in value.split())
        may = "addresses with blanks between, or nothing"
    elif policy.rules:
        good = isinstance(value, str) and len(value) <= 2000
        good = good and all(re.fullmatch(policy.rules, one) for one in value.split())
        may = "rules with blanks between, or nothing"
    elif isinstance(policy.default, str):
        good, may = isinstance(value, str) and len(value) <= 80, "a code, or nothing"
    elif isinstance(policy.default, list):
        whole = isinstance(value, list) and all(
            type(one) is int and policy.least <= one <= policy.most for one in value
        )
        good = whole and len(value) == len(policy.default) and sorted(value, reverse=True) == value
        may = f"{len(policy.default)} whole numbers, the largest first"
    else:
        good, may = type(value) is int and policy.least <= value <= policy.most, f"{policy.least}–{policy.most}"
    if not good:
        raise BadPolicy(policy=policy.name, value=value, may=may)
