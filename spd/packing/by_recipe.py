"""This file is packs by a recipe: full packs from one lot first, soonest to expire first; what is left stays loose.

A pack never mixes: bulks that differ in lot, owner, price, supplier or settlement are never put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, stock
from spd.catalog import Product, get_product
from spd.core.occasion import Moment, Occasion
from spd.ledger import Draft, Item, ItemKind, ItemStateName
from spd.packing.make import PackMade, PacksMade, pack_of, take_out, told_again
from spd.packing.recipes import get_recipe, refuse_never_packed
from spd.places import get_location
from spd.stock import Goods
from spd.stock.goods import goods_with
from spd.stock.loaned import LOANER
from spd.stock.until import is_expired

ONE_OF_A_KIND = ("lot_id", "owner_id", "supplier_id", "unit_price", "settlement_mode")


@dataclass(frozen=True, kw_only=True)
class ByRecipe:
    """Packs by a recipe from the bulks of one store; no count means as many as there are full ones."""

    occasion: Occasion
    recipe: str
    location: str
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class BySize:
    """Packs of a size that somebody ordered (a refill wave), recipe or none, from the bulks of one store."""

    occasion: Occasion
    product: str
    quantity: int
    location: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Bulks that may share packs, and how many full packs they give."""

    sources: tuple[Goods, ...]
    packs: int
    loose: int


def batches(session: Session, product_id: int, location_id: int, quantity: int, *, when: Moment) -> list[Batch]:
    """What full packs the bulks of a place give, one kind after the other, soonest to expire first."""
    query = select(Item.code).where(
        Item.product_id == product_id,
        Item.location_id == location_id,
        Item.kind == ItemKind.BULK,
        Item.settlement_mode != LOANER,
        Item.state == ItemStateName.AVAILABLE,
        Item.quantity > 0,
    )
    bulks = goods_with(session, list(session.scalars(query))).values()
    usable = [one for one in bulks if not is_expired(one.until, when)]
    found = []
    for _, group in groupby(sorted(usable, key=_order), key=_kind):
        sources = tuple(group)
        there = sum(one.item.quantity for one in sources)
        found.append(Batch(sources=sources, packs=there // quantity, loose=there % quantity))
    return found


def _kind(goods: Goods) -> tuple[Any, ...]:
    return tuple(getattr(goods.item, name) for name in ONE_OF_A_KIND)


def _order(goods: Goods) -> tuple[Any, ...]:
    return (goods.expires_on or date.max, *_kind(goods), goods.item.created_at, goods.item.id)


def possible(found: Sequence[Batch]) -> int:
    """How many full packs there are."""
    return sum(batch.packs for batch in found)


def make_by_recipe(session: Session, asked: ByRecipe) -> PacksMade:
    """Packs by a recipe, each of one lot, owner and price; the remainder of each kind stays loose.

    Raises: KeyReused, UnknownRecipe, UnknownLocation, NeverPacked, NotEnough, Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return told_again(session, done)
    recipe = get_recipe(session, asked.recipe)
    return _make(session, asked, recipe.product, recipe.quantity)


def make_by_size(session: Session, asked: BySize) -> PacksMade:
    """Packs of the size asked for, by the same rules.

    Raises: KeyReused, UnknownProduct, NeverPacked, UnknownLocation, NotEnough, Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return told_again(session, done)
    return _make(session, asked, get_product(session, asked.product), asked.quantity)


def _make(session: Session, asked: ByRecipe | BySize, product: Product, quantity: int) -> PacksMade:
    refuse_never_packed(product)
    place = get_location(session, asked.location)
    found = batches(session, product.id, place.id, quantity, when=asked.occasion.moment)
    there = possible(found)
    count = there if asked.count is None else asked.count
    if count < 1 or count > there:
        loose = sum(one.item.quantity for batch in found for one in batch.sources)
        raise stock.NotEnough(wanted=max(count, 1) * quantity, there=loose)
    draft = Draft(session, asked.occasion, expected=count)
    made: list[PackMade] = []
    loose = 0
    for batch in found:
        packs = min(batch.packs, count - len(made))
        if packs:
            loose += take_out(draft, batch.sources, packs * quantity)
            first = len(made)
            made += [
                pack_of(draft, batch.sources, number * quantity, quantity, first + number) for number in range(packs)
            ]
    draft.write()
    return PacksMade(packs=tuple(made), loose=loose)
