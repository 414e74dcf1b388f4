"""This file is what was scanned at the bay, resolved: each package's product, lot, quantity and line of the note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd.accounting import Rules
from spd.catalog import Packaging, Product, ProductClass
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.places import Location
from spd.receiving.models import Delivery
from spd.receiving.notes import LineState
from spd.stock.safety import refuse_expired


class UnknownCode(NotFound):
    """The scan was read, and nothing in the catalogue carries it."""

    code = "unknown-code"
    error = "E01"
    say = {
        "zh": "目录中没有此码 {scan}。换扫另一个码; 或请采购员绑定到品规。",
        "en": "Nothing in the catalogue carries {scan}. Scan the other code, or ask a buyer to bind it to a product.",
    }


class NotOnNote(Refused):
    """The product or lot is not on this note."""

    code = "not-on-note"
    error = "E10"
    say = {
        "zh": "{product} 批号 {lot} 不在本送货单上。放在一边, 核对另一张送货单。",
        "en": "{product} lot {lot} is not on this note. Put it aside and check the other notes.",
    }


class OverDelivered(Refused):
    """More than the note states: it is never received."""

    code = "over-delivered"
    error = "E09"
    say = {
        "zh": "{product} 超出送货单: 单上 {stated}, 将收 {would}。多出的退回供应商。",
        "en": "{product} is more than the note states: {stated} stated, {would} with this. Return the rest.",
    }


class LotMissing(Refused):
    """The label does not say which lot it is."""

    code = "lot-missing"
    error = "E01"
    say = {
        "zh": "{product} 的标签没有批号。扫另一个码, 或键入批号和效期。",
        "en": "The label of {product} has no lot. Scan the other code, or key in lot and expiry.",
    }


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """One scanned package; what the label lacks was keyed in. `count` is packages of this kind."""

    scan: Scan
    count: int = 1
    lot: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What was scanned of one note at one place."""

    occasion: Occasion
    delivery: str
    location: str
    arrivals: Sequence[Arrived]
    near_days: int = 180


@dataclass(frozen=True, kw_only=True)
class Package:
    """A scanned package, resolved: so many base units of one product and lot, on one line of the note."""

    arrived: Arrived
    product: Product
    quantity: int
    lot: str
    expires_on: date | None
    line: LineState


@dataclass
class Bay:
    """The receiving bay: the note, what has come of each line, where it is put."""

    delivery: Delivery
    location: Location
    lines: list[LineState]
    came: dict[int, int]
    rules: Rules
    period: str


def one_by_one(package: Package) -> bool:
    """High-value goods without a serial are labelled piece by piece: one code, one item."""
    return package.product.product_class == ProductClass.HIGH_VALUE and not package.arrived.scan.serial


def resolve(session: Session, said: Delivered, bay: Bay) -> list[Package]:
    """What each scan is, in the order scanned. Raises: UnknownCode, NotOnNote, OverDelivered, LotMissing, Expired."""
    carriers = sorted({a.scan.di for a in said.arrivals if a.scan.di})
    known: dict[str, tuple[Packaging, Product]] = {}
    for start in range(0, len(carriers), 500):
        query = (
            select(Packaging, Product)
            .join(Product, Product.id == Packaging.product_id)
            .where(Packaging.code.in_(carriers[start : start + 500]))
        )
        known.update((packaging.code, (packaging, product)) for packaging, product in session.execute(query))
    return [_package(bay, arrived, known, said) for arrived in said.arrivals]


def _package(bay: Bay, arrived: Arrived, known: dict[str, tuple[Packaging, Product]], said: Delivered) -> Package:
    scan = arrived.scan
    if scan.di is None or scan.di not in known:
        raise UnknownCode(scan=scan.di or scan.data)
    packaging, product = known[scan.di]
    lot = scan.lot or arrived.lot or ""
    expires_on = scan.expires_on or arrived.expires_on
    quantity = packaging.base_units * arrived.count
    line = _line_for(bay, product, lot, quantity)
    refuse_expired(expires_on or line.expires_on, on=said.occasion.day)
    bay.came[line.id] += quantity
    return Package(
        arrived=arrived,
        product=product,
        quantity=quantity,
        lot=lot or line.lot,
        expires_on=expires_on or line.expires_on,
        line=line,
    )


def _line_for(bay: Bay, product: Product, lot: str, quantity: int) -> LineState:
    """The line it comes on: of this product and lot, with room left."""
    of_product = [line for line in bay.lines if line.product_id == product.id]
    mine = [line for line in of_product if line.lot in ("", lot) or (not lot and len(of_product) == 1)]
    if not mine:
        raise NotOnNote(product=product.name, lot=lot or "-")
    for line in mine:
        if bay.came[line.id] + quantity <= line.quantity:
            if not lot and not line.lot:
                raise LotMissing(product=product.name)
            return line
    stated = sum(line.quantity for line in mine)
    raise OverDelivered(product=product.name, stated=stated, would=sum(bay.came[ln.id] for ln in mine) + quantity)
