"""This file is what may stand on an order: products that are admitted, at the price in force, in whole packagings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from spd import licensing
from spd.catalog import NoPrice, Offer, Product, UnknownProduct, offers, products_by_code
from spd.catalog.admitted import refuse_unadmitted
from spd.core.errors import Refused
from spd.ordering.models import OrderLine
from spd.parties import Party


class NotWholePackaging(Refused):
    """Suppliers do not break packagings."""

    code = "not-whole-packaging"
    say = {
        "zh": "{product} 按每 {multiple} {unit} 整包订货, {quantity} 不是整包。改为 {nearest}。",
        "en": "{product} is ordered in packagings of {multiple} {unit}, {quantity} is not whole. Order {nearest}.",
    }


class BelowMinimum(Refused):
    """The supplier delivers no less than agreed."""

    code = "below-minimum"
    say = {
        "zh": "{product} 每次至少订 {least} {unit}, 当前为 {quantity}。",
        "en": "{product}: at least {least} {unit} are ordered at a time, not {quantity}.",
    }


class ProductTwice(Refused):
    """One product stands on one line."""

    code = "product-twice"
    say = {
        "zh": "{product} 在订单中出现两次。合并为一行。",
        "en": "{product} stands on the order twice. Make it one line.",
    }


class NothingOrdered(Refused):
    """An order without lines."""

    code = "nothing-ordered"
    say = {"zh": "订单没有明细。至少填写一行。", "en": "There is nothing on the order. Fill in one line at least."}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A line as it is asked for, in base units; `reason` is the figures behind a proposal."""

    product: str
    quantity: int
    wanted_on: date | None = None
    reason: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Orderable:
    """What was asked for, judged: the product and how the supplier offers it."""

    wanted: Wanted
    product: Product
    offer: Offer


def rounded_up(quantity: int, offer: Offer) -> int:
    """The quantity in whole packagings, and no less than the supplier delivers."""
    least = max(quantity, offer.min_order_quantity)
    return -(-least // offer.order_multiple) * offer.order_multiple


def judge(session: Session, supplier: Party, wanted: Sequence[Wanted], *, on: date) -> list[Orderable]:
    """What was asked for, each line judged; all of it, or with a refusal none.

    Raises: NothingOrdered, ProductTwice, UnknownProduct, NotAdmitted, NoPrice, BelowMinimum, NotWholePackaging,
    Unlicensed.
    """
    if not wanted:
        raise NothingOrdered()
    codes = [line.product for line in wanted]
    for code, times in Counter(codes).items():
        if times > 1:
            raise ProductTwice(product=code)
    products = products_by_code(session, codes)
    for code in codes:
        if code not in products:
            raise UnknownProduct(product=code)
    offered = offers(session, on=on, product_ids=[p.id for p in products.values()], supplier_id=supplier.id)
    judged = [_judged(line, products[line.product], offered, supplier, on) for line in wanted]
    refuse_unlicensed(session, supplier.id, [line.product.id for line in judged], on=on)
    return judged


def refuse_unlicensed(session: Session, supplier_id: int, product_ids: Sequence[int], *, on: date) -> None:
    """Refuse goods against which a licence stands that no second person has let pass today. Raises: Unlicensed."""
    licensing.refuse_unlicensed(
        session,
        [licensing.Wanted(supplier_id=supplier_id, product_id=product_id) for product_id in product_ids],
        on=on,
        act=licensing.Act.ORDER,
        override=licensing.find_override(session, supplier_id, on=on, act=licensing.Act.ORDER.value),
    )


def _judged(line: Wanted, product: Product, offered: Mapping[int, list[Offer]], supplier: Party, on: date) -> Orderable:
    refuse_unadmitted(product, on=on)
    if product.id not in offered:
        raise NoPrice(supplier=supplier.name, product=product.name, day=on.isoformat())
    offer = offered[product.id][0]
    facts = {"product": product.name, "unit": product.base_unit, "quantity": line.quantity}
    if line.quantity < offer.min_order_quantity:
        raise BelowMinimum(least=offer.min_order_quantity, **facts)
    if line.quantity % offer.order_multiple:
        raise NotWholePackaging(multiple=offer.order_multiple, nearest=rounded_up(line.quantity, offer), **facts)
    return Orderable(line, product, offer)


def written(order_id: int, version: int, number: int, line: Orderable, wanted_on: date | None) -> OrderLine:
    """The line of one version of an order, at the price of the day it was asked for."""
    proposed_in = int(line.wanted.reason.get("order_multiple", 1))
    whole = line.wanted.quantity % proposed_in == 0
    return OrderLine(
        order_id=order_id,
        version=version,
        line=number,
        product_id=line.product.id,
        quantity=line.wanted.quantity,
        order_multiple=max(line.offer.order_multiple, proposed_in if whole else 1),
        unit_price=line.offer.unit_price,
        settlement_mode=line.offer.settlement_mode,
        wanted_on=line.wanted.wanted_on or wanted_on,
        reason=json.dumps(dict(line.wanted.reason), ensure_ascii=False),
    )
