"""This file is what a change of place means in money: central stock to ward stock and back, title on issue."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd import accounting
from spd.accounting import Event
from spd.catalog import SettlementMode
from spd.ledger import Entry
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, LocationKind
from spd.stock import Goods


def passes_title(goods: Goods, to_kind: str) -> bool:
    """Whether the hospital comes to own it by the ward's signature."""
    mode = goods.item.settlement_mode
    return mode == SettlementMode.ON_ISSUE and goods.item.owner_id != HOSPITAL_ID and to_kind in WARD_KINDS


def event_of(goods: Goods, from_kind: str, to_kind: str) -> Event | None:
    """The event of a change of place; none within the store, between wards, or of a consignor's goods."""
    if passes_title(goods, to_kind):
        return Event.ISSUE_TITLE
    if goods.item.owner_id != HOSPITAL_ID or from_kind == to_kind:
        return None
    if from_kind == LocationKind.STORE and to_kind in WARD_KINDS:
        return Event.ISSUE_OWNED
    if from_kind in WARD_KINDS and to_kind == LocationKind.STORE:
        return Event.RETURN_OWNED
    return None


def entry_of(session: Session, goods: Goods, from_kind: str, to_kind: str, *, period: str) -> Entry | None:
    """The entry of a change of place, or none where no money moves."""
    event = event_of(goods, from_kind, to_kind)
    if event is None:
        return None
    return accounting.entry_for(
        accounting.load_rules(session, period),
        event,
        accounting.Goods(
            product_id=goods.item.product_id,
            product_class=goods.product_class,
            chargeable=goods.chargeable,
            amount=goods.item.quantity * goods.item.unit_price,
            supplier_id=goods.item.supplier_id,
        ),
        period=period,
    )
