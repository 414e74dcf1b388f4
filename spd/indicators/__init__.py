"""Indicators with named denominators: each one fact over another, for the hospital and for groups of its peers."""

from spd.indicators.behind import FactRow, opens, rows_behind
from spd.indicators.defined import INDICATORS, Facts, Figure, Indicator, figure
from spd.indicators.facts import REVENUE_FACTS, Span, by_department, hospital_only
from spd.indicators.keeping import keep
from spd.indicators.kept import asked_of
from spd.indicators.report import PEERS, GroupFigure, Peers, of_group, peers, trend

__all__ = [
    "INDICATORS",
    "PEERS",
    "REVENUE_FACTS",
    "FactRow",
    "Facts",
    "Figure",
    "GroupFigure",
    "Indicator",
    "Peers",
    "Span",
    "asked_of",
    "by_department",
    "figure",
    "hospital_only",
    "keep",
    "of_group",
    "opens",
    "peers",
    "rows_behind",
    "trend",
]
