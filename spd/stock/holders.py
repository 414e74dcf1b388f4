"""This file is who holds the last ones: the places with usable pieces of a product, nearest expiry first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, case, cast, func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.core.occasion import Moment
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import INSIDE, Location
from spd.stock.safety import USABLE
from spd.stock.until import unexpired


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One place with usable pieces."""

    location: str
    name: str
    name_en: str
    kind: str
    quantity: int
    packs: int
    opened: int
    """Pieces of it in packs that are open already."""
    expires_first_on: date | None


def who_holds(session: Session, product: Product, *, on: date, at: datetime | None = None) -> list[Holder]:
    """The places that have usable pieces of a product, nearest expiry first. Said of every place, without prices."""
    first = func.min(Lot.expires_on)
    query = (
        select(
            Location.code.label("location"),
            Location.name,
            Location.name_en,
            Location.kind,
            cast(func.sum(Item.quantity), BigInteger).label("quantity"),
            func.sum(case((Item.kind == ItemKind.PACK, 1), else_=0)).label("packs"),
            cast(func.sum(case((Item.state == ItemStateName.OPEN, Item.quantity), else_=0)), BigInteger).label(
                "opened"
            ),
            first.label("expires_first_on"),
        )
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.product_id == product.id, Item.quantity > 0, Item.state.in_(USABLE))
        .where(Location.kind.in_(INSIDE), unexpired(Moment(on, at)))
        .group_by(Location.id)
        .order_by(first.is_(None), first, Location.code)
    )
    return [Holder(**row._mapping) for row in session.execute(query)]
