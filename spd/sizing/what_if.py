"""This file is what-if: the last days lived again with other limits, before anybody accepts them.

Days go by: what was ordered arrives, the ward uses what it used, the shelf is looked at, a refill is asked for. What a
ward wanted and did not find is counted; it does not wait for it. Pure: whole packs in, whole numbers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How a shelf is kept: limits in packs, how often it is looked at, and how long a refill takes.

    An upper limit of nothing refills nothing.
    lead_days: whole days of use that pass before it arrives; asked for in the evening, there in the morning is none.
    """

    lower: int
    upper: int
    lead_days: int = 0
    review_days: int = 1


@dataclass(frozen=True, kw_only=True)
class Lived:
    """How the days went. In packs: wanted, missed, what lay there on average; days with something missed; refills."""

    days: int
    wanted: int
    missed: int
    days_short: int
    refills: int
    average: Fraction
    """Packs on the shelf at the end of a day."""

    @property
    def fill(self) -> Fraction:
        """The share of what was wanted that was there."""
        return Fraction(1) if not self.wanted else Fraction(self.wanted - self.missed, self.wanted)


def live(wanted: Sequence[int], rule: Rule, *, start: int | None = None) -> Lived:
    """The days lived with a rule; `wanted` is packs a day. The shelf begins full unless said otherwise."""
    there = rule.upper if start is None else start
    coming: dict[int, int] = {}
    missed = days_short = refills = lying = 0
    for day, packs in enumerate(wanted):
        there += coming.pop(day, 0)
        taken = min(packs, there)
        there -= taken
        missed += packs - taken
        days_short += packs > taken
        lying += there
        position = there + sum(coming.values())
        if day % rule.review_days == 0 and position <= rule.lower < rule.upper:
            arrives = day + rule.lead_days + 1
            coming[arrives] = coming.get(arrives, 0) + rule.upper - position
            refills += 1
    days = len(wanted)
    return Lived(
        days=days,
        wanted=sum(wanted),
        missed=missed,
        days_short=days_short,
        refills=refills,
        average=Fraction(lying, days) if days else Fraction(0),
    )
