"""This file is from a scan to the item it is on: our own label, then a serial, then product and lot here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.orm import Session

from scanners import Scan
from scanners.merge import merge
from spd import policies
from spd.catalog import Product, find_packaging
from spd.catalog.mapping import find_level, one_package
from spd.core.errors import NotFound, Refused
from spd.ledger import UnknownItem, find_item_state
from spd.stock.doubtful import in_doubt, refuse_doubtful
from spd.stock.goods import Goods, find_goods_of_product, goods_with
from spd.stock.opened import open_packs

ITEM_LABELS = ("unit", "pack", "bulk", "kit")


class SeveralLots(Refused):
    """The label says which product but not which lot, and more than one is here."""

    code = "several-lots"
    error = "E01"
    say = {
        "zh": "此处有 {product} 的多个批号。扫描带批号的码, 或扫院内码。",
        "en": "Several lots of {product} are here. Scan the code with the lot, or the house label.",
    }


class NotAnItem(Refused):
    """The code is of something else: a person, a place, a wristband, a document."""

    code = "not-an-item"
    error = "E01"
    say = {
        "zh": "此码是{kind}, 不是物品。扫描物品上的码。",
        "en": "This code is a {kind}, not an item. Scan the code on the item.",
    }


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What one label is here: an item, or a product at one of its packaging levels, or neither.

    scan: all codes of the label as one; item: its code; base_units: in one such package; counted: in as many as the
    label itself says it holds, where it does; refusal: why it is no item.
    """

    scan: Scan
    item: str | None = None
    product: Product | None = None
    level: str | None = None
    base_units: int | None = None
    counted: int | None = None
    refusal: NotFound | Refused | None = None


def identify(session: Session, codes: Sequence[Scan], *, departments: frozenset[int] | None = None) -> Identified:
    """What the codes of one label are: our own label before GS1 with lot or serial, and that before a bare GTIN.

    Any packaging level of a product is found, also one the catalogue knows only through another; identifiers of several
    issuers that the catalogue has for one package are one. Raises: ValueError for
    no codes.
    """
    scan = merge(codes, same=partial(one_package, session)) if len(codes) > 1 else codes[0]
    level = find_level(session, scan.bound_by) if scan.bound_by else None
    found = Identified(scan=scan)
    if level is not None:
        found = Identified(
            scan=scan,
            product=session.get_one(Product, level.product_id),
            level=level.level,
            base_units=level.base_units,
            counted=level.base_units * (scan.quantity or 1),
        )
    try:
        return replace(found, item=item_code(session, scan, departments=departments))
    except (NotFound, Refused) as refusal:
        return replace(found, refusal=refusal)


def item_code(session: Session, said: str | Scan, *, departments: frozenset[int] | None = None) -> str:
    """The code of the item a label is on; of equal ones the first to take. `departments` is where to look.

    A code already known (text) is itself. Activities ask this after they have looked whether the act was done before:
    by then the item may be gone. Raises: NotAnItem, SeveralLots, LabelInDoubt, UnknownItem.
    """
    if isinstance(said, str):
        return said
    scan = said
    if scan.kind in ITEM_LABELS and scan.code:
        return scan.code
    if scan.is_own:
        raise NotAnItem(kind=scan.kind)
    doubt = scan.doubt
    if scan.di and scan.serial and (doubt is None or _is_item(session, scan)):
        return f"{scan.di}.{scan.serial}"
    if scan.di and (doubt is None or scan.ambiguous):
        # A level that the catalogue does not name is reckoned from its family, which costs more: only then.
        known = find_packaging(session, scan.di) or find_level(session, scan.di)
        lot = scan.lot if doubt is None or known is None else _lot_here(session, scan, known.product_id, departments)
        if known is not None:
            return _of_product(session, scan, known.product_id, lot, departments)
    if find_item_state(session, scan.data):
        return scan.data
    if scan.kind == "trace" and (packaging := find_packaging(session, scan.data[:7])):
        return _of_product(session, scan, packaging.product_id, scan.lot, departments)
    refuse_doubtful(scan)
    raise UnknownItem(item=scan.code or scan.data)


def _is_item(session: Session, scan: Scan) -> bool:
    """Whether a thing is kept under just this serial, so that it is no matter that it breaks its standard."""
    return not scan.ambiguous and find_item_state(session, f"{scan.di}.{scan.serial}") is not None


def _lot_here(session: Session, scan: Scan, product_id: int, departments: frozenset[int] | None) -> str:
    """The lot of the one reading of a label of which something lies here. Raises: LabelInDoubt."""
    there = find_goods_of_product(session, product_id, lot=None, departments=departments)
    held = {(goods.lot, goods.item.serial or None) for goods in there}
    found = {(one.lot, one.serial) for one in scan.alternatives if one.di == scan.di and (one.lot, one.serial) in held}
    if len(found) == 1:
        [(lot, serial)] = found
        if lot and serial is None:  # a serial is never bound by what may be chance
            return lot
    raise in_doubt(scan)


def goods_of(session: Session, said: Sequence[str | Scan], departments: frozenset[int] | None = None) -> list[Goods]:
    """The items said or scanned, each once. Raises: NotAnItem, SeveralLots, LabelInDoubt, UnknownItem."""
    wanted = list(dict.fromkeys(item_code(session, one, departments=departments) for one in said))
    found = goods_with(session, wanted)
    for code in wanted:
        if code not in found:
            raise UnknownItem(item=code)
    return [found[code] for code in wanted]


def _of_product(
    session: Session, scan: Scan, product_id: int, lot: str | None, departments: frozenset[int] | None
) -> str:
    """What lies here of the product and lot."""
    found = find_goods_of_product(session, product_id, lot=lot, departments=departments)
    usable = [goods for goods in found if not goods.item.serial and goods.item.state in ("open", "available")]
    if not usable:
        raise UnknownItem(item=scan.data)
    if len({goods.lot for goods in usable}) > 1:
        if (drawn := _first_open(session, usable)) is not None:
            return drawn
        raise SeveralLots(product=usable[0].name)
    opened = [goods for goods in usable if goods.item.state == "open"]
    return (opened or usable)[0].item.code


def _first_open(session: Session, usable: Sequence[Goods]) -> str | None:
    """The open pack that ends first, where the ward draws the product piece by piece: pieces carry no lot to scan."""
    opened = {goods.item.code: goods for goods in usable if goods.item.state == "open"}
    for goods in opened.values():
        if goods.department_id and policies.mode_of(session, goods.item.product_id, goods.department_id).loose:
            packs = open_packs(session, goods.item.product_id, goods.department_id, when=None)
            return next((pack.item for pack in packs if pack.item in opened), None)
    return None
