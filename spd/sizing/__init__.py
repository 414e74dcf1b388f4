"""Sizing fixed quantities: proposed from real use, with the reason, and lived again before anybody accepts them."""

from spd.sizing.demand import demands, history
from spd.sizing.formulas import Cover, Demand, Packs, Points, in_packs, points, smaller_pack, two_bin
from spd.sizing.propose import Compared, Kept, Proposal, compare, cover_of, in_whole_packs, pack_sizes, propose
from spd.sizing.service import attention, matrix
from spd.sizing.what_if import Lived, Rule, live

__all__ = [
    "Compared",
    "Cover",
    "Demand",
    "Kept",
    "Lived",
    "Packs",
    "Points",
    "Proposal",
    "Rule",
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
    "two_bin",
]
