"""This file is how much a store should hold: when to order, and up to how much, from what it gave out.

Source: domain facts E3: a reorder point of the mean use over the lead time and a safety stock, an order-up-to level
that lasts until the next order as well. What is used less than once in five days is reckoned by Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

SERVICE = {
    "V": (Decimal("2.326"), Decimal("0.99")),
    "E": (Decimal("1.645"), Decimal("0.95")),
    "D": (Decimal("1.282"), Decimal("0.90")),
}
"""By how much care depends on it: the normal quantile, and the share of cycles in which there is enough."""
SLOW = Decimal("0.2")  # base units a day below which days without any use are the rule


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


def level(use: Use, ved: str, *, lead_days: int | Decimal, review_days: int | Decimal) -> Level | None:
    """The level for a use; None where nothing was used."""
    if use.total <= 0:
        return None
    z, share = SERVICE.get(ved, SERVICE["E"])
    until_goods, until_next = use.mean * lead_days, use.mean * (lead_days + review_days)
    if use.mean < SLOW:
        low, high = _poisson(until_goods, share), _poisson(until_next, share)
    else:
        safety = z * ((lead_days + review_days) * use.variance).sqrt()
        low, high = _whole(until_goods + safety), _whole(until_next + safety)
    low = max(low, 1) if ved == "V" else low
    return Level(low, max(high, low + 1))


def _whole(quantity: Decimal) -> int:
    return int(quantity.to_integral_value(rounding=ROUND_CEILING))


def _poisson(mean: Decimal, share: Decimal) -> int:
    """The smallest number that is not exceeded in this share of cases."""
    chance = (-mean).exp()
    total, number = chance, 0
    while total < share:
        number += 1
        chance = chance * mean / number
        total += chance
    return number
