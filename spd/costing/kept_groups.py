"""This file is DRG and DIP reports kept as they were: groupings, bills and stays may be told anew."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd.core import kept_figures
from spd.core.kept_figures import FiguresNotKept, KeptFigures
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.costing import group_cases, groups
from spd.costing.group_cases import CaseOfGroup
from spd.costing.group_sets import Sets, SetsOfYear
from spd.costing.groups import GroupCost, GroupReport, GroupsAsked
from spd.costing.payment import Terms

REPORT = "groups"
MOST_CASES = 50_000
"""Of more the groups are kept without their cases: more than a month of a large hospital is opened month by month."""


@dataclass(frozen=True, kw_only=True)
class TableOf:
    """The version of a payer's groups that a report stood on, and how many groups it had."""

    version: int
    rows: int
    id: int = 0
    """None: the report does not ask it."""


def asked_of(asked: GroupsAsked) -> str:
    """By what a kept report is found again."""
    span = f"{asked.since.isoformat()}..{asked.until.isoformat()}"
    return f"{span} {asked.payer.scope} version {asked.version or '-'} run {asked.cost.method if asked.cost else '-'}"


def keep(session: Session, occasion: Occasion, asked: GroupsAsked) -> KeptFigures:
    """The report as it is now, with its cases; where nothing is different, the last version.

    Raises: UnknownCostTable, KeptAtOnce.
    """
    found = groups.report(session, asked)
    said = _sets_said(found.sets) | {
        "rows": [asdict(row) for row in found.rows],
        "case_mix": found.case_mix,
        "earlier": [{"year": one.payer.year, **_sets_said(one.sets)} for one in found.earlier],
        "cases": _cases(session, asked) if found.cases <= MOST_CASES else None,
    }
    return kept_figures.keep(session, occasion, REPORT, asked_of(asked), said)


def _sets_said(sets: Sets) -> dict[str, object]:
    table, terms = sets.groups, sets.terms
    return {
        "table": {"version": table.version, "rows": table.rows} if table else None,
        "terms": asdict(terms) if terms else None,
    }


def _sets_kept(said: dict[str, Any]) -> Sets:
    return Sets(
        groups=TableOf(**said["table"]) if said["table"] else None,
        terms=Terms(**said["terms"]) if said["terms"] else None, bands=(), standards={},
    )  # fmt: skip


def _cases(session: Session, asked: GroupsAsked) -> dict[str, list[dict[str, object]]]:
    by_code = group_cases.by_code(session, asked)
    return {code: [asdict(one) for one in cases] for code, cases in by_code.items()}


def report(session: Session, asked: GroupsAsked, at: datetime) -> GroupReport:
    """The report as it was kept at an instant; else by what was told and recorded until then.

    Raises: UnknownCostTable.
    """
    kept = kept_figures.find(session, REPORT, asked_of(asked), at)
    if kept is None or kept.made_at != at:
        return groups.report(session, replace(asked, at=at))
    said = kept_figures.read(kept)
    found = groups.summed([GroupCost(**row) for row in said["rows"]], _sets_kept(said))
    if "earlier" not in said:  # kept before spans could be of several years
        return found
    earlier = [
        SetsOfYear(payer=replace(asked.payer, year=one["year"]), until=asked.until, sets=_sets_kept(one))
        for one in said["earlier"]
    ]
    return replace(found, case_mix=said["case_mix"], earlier=earlier)


def cases_in(session: Session, asked: GroupsAsked, code: str, at: datetime) -> list[CaseOfGroup]:
    """The cases of one group as they were kept at an instant; else by what was told and recorded until then.

    Raises: UnknownCostTable, FiguresNotKept.
    """
    kept = kept_figures.find(session, REPORT, asked_of(asked), at)
    if kept is None or kept.made_at != at:
        return group_cases.cases_in(session, replace(asked, at=at), code)
    said = kept_figures.read(kept)
    if said["cases"] is None:
        raise FiguresNotKept(at=at.isoformat(), asked=asked_of(asked))
    return [CaseOfGroup(**one) for one in said["cases"].get(code, ())]


def uneven(kept: KeptFigures) -> list[tuple[str, Decimal, Decimal]]:
    """The groups of a kept report that are not the sum of their cases: (code, cost of the group, of its cases)."""
    said = kept_figures.read(kept)
    if said["cases"] is None:
        return []
    cases = {code: sum((one["cost"] for one in its), ZERO) for code, its in said["cases"].items()}
    rows = {row["code"]: row["cost"] for row in said["rows"]}
    codes = sorted(cases.keys() | rows.keys())
    both = [(code, rows.get(code, ZERO), cases.get(code, ZERO)) for code in codes]
    return [(code, one, other) for code, one, other in both if one != other]
