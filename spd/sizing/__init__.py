"""Sizing fixed quantities: proposed from real use, with the reason, and lived again before anybody accepts them."""

from spd.sizing.compare import (
    LEAST_DAYS,
    MOST_DAYS,
    USUAL_DAYS,
    Compared,
    Tried,
    compare,
    in_whole_packs,
    try_levels,
)
from spd.sizing.demand import demands, history
from spd.sizing.formulas import Cover, Demand, Packs, Points, in_packs, points, smaller_pack
from spd.sizing.propose import Kept, Proposal, cover_of, pack_sizes, propose
from spd.sizing.service import attention, matrix
from spd.sizing.what_if import Lived, Rule, live

__all__ = [
    "LEAST_DAYS",
    "MOST_DAYS",
    "USUAL_DAYS",
    "Compared",
    "Cover",
    "Demand",
    "Kept",
    "Lived",
    "Packs",
    "Points",
    "Proposal",
    "Rule",
    "Tried",
    "attention",
    "compare",
    "cover_of",
    "demands",
    "history",
    "in_packs",
    "in_whole_packs",
    "live",
    "matrix",
    "pack_sizes",
    "points",
    "propose",
    "smaller_pack",
    "try_levels",
]
