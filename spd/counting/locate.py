"""This file is from a scan to the things at a place: one coded thing, or under a maker's code a heap of one lot."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanners import Scan
from spd import stock
from spd.catalog import find_packaging
from spd.catalog.mapping import find_level
from spd.counting.refusals import SeveralHere
from spd.ledger import ItemKind, ItemStateName, UnknownItem
from spd.places import Location
from spd.stock import Goods
from spd.stock.goods import find_goods_here

_ONE = ("owner_id", "supplier_id", "unit_price", "settlement_mode")


def located(session: Session, place: Location, said: str | Scan) -> list[Goods]:
    """The things a label is on, by number; none where nobody knows it.

    Raises: NotAnItem, SeveralLots, SeveralHere, LabelInDoubt.


    A maker's code without a serial says product and lot: it is all that lies here loose of them, counted as one heap.
    """
    if isinstance(said, Scan) and not said.is_own and said.di and not said.serial and said.doubt is None:
        return _heap(session, place, said)
    try:
        found = stock.find_goods(session, stock.item_code(session, said))
    except UnknownItem:
        return []
    return [] if found is None else [found]


def _heap(session: Session, place: Location, scan: Scan) -> list[Goods]:
    assert scan.di is not None
    known = find_packaging(session, scan.di) or find_level(session, scan.di)
    if known is None:
        return []
    here = find_goods_here(session, place.id, known.product_id, lot=scan.lot)
    loose = [goods for goods in here if not goods.item.serial and _is_loose(goods)]
    if len({goods.lot for goods in loose}) > 1:
        raise stock.SeveralLots(product=loose[0].name)
    if any(len({getattr(goods.item, name) for goods in loose}) > 1 for name in _ONE):
        raise SeveralHere(name=loose[0].name)
    return loose


def _is_loose(goods: Goods) -> bool:
    return goods.item.kind == ItemKind.BULK or goods.item.state == ItemStateName.OPEN
