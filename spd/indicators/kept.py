"""This file is the facts behind indicators kept as they were told: revenue, beds and staff may be told anew."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from spd.core import kept_figures
from spd.core.kept_figures import KeptFigures
from spd.core.occasion import Occasion
from spd.indicators.facts import Span, by_department, hospital_only

REPORT = "indicators"
Told = tuple[dict[int, dict[str, Decimal]], dict[str, Decimal]]


def asked_of(span: Span) -> str:
    """By what the kept facts of a span are found again."""
    return f"{span.periods[0]}..{span.period}"


def keep(session: Session, occasion: Occasion, span: Span) -> KeptFigures:
    """All facts of a span as they are told now; where nothing is different, the last version. Raises: KeptAtOnce."""
    found = {"departments": by_department(session, span), "hospital": hospital_only(session, span)}
    return kept_figures.keep(session, occasion, REPORT, asked_of(span), found)


def told(session: Session, span: Span, at: datetime) -> Told:
    """The facts of a span, by department and of the hospital alone, as they were kept last until an instant.

    Raises: FiguresNotKept.
    """
    kept = kept_figures.read(kept_figures.get(session, REPORT, asked_of(span), at))
    return {int(number): facts for number, facts in kept["departments"].items()}, kept["hospital"]
