"""This file is keeping the facts behind indicators, with all that each counts, to be asked for as of then for ever."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd.core import kept_figures
from spd.core.kept_figures import KeptFigures
from spd.core.occasion import Occasion
from spd.indicators import months
from spd.indicators.behind import LISTED, found_of
from spd.indicators.facts import Span, by_department, hospital_only
from spd.indicators.kept import LISTS, REPORT, asked_of, list_of


def keep(session: Session, occasion: Occasion, span: Span) -> KeptFigures:
    """All facts of a span as they are told now, and their lists; where nothing is different, the last version.

    Raises: KeptAtOnce.
    """
    for period in span.periods:
        months.keep(session, occasion, period)
    for fact in LISTED:
        kept_figures.keep(session, occasion, LISTS, list_of(span, fact), [*found_of(session, span, fact)])
    found = {"departments": by_department(session, span), "hospital": hospital_only(session, span)}
    return kept_figures.keep(session, occasion, REPORT, asked_of(span), found)
