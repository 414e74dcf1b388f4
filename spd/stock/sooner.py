"""This file is whether a ward has one of the same product that expires before a thing, read with the row of the thing.

Lots come first, of which there are few, and only those that end before this one are looked for in the ward.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import aliased

from spd.catalog import Lot
from spd.core.columns import UtcDateTime
from spd.ledger import Item
from spd.places import WARD_KINDS, Location
from spd.stock.loaned import LOANER
from spd.stock.safety import USABLE

_BEFORE, _OTHER, _PLACE = aliased(Lot), aliased(Item), aliased(Location)
_lies_here = (
    select(_OTHER.id)
    .join(_PLACE, _PLACE.id == _OTHER.location_id)
    .where(
        _PLACE.department_id == Location.department_id, _OTHER.product_id == _BEFORE.product_id,
        _OTHER.lot_id == _BEFORE.id, _OTHER.state.in_(USABLE), _OTHER.quantity > 0, _OTHER.settlement_mode != LOANER,
    )
    .limit(1)  # so that no database makes a join of it, and begins at everything that lies here
    .correlate(Location, _BEFORE)
    .scalar_subquery()
)  # fmt: skip
_GOOD = or_(_BEFORE.expires_at.is_(None), _BEFORE.expires_at >= bindparam("at", type_=UtcDateTime()))
SOONER: Any = (
    select(_BEFORE.expires_on)
    .where(
        _BEFORE.product_id == Lot.product_id, _BEFORE.expires_on < Lot.expires_on,
        _BEFORE.expires_on >= bindparam("day"), _GOOD, _BEFORE.denied == "", Location.kind.in_(WARD_KINDS),
        Item.settlement_mode != LOANER, _lies_here.is_not(None),
    )
    .order_by(_BEFORE.expires_on)
    .limit(1)
    .correlate(Item, Lot, Location)
    .scalar_subquery()
    .label("sooner")
)  # fmt: skip
"""The day on which the first of them expires; NULL where none does before it."""
