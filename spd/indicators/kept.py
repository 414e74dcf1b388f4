"""This file is the facts behind indicators as they were kept: revenue, beds and staff may be told anew."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd.core import kept_figures
from spd.indicators.facts import ByDepartment, Span

REPORT = "indicators"
LISTS = "indicator_facts"
"""What each fact counts, kept beside the facts."""
Told = tuple[ByDepartment, dict[str, Decimal]]


def asked_of(span: Span) -> str:
    """By what the kept facts of a span are found again."""
    return f"{span.periods[0]}..{span.period}"


def list_of(span: Span, fact: str) -> str:
    """By what the kept list of a fact is found again."""
    return f"{asked_of(span)} {fact}"


def told(session: Session, span: Span, at: datetime) -> Told:
    """The facts of a span, by department and of the hospital alone, as they were kept last until an instant.

    Raises: FiguresNotKept.
    """
    kept = kept_figures.read(kept_figures.get(session, REPORT, asked_of(span), at))
    for facts in kept["departments"].values():
        if "medical_revenue" in facts:  # in figures kept before sums were counted it was all there was
            facts.setdefault("all_revenue", facts["medical_revenue"])
    return {_number(said): facts for said, facts in kept["departments"].items()}, kept["hospital"]


def _number(said: str) -> int | None:
    """A department as it was kept; what is no department's is kept under "None"."""
    return None if said == "None" else int(said)


def listed(session: Session, span: Span, fact: str, at: datetime) -> Any:
    """What a fact of a span counted, as it was kept last until an instant; what is no department's where the figures
    kept beside it count it. Raises: FiguresNotKept."""
    departments, alone = told(session, span, at)
    counted = {department for department, facts in departments.items() if fact in facts}
    rows = kept_figures.read(kept_figures.get(session, LISTS, list_of(span, fact), at))
    return [row for row in rows if fact in alone or row[0] in counted]
