"""This file is what-if in the house: the real days of places lived again with levels that nobody has accepted yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from spd.sizing.demand import history
from spd.sizing.formulas import Cover
from spd.sizing.propose import Proposal, cover_of
from spd.sizing.what_if import Lived, Rule, live
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity, Level

LEAST_DAYS, MOST_DAYS, USUAL_DAYS = 7, 365, 90
"""How many days may be lived again, and how many are where nobody says."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The last days lived again with what holds now (none where nothing does), and with a level."""

    level: Level
    now: FixedQuantity | None
    before: Lived | None
    after: Lived


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The last days lived again with what holds and with what is proposed."""

    proposal: Proposal
    before: Lived | None
    after: Lived


def compare(session: Session, proposals: Sequence[Proposal], *, on: date, days: int) -> list[Compared]:
    """What-if: the demand of the last days against what holds now and against each proposal."""
    tried = try_levels(session, [one.level for one in proposals], on=on, days=days)
    return [
        Compared(proposal=one, before=found.before, after=found.after)
        for one, found in zip(proposals, tried, strict=True)
    ]


def try_levels(session: Session, levels: Sequence[Level], *, on: date, days: int) -> list[Tried]:
    """The demand of the last days against what holds now and against each level, in the order of the levels.

    What a ward does with its refills (lead time, review) is the house's; a shelf begins full.
    Raises: BadLevel.
    """
    for level in levels:
        fixed_quantities.refuse_bad(level)
    places = sorted({one.location_id for one in levels})
    lived = history(session, on=on, days=days, location_ids=places)
    held = {(row.location_id, row.product_id): row for row in fixed_quantities.in_force(session, places)}
    base = cover_of(session)
    found = []
    for level in levels:
        key = (level.location_id, level.product_id)
        daily, now = lived.get(key, [0] * days), held.get(key)
        before = _live(daily, now.pack_quantity, now.lower, now.upper, base) if now else None
        after = _live(daily, level.pack_quantity, level.lower, level.upper, base)
        found.append(Tried(level=level, now=now, before=before, after=after))
    return found


def _live(daily: Sequence[int], quantity: int, lower: int, upper: int, cover: Cover) -> Lived:
    rule = Rule(
        lower=lower, upper=upper, lead_days=round(cover.lead_days), review_days=max(1, round(cover.review_days))
    )
    return live(in_whole_packs(daily, quantity), rule)


def in_whole_packs(daily: Sequence[int], quantity: int) -> list[int]:
    """Base units a day as packs opened a day: what is left of an opened pack is used before the next is opened."""
    packs, left = [], 0
    for units in daily:
        opened = max(0, -(-(units - left) // quantity))
        left += opened * quantity - units
        packs.append(opened)
    return packs
