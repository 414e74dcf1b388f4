"""This file is service levels: how surely a thing must be there, by what depends on it and what it costs.

Source: domain facts E4, ABC by yearly value and VED by care; cheap things are kept more surely than dear ones.
"""

from __future__ import annotations

from collections.abc import Sequence

ORDER = tuple(f"{ved}{abc}" for ved in "VED" for abc in "CBA")
"""The cells of the matrix in the order in which their levels fall."""


def matrix(permille: Sequence[int]) -> dict[str, float]:
    """The service level of each cell (VC, VB, VA, EC … DA)."""
    return {cell: value / 1000 for cell, value in zip(ORDER, permille, strict=True)}


def attention(ved: str, abc: str) -> int:
    """How much attention a product deserves: I is looked after most, III least."""
    if ved == "V" or abc == "A":
        return 1
    return 3 if (ved, abc) == ("D", "C") else 2
