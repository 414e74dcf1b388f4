"""This file is how much a store should hold: when to order, and up to how much, from what it gave out.

The formulas are those of fixed quantities: a reorder point of the mean use over the lead time and a safety stock, an
order-up-to level that lasts until the next order as well; by Poisson for what is used rarely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from spd.sizing.formulas import Cover, Demand, points

SERVICE = {"V": 0.99, "E": 0.95, "D": 0.90}
"""In which share of cycles there is enough, by how much care depends on it."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a store gave out in so many days: the sum, and the sum of the squares of each day's."""

    total: int
    squares: int
    days: int

    @property
    def mean(self) -> Decimal:
        """Base units a day."""
        return Decimal(self.total) / self.days

    @property
    def variance(self) -> Decimal:
        """Of a day's use, days without any counted too."""
        return max(Decimal(0), Decimal(self.squares) / self.days - self.mean**2)


@dataclass(frozen=True)
class Level:
    """At how much is ordered, and up to how much, in base units."""

    reorder_at: int
    up_to: int


def level(use: Use, ved: str, *, lead_days: float, review_days: float) -> Level | None:
    """The level for a use; None where nothing was used."""
    if use.total <= 0:
        return None
    given_out = Demand(mean=float(use.mean), deviation=math.sqrt(use.variance), days=use.days)
    cover = Cover(lead_days=lead_days, review_days=review_days, service=SERVICE.get(ved, SERVICE["E"]))
    found = points(given_out, cover, vital=ved == "V")
    low = _whole(found.reorder)
    return Level(low, max(_whole(found.order_up_to), low + 1))


def _whole(quantity: float) -> int:
    """Whole units that are enough; a hair above a whole number is that number."""
    return math.ceil(quantity - 1e-9)
