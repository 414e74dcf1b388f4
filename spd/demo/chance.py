"""This file is chance that comes out the same every time: the demo's dice and its request keys, from one seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Chance:
    """Dice and keys that follow from a seed and the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 - a story to look at, not a secret
        self._asked = 0

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._dice.randint(low, high)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of several."""
        return self._dice.choice(choices)

    def some_of(self, choices: Sequence[T], number: int) -> list[T]:
        """So many of them, or all where there are fewer, in the order they had."""
        picked = set(self._dice.sample(range(len(choices)), min(number, len(choices))))
        return [choice for place, choice in enumerate(choices) if place in picked]

    def happens(self, per_hundred: int) -> bool:
        """True so many times in a hundred."""
        return self._dice.random() * 100 < per_hundred

    def about(self, mean: float) -> int:
        """A count whose mean is `mean`: between nothing and twice as much."""
        whole = int(2 * mean)
        return self.between(0, whole) + self.happens(int(100 * (2 * mean - whole) / 2))

    def key(self, at: datetime) -> UUID:
        """The next request key: shaped as UUID version 7, its random part from the seed."""
        self._asked += 1
        digest = hashlib.sha256(f"demo:{self._seed}:{self._asked}".encode()).digest()
        bits = int.from_bytes(digest[:10])
        milliseconds = int(at.timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | (bits >> 64 & 0xFFF) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1)
        return UUID(int=value)

    def lot(self, on: date) -> str:
        """A lot as makers write them: the day, and a number."""
        return f"{on:%y%m%d}{self.between(1, 99):02d}"
