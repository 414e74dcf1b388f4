"""This file is indicators for the hospital, a campus, a class of departments or one department, and among peers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd.indicators import kept
from spd.indicators.defined import INDICATORS, Facts, Figure, Indicator, figure
from spd.indicators.facts import Span, by_department, hospital_only
from spd.places import told_of_departments

PEERS = ("hospital", "campus", "cost_class", "department")
"""By what departments are put together."""
HOSPITAL_ONLY = frozenset({"used_own", "stock_mean", "stock_days", "recalls_opened", "recalls_closed"})
"""Facts that departments have no share in."""


@dataclass(frozen=True, kw_only=True)
class GroupFigure:
    """One group's figure among its peers."""

    group: str
    name: str
    name_en: str
    figure: Figure


@dataclass(frozen=True, kw_only=True)
class Peers:
    """An indicator over all groups of a kind, with their median."""

    rows: list[GroupFigure]
    median: Decimal | None


def key_of(department: Any, by: str) -> str:
    """The group of its peers that a department is in."""
    return "" if by == "hospital" else str(getattr(department, "code" if by == "department" else by))


def _grouped(
    session: Session, span: Span, by: str, *, of: Collection[str] | None = None
) -> dict[str, dict[str, Decimal]]:
    departments = told_of_departments(session, span.at)
    found: dict[str, dict[str, Decimal]] = {}
    if span.at is None:
        told, alone = by_department(session, span, of=of), None
    else:
        told, alone = kept.told(session, span, span.at)
    for number, facts in told.items():
        if number is None and by != "hospital":
            continue
        mine = found.setdefault("" if number is None else key_of(departments[number], by), {})
        for name, amount in facts.items():
            mine[name] = mine.get(name, Decimal(0)) + amount
    if by == "hospital" and (of is None or not HOSPITAL_ONLY.isdisjoint(of)):
        found.setdefault("", {}).update(hospital_only(session, span) if alone is None else alone)
    return found


def of_group(session: Session, span: Span, by: str = "hospital", group: str = "") -> list[Figure]:
    """Every indicator of one group, in the order they are defined."""
    facts: Facts = _grouped(session, span, by).get(group, {})
    return [figure(one, facts) for one in INDICATORS if by == "hospital" or not one.hospital]


def peers(session: Session, span: Span, indicator: Indicator, by: str = "department") -> Peers:
    """One indicator over all groups of a kind that have a value, the largest first, and the median of them."""
    names = {one.code: one for one in told_of_departments(session, span.at).values()}
    rows = []
    for group, facts in _grouped(session, span, by, of=facts_of(indicator)).items():
        one = names.get(group) if by == "department" else None
        told = figure(indicator, facts)
        if told.value is not None:
            name, english = (one.name, one.name_en) if one else (group, group)
            rows.append(GroupFigure(group=group, name=name, name_en=english, figure=told))
    rows.sort(key=lambda row: (-(row.figure.value or Decimal(0)), row.group))
    return Peers(rows=rows, median=median([row.figure.value for row in rows if row.figure.value is not None]))


def facts_of(indicator: Indicator) -> set[str]:
    """The facts it is made of."""
    return {name.removeprefix("-") for name in (*indicator.numerator, *indicator.denominator)}


def trend(
    session: Session, spans: Sequence[Span], indicator: Indicator, by: str = "hospital", group: str = ""
) -> list[tuple[str, Figure]]:
    """One indicator of one group in each of these months."""
    wanted = facts_of(indicator)
    return [(span.period, figure(indicator, _grouped(session, span, by, of=wanted).get(group, {}))) for span in spans]


def median(values: list[Decimal]) -> Decimal | None:
    """The middle one; of an even number the mean of the two in the middle."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
