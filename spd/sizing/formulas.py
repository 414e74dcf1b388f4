"""This file is the formulas of fixed quantities: how much covers the days until the next refill, at a service level.

Statistics are floats here, quantities leave as whole numbers of packs. Source: domain facts E3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

SLOW = 0.2
"""Mean packs a day below which demand counts as intermittent: then single packs are counted, not a bell curve."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Use of one product at one place: base units a day, over so many days, days without use included."""

    mean: float
    deviation: float
    days: int


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What must be covered: lead time and review interval in days, how much the lead time varies, the service level."""

    lead_days: float
    review_days: float
    service: float
    lead_deviation: float = 0.0

    @property
    def exposed_days(self) -> float:
        """From one look at the shelf until what it asks for has arrived."""
        return self.lead_days + self.review_days


@dataclass(frozen=True, kw_only=True)
class Points:
    """In base units: safety stock, the point at which to refill, the level to refill to; by which model."""

    safety: float
    reorder: float
    order_up_to: float
    model: str


@dataclass(frozen=True, kw_only=True)
class Packs:
    """In packs of `quantity`: the lower and the upper number; whether they had to be told apart."""

    quantity: int
    lower: int
    upper: int
    resolved: bool


def points(demand: Demand, cover: Cover, *, pack_quantity: int = 1, vital: bool = False) -> Points:
    """What to hold, by the bell curve for what is used daily, by Poisson for what is not.

    `vital`: at least one pack is always there.
    """
    if demand.mean / pack_quantity < SLOW:
        return _slow(demand, cover, pack_quantity, vital=vital)
    z = NormalDist().inv_cdf(cover.service)
    variance = cover.exposed_days * demand.deviation**2 + demand.mean**2 * cover.lead_deviation**2
    safety = z * math.sqrt(variance)
    return Points(
        safety=safety,
        reorder=demand.mean * cover.lead_days + safety,
        order_up_to=demand.mean * cover.exposed_days + safety,
        model="normal",
    )


def _slow(demand: Demand, cover: Cover, pack_quantity: int, *, vital: bool) -> Points:
    """So many packs that no more are asked for in the days exposed, as often as the service level says."""
    expected = demand.mean / pack_quantity * cover.exposed_days
    packs = max(poisson_quantile(expected, cover.service), 1 if vital or demand.mean > 0 else 0)
    up_to = float(packs * pack_quantity)
    return Points(
        safety=up_to - demand.mean * cover.exposed_days,
        reorder=max(up_to - pack_quantity, 0.0),
        order_up_to=up_to,
        model="poisson",
    )


def poisson_quantile(expected: float, service: float) -> int:
    """The smallest k with P(X ≤ k) ≥ service, X being Poisson with this mean."""
    term = math.exp(-expected)
    total, k = term, 0
    while total < service - 1e-12 and k < 10_000:
        k += 1
        term *= expected / k
        total += term
    return k


def in_packs(found: Points, pack_quantity: int) -> Packs:
    """The points as whole packs, the upper number above the lower.

    Where both come to the same number of packs the lower one gives way, down to one; only then the upper one rises:
    a refill that is due with the last pack still brings one.
    """
    upper = math.ceil(_rounded(found.order_up_to / pack_quantity))
    lower = math.ceil(_rounded(found.reorder / pack_quantity))
    if upper == 0:
        return Packs(quantity=pack_quantity, lower=0, upper=0, resolved=False)
    wanted = lower if found.model == "poisson" else max(lower, 1)
    lower = min(wanted, upper - 1)
    if lower < 1 <= wanted:
        lower, upper = 1, max(upper, 2)
    return Packs(quantity=pack_quantity, lower=lower, upper=upper, resolved=lower != wanted)


def smaller_pack(found: Points, pack_quantity: int) -> int | None:
    """A pack size at which the two limits stand apart by themselves; None where the present one will do.

    Half as large, and half of that: a pack is never so small that a day's handling doubles for nothing.
    """
    size = pack_quantity
    while in_packs(found, size).resolved:
        if size % 2 or size <= 2:
            return None if size == pack_quantity else size
        size //= 2
    return None if size == pack_quantity else size


def _rounded(value: float) -> float:
    """Without the last binary digits, which would turn an exact 2 into a 3."""
    return round(value, 9)
