"""This file is how products were called and classed until they were told anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog.models import Product
from spd.catalog.service import UnknownProduct
from spd.core.base import Base
from spd.core.columns import Name, Word
from spd.core.pasts import Past, known_at


class ProductPast(Past, Base):
    """Of a product what reports print of it, and what they count it under. Of a new one nothing is kept: no report
    has goods of it from before."""

    __tablename__ = "product_pasts"
    __table_args__ = (
        Index("ix_product_pasts_then", "record_id", "until_at"),
        Index("ix_product_pasts_until", "until_at"),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    name: Mapped[Name]
    name_en: Mapped[Name]
    specification: Mapped[Name]
    product_class: Mapped[Word]
    charge_code: Mapped[str] = mapped_column(String(40))
    insurance_code: Mapped[str] = mapped_column(String(40))
    chargeable: Mapped[bool] = mapped_column()
    implant: Mapped[bool] = mapped_column()


def products_at(at: datetime | None) -> Any:
    """Products to ask, as `Product` is: as they are, or as they were called and classed at an instant."""
    return known_at(Product, ProductPast, at)


def product_told_of(session: Session, code: str, at: datetime | None = None) -> Any:
    """What the product with this code is called, or was at an instant: its code, name in both languages, and
    specification; of a retired one too, for what was used of it. Raises: UnknownProduct."""
    product = products_at(at)
    named = (product.code, product.name, product.name_en, product.specification)
    found = session.execute(select(*named).where(product.code == code)).one_or_none()
    if found is None:
        raise UnknownProduct(product=code)
    return found


def products_classed(session: Session, at: datetime | None) -> Any:
    """Products as they were classed at an instant, to put many things into classes: where nothing was told of any
    since, as they are, which reads no pasts."""
    told = at is not None and session.scalar(select(ProductPast.id).where(ProductPast.until_at > at).limit(1))
    return products_at(at) if told else Product


def classes_between(
    session: Session, instants: Collection[datetime], until: datetime | None
) -> dict[int, dict[datetime | None, str]]:
    """Products that were of one class at one of these instants and of another at `until` (now, where it is none):
    the class of each at every one of them."""
    then = ProductPast.until_at > min(instants)
    # Renames are many, other classes few: who was of the class it is of now, all the time since, is not read.
    other = select(ProductPast.record_id).join(Product, Product.id == ProductPast.record_id)
    told = other.where(then, ProductPast.product_class != Product.product_class)
    query = (
        select(ProductPast.record_id, ProductPast.until_at, ProductPast.product_class, Product.product_class)
        .join(Product, Product.id == ProductPast.record_id)
        .where(ProductPast.record_id.in_(told))
        .order_by(ProductPast.record_id, ProductPast.until_at, ProductPast.id)
    )
    pasts: dict[int, list[tuple[datetime, str]]] = {}
    now: dict[int, str] = {}
    for product, ended, was, current in session.execute(query):
        pasts.setdefault(product, []).append((ended, was))
        now[product] = current
    found = {
        product: {at: _class_at(at, of, now[product]) for at in (*instants, until)} for product, of in pasts.items()
    }
    return {product: classes for product, classes in found.items() if len(set(classes.values())) > 1}


def _class_at(at: datetime | None, pasts: Collection[tuple[datetime, str]], now: str) -> str:
    """The class of the first past that ends after an instant, else that of now."""
    return next((was for ended, was in pasts if at is not None and ended > at), now)
