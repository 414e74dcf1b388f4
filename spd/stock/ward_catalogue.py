"""This file is the catalogue of a ward: the cheap things it holds by fixed quantities, read with the row of a thing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import aliased

from spd.catalog import Product
from spd.places import Location
from spd.stock.fixed_quantities import FixedQuantity

_PLACE, _ANY, _LATER = aliased(Location), aliased(FixedQuantity), aliased(FixedQuantity)
_its = (_PLACE.department_id == Location.department_id, _PLACE.department_id.is_not(None))
_has_one = (
    select(_ANY.id)
    .join(_PLACE, _PLACE.id == _ANY.location_id)
    .where(*_its, _ANY.approved_by_id.is_not(None))
    .correlate(Location)
    .exists()
)
_later = (
    select(_LATER.id)
    .where(
        _LATER.location_id == FixedQuantity.location_id, _LATER.product_id == FixedQuantity.product_id,
        _LATER.version > FixedQuantity.version, _LATER.approved_by_id.is_not(None),
    )
    .correlate(FixedQuantity)
    .exists()
)  # fmt: skip
_has_it = (
    select(FixedQuantity.id)
    .join(_PLACE, _PLACE.id == FixedQuantity.location_id)
    .where(
        *_its, FixedQuantity.product_id == Product.id, FixedQuantity.approved_by_id.is_not(None),
        FixedQuantity.upper > 0, ~_later,
    )
    .correlate(Location, Product)
    .exists()
)  # fmt: skip

LISTED: Any = case(
    (Product.product_class == "low_value", case((_has_it, 1), (_has_one, 0))),
).label("listed")
"""1 the department whose stock it is holds it by a fixed quantity, 0 it holds others and not this; NULL where it has no
such list, and for what is not kept by fixed quantities."""
