"""This file is sharing out a whole: parts in proportion to weights that add up to it, to the last unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Who = TypeVar("Who")


def apportion(whole: int, weights: Mapping[Who, int]) -> dict[Who, int]:
    """The whole in parts by weight, by largest remainder; equal remainders go in the order of the weights.

    All in whole units, so that the parts are the whole exactly. Nothing where no weight is above zero: the caller says
    what becomes of the whole then. A whole below zero is shared as one above zero is.
    """
    total = sum(weights.values())
    if total <= 0:
        return {}
    sign, size = (-1, -whole) if whole < 0 else (1, whole)
    parts = {who: size * weight // total for who, weight in weights.items()}
    left = size - sum(parts.values())
    first = sorted(weights, key=lambda who: -(size * weights[who] % total))  # sorted keeps the order of equals
    for who in first[:left]:
        parts[who] += 1
    return {who: sign * part for who, part in parts.items()}
