"""This file is recipes: how many base units of a product go into a pack, in versions that are never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from scanners import own
from spd.catalog import Product, ProductClass
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.packing.models import PackRecipe


class UnknownRecipe(NotFound):
    """No recipe has this card."""

    code = "unknown-recipe"
    error = "E01"
    say = {
        "zh": "没有此定数包配方 {recipe}。扫描配方卡, 或先建立配方。",
        "en": "There is no recipe {recipe}. Scan the recipe card, or set up the recipe first.",
    }


class NeverPacked(Refused):
    """High-value goods carry a code each, cold reagents stay in their box: neither is packed."""

    code = "never-packed"
    say = {
        "zh": "{product} 为高值耗材或冷链试剂, 不做定数包。",
        "en": "{product} is high-value, or a reagent of the cold chain: it is not made into packs.",
    }


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe in force."""

    code: str
    product: Product
    quantity: int
    version: int


def settle(session: Session, occasion: Occasion, product: Product, quantity: int) -> PackRecipe:
    """The product's recipe from now on; packs made before keep theirs. 0 ends it. Raises: NeverPacked."""
    refuse_never_packed(product)
    last = session.scalars(
        select(PackRecipe).where(PackRecipe.product_id == product.id).order_by(PackRecipe.version.desc()).limit(1)
    ).one_or_none()
    if last is not None and last.quantity == quantity:
        return last
    row = PackRecipe(
        code=last.code if last else own.derive("command", f"recipe:{product.code}".encode()),
        product_id=product.id,
        quantity=quantity,
        version=last.version + 1 if last else 1,
        set_at=occasion.recorded_at,
        set_by_id=occasion.staff_id,
    )
    session.add(row)
    session.flush()  # two who set it at once: one is refused here
    return row


def refuse_never_packed(product: Product) -> None:
    """Refuse what is not made into packs. Raises: NeverPacked."""
    cold = product.product_class == ProductClass.REAGENT and product.cold_chain
    if product.product_class == ProductClass.HIGH_VALUE or cold:
        raise NeverPacked(product=product.name)


_NEWER = aliased(PackRecipe)


def holding() -> ColumnElement[bool]:
    """Whether a version is the newest of its recipe, and does not end it."""
    later = select(_NEWER.id).where(_NEWER.code == PackRecipe.code, _NEWER.version > PackRecipe.version)
    return ~later.exists() & (PackRecipe.quantity > 0)


def in_force(session: Session) -> list[Recipe]:
    """Every recipe that holds, by product."""
    joined = select(PackRecipe, Product).join(Product, Product.id == PackRecipe.product_id)
    query = joined.where(holding()).order_by(Product.code)
    return [
        Recipe(code=row.code, product=product, quantity=row.quantity, version=row.version)
        for row, product in session.execute(query)
    ]


def find_recipe(session: Session, code: str) -> Recipe | None:
    """The recipe with this card, as it holds now."""
    newest = select(func.max(PackRecipe.version)).where(PackRecipe.code == code).scalar_subquery()
    found = session.execute(
        select(PackRecipe, Product)
        .join(Product, Product.id == PackRecipe.product_id)
        .where(PackRecipe.code == code, PackRecipe.version == newest, PackRecipe.quantity > 0)
    ).one_or_none()
    if found is None:
        return None
    row, product = found
    return Recipe(code=row.code, product=product, quantity=row.quantity, version=row.version)


def get_recipe(session: Session, code: str) -> Recipe:
    """The recipe with this card, as it holds now. Raises: UnknownRecipe."""
    found = find_recipe(session, code)
    if found is None:
        raise UnknownRecipe(recipe=code)
    return found


def quantity_for(session: Session, product_id: int) -> int | None:
    """How many base units a pack of the product holds by its recipe."""
    return session.scalar(
        select(PackRecipe.quantity)
        .where(PackRecipe.product_id == product_id)
        .order_by(PackRecipe.version.desc())
        .limit(1)
    )
