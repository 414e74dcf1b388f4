"""This file is offers: what suppliers ask for products on a day, found for many products at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog.agreements import agreements_in_force
from spd.catalog.models import Price, Product
from spd.parties import Party

_PART = 500  # products named in one statement


@dataclass(frozen=True, kw_only=True)
class Offer:
    """How one product comes from one supplier: at what price, settled when, in which packaging, after how long."""

    product_id: int
    supplier_id: int
    unit_price: Decimal
    settlement_mode: str
    agreed: bool
    """Whether an agreement is in force, and not only a price."""
    lead_days: int | None
    min_order_quantity: int
    order_multiple: int


def products_by_code(session: Session, codes: Sequence[str]) -> dict[str, Product]:
    """The products with these codes, retired ones too."""
    found: dict[str, Product] = {}
    for start in range(0, len(codes), _PART):
        rows = session.scalars(select(Product).where(Product.code.in_(codes[start : start + _PART])))
        found.update((product.code, product) for product in rows)
    return found


def offers(
    session: Session, *, on: date, product_ids: Sequence[int] | None = None, supplier_id: int | None = None
) -> dict[int, list[Offer]]:
    """What is offered on a day by product, the best first: agreed before not agreed, then the lower price.

    Of some products or one supplier where they are named; retired suppliers offer nothing.
    """
    if product_ids is None:
        return _best_first(_in_force(session, on, None, supplier_id))
    found: list[Offer] = []
    for start in range(0, len(product_ids), _PART):
        found += _in_force(session, on, product_ids[start : start + _PART], supplier_id)
    return _best_first(found)


def _in_force(session: Session, on: date, product_ids: Sequence[int] | None, supplier_id: int | None) -> list[Offer]:
    query = (
        select(Price.product_id, Price.supplier_id, Price.unit_price, Price.settlement_mode)
        .join(Party, Party.id == Price.supplier_id)
        .where(Price.valid_from_on <= on, (Price.valid_to_on.is_(None)) | (Price.valid_to_on >= on), ~Party.retired)
        .order_by(Price.valid_from_on)  # the newest in force overwrites those before it
    )
    if product_ids is not None:
        query = query.where(Price.product_id.in_(product_ids))
    if supplier_id is not None:
        query = query.where(Price.supplier_id == supplier_id)
    newest = {(row.supplier_id, row.product_id): row for row in session.execute(query)}
    agreed = agreements_in_force(session, on=on, product_ids=product_ids)
    found = []
    for key, row in newest.items():
        agreement = agreed.get(key)
        found.append(
            Offer(
                product_id=row.product_id,
                supplier_id=row.supplier_id,
                unit_price=row.unit_price,
                settlement_mode=row.settlement_mode,
                agreed=agreement is not None,
                lead_days=agreement.lead_days if agreement else None,
                min_order_quantity=agreement.min_order_quantity if agreement else 1,
                order_multiple=agreement.order_multiple if agreement else 1,
            )
        )
    return found


def _best_first(found: Sequence[Offer]) -> dict[int, list[Offer]]:
    by_product: dict[int, list[Offer]] = {}
    for offer in sorted(found, key=lambda one: (not one.agreed, one.unit_price, one.supplier_id)):
        by_product.setdefault(offer.product_id, []).append(offer)
    return by_product
