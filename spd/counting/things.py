"""This file is the things of a count as they are now: those counted, and those lost at an earlier count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.counting.judged import Thing
from spd.counting.models import Count, CountLine, CountLineItem
from spd.ledger import Item, Movement, MovementKind
from spd.parties import HOSPITAL_ID
from spd.places import End


def _columns() -> list[Any]:
    return [
        Item.id.label("item_id"), Item.code.label("item"), Item.kind, Item.state, Item.quantity, Item.location_id,
        Item.unit_price, (Item.owner_id != HOSPITAL_ID).label("consigned"), Product.id.label("product_id"),
        Product.code.label("product"), Product.name, Product.name_en, Product.specification, Product.base_unit,
        Product.product_class, Lot.code.label("lot"), Lot.expires_on,
        Lot.expires_at,
    ]  # fmt: skip


def things() -> Any:
    """Items with what they are."""
    return select(*_columns()).join(Product, Product.id == Item.product_id).join(Lot, Lot.id == Item.lot_id)


def thing_of(row: Any) -> Thing:
    """A row of `things`."""
    return Thing(**(row._asdict() | {"consigned": bool(row.consigned)}))


def one_thing(session: Session, item_id: int) -> dict[int, Thing]:
    """The item, and those counted in one heap with it."""
    heap = select(CountLineItem.line_id).where(CountLineItem.item_id == item_id)
    beside = select(CountLineItem.item_id).where(CountLineItem.line_id.in_(heap))
    rows = session.execute(things().where((Item.id == item_id) | Item.id.in_(beside)))
    return {row.item_id: thing_of(row) for row in rows}


def lines_with(session: Session, count: Count, item_id: int) -> list[int]:
    """The lines of a count that an item is in."""
    query = select(CountLine.id).join(CountLineItem, CountLineItem.line_id == CountLine.id)
    return list(session.scalars(query.where(CountLine.count_id == count.id, CountLineItem.item_id == item_id)))


def in_lines(count: Count) -> Any:
    """The items that have a line in a count."""
    query = select(CountLineItem.item_id).join(CountLine, CountLine.id == CountLineItem.line_id)
    return query.where(CountLine.count_id == count.id)


def counted_things(session: Session, count: Count) -> Iterable[Thing]:
    """What has been counted."""
    return [thing_of(row) for row in session.execute(things().where(Item.id.in_(in_lines(count))))]


def lost_at_a_count(session: Session, count: Count) -> set[int]:
    """The counted items whose last movement was their loss at a count."""
    query = (
        select(Item.id)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.sequence == Item.version))
        .where(Item.id.in_(in_lines(count)), Item.quantity == 0)
        .where(Movement.kind == MovementKind.ADJUST, Movement.to_location_id == End.LOSS)
    )
    return set(session.scalars(query))
