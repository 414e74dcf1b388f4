"""This file is how far something is from its peers, told so that a few wild peers do not hide it: median and MAD.

Source: Iglewicz and Hoaglin's modified z-score. All in whole numbers and exact decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

NORMAL = Decimal("0.6745")
"""What a MAD is of the standard deviation of normal values."""
_MEAN_NORMAL = Decimal("1.253314")
"""The same of the mean deviation, which stands in where more than half of the peers are alike."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Peers:
    """What peers are: how many, their median, the median and the mean of their distances from it."""

    count: int
    median: Decimal
    mad: Decimal
    mean_distance: Decimal

    def score(self, value: Decimal) -> Decimal | None:
        """How far a value is above (or below) them, to two decimals; none where all peers are alike."""
        if self.mad:
            return (NORMAL * (value - self.median) / self.mad).quantize(_CENT)
        if self.mean_distance:
            return ((value - self.median) / (_MEAN_NORMAL * self.mean_distance)).quantize(_CENT)
        return None


def middle(values: Sequence[Decimal]) -> Decimal:
    """The median."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def peers_of(values: Sequence[Decimal]) -> Peers:
    """What these values are as peers; there is at least one."""
    median = middle(values)
    distances = [abs(value - median) for value in values]
    mean = sum(distances, Decimal(0)) / len(distances)
    return Peers(count=len(values), median=median, mad=middle(distances), mean_distance=mean)
