"""This file is where everything of a lot is: on hand, on its way, used on whom, gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.ledger import Item, Movement
from spd.places import INSIDE, OUTSIDE, End, Location
from spd.tracing.item import Hop, NothingFound, hops


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """So much of a lot at one place."""

    location: str
    name: str
    kind: str
    quantity: int
    items: int


@dataclass(frozen=True, kw_only=True)
class LotTrace:
    """One lot of one product. `received` = on hand + used + lost, exactly; `unexplained` is the difference, zero."""

    product: str
    name: str
    name_en: str
    base_unit: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None
    received: int
    on_hand: int
    used: int
    lost: int
    unexplained: int
    places: tuple[Whereabouts, ...]
    uses: tuple[Hop, ...]


def trace_lot(session: Session, lot_code: str, product: str | None = None) -> list[LotTrace]:
    """Every lot with this code, of one product or of all. Raises: NothingFound."""
    query = select(Lot, Product).join(Product, Product.id == Lot.product_id).where(Lot.code == lot_code)
    if product is not None:
        query = query.where(Product.code == product)
    traces = [_trace(session, lot, of) for lot, of in session.execute(query.order_by(Product.code))]
    if not traces:
        raise NothingFound(what=lot_code)
    return traces


def _trace(session: Session, lot: Lot, product: Product) -> LotTrace:
    net = _net(session, lot.id)
    places = _places(session, lot.id)
    on_hand = sum(place.quantity for place in places)
    received, used = -net.get(End.SUPPLIER, 0) - net.get(End.FOUND, 0), net.get(End.PATIENT, 0)
    lost = net.get(End.LOSS, 0)
    return LotTrace(
        product=product.code,
        name=product.name,
        name_en=product.name_en,
        base_unit=product.base_unit,
        lot=lot.code,
        expires_on=lot.expires_on,
        expires_at=lot.expires_at,
        received=received,
        on_hand=on_hand,
        used=used,
        lost=lost,
        unexplained=received - on_hand - used - lost,
        places=tuple(places),
        uses=tuple(hops(session, (Item.lot_id == lot.id) & Movement.kind.in_(("consume", "reverse")))),
    )


def _net(session: Session, lot_id: int) -> dict[int, int]:
    """What each end of the house has got of a lot, less what it gave."""
    net: dict[int, int] = {}
    for column, sign in ((Movement.to_location_id, 1), (Movement.from_location_id, -1)):
        query = (
            select(column, func.sum(Movement.quantity))
            .join(Item, Item.id == Movement.item_id)
            .where(Item.lot_id == lot_id, column.in_(OUTSIDE))
            .group_by(column)
        )
        for place, quantity in session.execute(query):
            net[place] = net.get(place, 0) + sign * int(quantity)
    return net


def _places(session: Session, lot_id: int) -> list[Whereabouts]:
    query = (
        select(Location.code, Location.name, Location.kind, func.sum(Item.quantity), func.count())
        .join(Item, Item.location_id == Location.id)
        .where(Item.lot_id == lot_id, Item.quantity > 0, Location.kind.in_(INSIDE))
        .group_by(Location.id)
        .order_by(Location.code)
    )
    return [
        Whereabouts(location=code, name=name, kind=kind, quantity=int(quantity), items=count)
        for code, name, kind, quantity, count in session.execute(query)
    ]
