"""This file is first expired, first out: which of the things on hand to take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from spd.core.occasion import Moment
from spd.stock.on_hand import OnHand
from spd.stock.until import Until, is_expired


def first_expired_first_out(items: Iterable[OnHand], wanted: int, *, on: date) -> list[OnHand]:
    """The items to take, soonest to expire first; those expired on `on` are left. Fewer than `wanted` if no more."""
    usable = (item for item in items if not is_expired(Until(item.expires_on), Moment(on)))
    return sorted(usable, key=lambda item: (item.expires_on or date.max, item.created_at, item.id))[:wanted]
