"""This file is receiving: each scan of a case or a unit becomes an item, accountable from that moment.

One scan and five thousand go the same way: everything is looked up in sets, drafted, and written as one act.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd import accounting, ledger, stock
from spd.accounting import Event
from spd.catalog import Lot, Product, SettlementMode, get_or_add_lots
from spd.catalog.service import LotSeen
from spd.ledger import Draft, Item, ItemKind, ItemState, ItemStateName, Movement, MovementKind, NewItem, Step
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, End, get_location
from spd.receiving.notes import DeliveryClosed, get_delivery, lines_received, open_for_receiving
from spd.receiving.packages import Bay, Delivered, Package, one_by_one, resolve
from spd.stock.deny_list import Arriving
from spd.stock.safety import refuse_recalled


@dataclass(frozen=True, kw_only=True)
class ReceivedItem:
    """One item that is now accountable."""

    code: str
    kind: str
    product: str
    name: str
    name_en: str
    lot: str
    expires_on: date | None
    quantity: int
    owned: bool
    needs_label: bool


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was received by one act."""

    delivery: str
    items: tuple[ReceivedItem, ...]
    cautions: tuple[stock.Caution, ...]
    repeated: bool = False


@dataclass
class _Unloading:
    """One act of receiving, under way."""

    said: Delivered
    bay: Bay
    draft: Draft
    lots: dict[tuple[int, str], Lot]
    bulks: dict[str, ItemState]
    codes: set[str]

    def lot_of(self, package: Package) -> Lot:
        return self.lots[(package.product.id, package.lot)]


def receive(session: Session, said: Delivered) -> Receipt:
    """Make every scanned package accountable, each under its code; all of them, or with a refusal none.

    Goods settled on receipt are ours at once and accrue the payable; others stay the supplier's (pre-receipt).

    Raises: KeyReused, UnknownDelivery, DeliveryClosed, UnknownLocation, UnknownCode, LotMissing, NotOnNote,
    OverDelivered, Expired, Recalled, LotDiffers, CodeTaken, Racing.
    """
    if done := ledger.find_done(session, said.occasion):
        return _told_again(session, said, done)
    bay = _bay(session, said)
    packages = resolve(session, said, bay)
    refuse_recalled(session, (_arriving(package) for package in packages))
    unloading = _Unloading(
        said=said,
        bay=bay,
        draft=Draft(session, said.occasion, expected=sum(p.quantity if one_by_one(p) else 1 for p in packages)),
        lots=get_or_add_lots(session, (_lot_seen(package) for package in packages)),
        bulks={},
        codes=set(),
    )
    unloading.bulks = _bulks_begun(session, unloading, packages)
    received: dict[int, ReceivedItem] = {}
    for number, package in enumerate(packages):
        for item, quantity in _items(unloading, package, number):
            unloading.draft.move(item, _step(unloading, package, item, quantity))
            before = received.get(item.id)
            total = quantity + (before.quantity if before else 0)
            received[item.id] = _received(item, package, unloading.lot_of(package), total)
    unloading.draft.write()
    return _receipt(said, bay.delivery.code, received, on=said.occasion.day)


def _bay(session: Session, said: Delivered) -> Bay:
    delivery = get_delivery(session, said.delivery)
    if not open_for_receiving(session, delivery):
        raise DeliveryClosed(delivery=delivery.code)
    lines = lines_received(session, delivery)
    return Bay(
        delivery=delivery,
        location=get_location(session, said.location),
        lines=lines,
        came={line.id: line.received for line in lines},
        rules=accounting.load_rules(session),
        period=ledger.open_period(said.occasion.day, ledger.closed_through(session)),
    )


def _lot_seen(package: Package) -> LotSeen:
    return LotSeen(
        product_id=package.product.id,
        code=package.lot,
        expires_on=package.expires_on,
        produced_on=package.arrived.scan.produced_on,
    )


def _arriving(package: Package) -> Arriving:
    return Arriving(
        product_id=package.product.id,
        lot=package.lot,
        serial=package.arrived.scan.serial or "",
        expires_on=package.expires_on,
        produced_on=package.arrived.scan.produced_on,
    )


def _bulk_code(unloading: _Unloading, package: Package) -> str:
    """Goods of one lot and line, put in one place, are one bulk however many cases they come in."""
    bay = unloading.bay
    seed = f"{bay.delivery.label}:{package.line.id}:{unloading.lot_of(package).id}:{bay.location.id}"
    return own.derive("bulk", seed.encode())


def _bulks_begun(session: Session, unloading: _Unloading, packages: list[Package]) -> dict[str, ItemState]:
    """The bulks that earlier scans of this note began."""
    loose = [p for p in packages if not p.arrived.scan.serial and not one_by_one(p)]
    codes = {_bulk_code(unloading, package) for package in loose}
    if not codes:
        return {}
    found = session.execute(select(*ledger.ITEM_COLUMNS).where(Item.code.in_(codes)))
    return {row.code: ItemState(**row._mapping) for row in found}


def _items(unloading: _Unloading, package: Package, number: int) -> Iterator[tuple[ItemState, int]]:
    """The items a package becomes, each with its quantity."""
    if package.arrived.scan.serial:
        yield _serialised(unloading, package), package.quantity
    elif one_by_one(package):
        for piece in range(package.quantity):
            seed = f"{unloading.said.occasion.request_key}:{number}:{piece}"
            yield _create(unloading, package, own.derive("unit", seed.encode()), ItemKind.UNIT), 1
    else:
        yield _bulk(unloading, package, number), package.quantity


def _serialised(unloading: _Unloading, package: Package) -> ItemState:
    code = f"{package.arrived.scan.di}.{package.arrived.scan.serial}"
    if code in unloading.codes:
        raise ledger.CodeTaken(item=code)
    unloading.codes.add(code)
    return _create(unloading, package, code, ItemKind.UNIT if package.quantity == 1 else ItemKind.BULK)


def _bulk(unloading: _Unloading, package: Package, number: int) -> ItemState:
    code = _bulk_code(unloading, package)
    begun = unloading.bulks.get(code)
    if begun is None or _carried_off(begun, unloading.bay, _owner(unloading.bay, package)):
        fresh = own.derive("bulk", f"{unloading.said.occasion.request_key}:{number}".encode()) if begun else code
        unloading.bulks[code] = _create(unloading, package, fresh, ItemKind.BULK)
    return unloading.bulks[code]


def _carried_off(bulk: ItemState, bay: Bay, owner_id: int) -> bool:
    """Whether what an earlier scan began has been moved, bought, held or used up since."""
    there = (bulk.location_id, bulk.owner_id, bulk.state) == (bay.location.id, owner_id, ItemStateName.AVAILABLE)
    return bulk.version > 0 and not there


def _owner(bay: Bay, package: Package) -> int:
    owned = package.line.settlement_mode == SettlementMode.ON_RECEIPT
    return HOSPITAL_ID if owned else bay.delivery.supplier_id


def _create(unloading: _Unloading, package: Package, code: str, kind: ItemKind) -> ItemState:
    return unloading.draft.create(
        NewItem(
            code=code,
            kind=kind,
            product_id=package.product.id,
            lot_id=unloading.lot_of(package).id,
            serial=package.arrived.scan.serial or "",
            unit_price=package.line.unit_price,
            settlement_mode=package.line.settlement_mode,
            supplier_id=unloading.bay.delivery.supplier_id,
            receipt_line_id=package.line.id,
        )
    )


def _step(unloading: _Unloading, package: Package, item: ItemState, quantity: int) -> Step:
    bay = unloading.bay
    owner_id = _owner(bay, package)
    return Step(
        kind=MovementKind.RECEIVE,
        quantity=quantity,
        from_location_id=End.SUPPLIER,
        to_location_id=bay.location.id,
        from_owner_id=bay.delivery.supplier_id,
        to_owner_id=owner_id,
        state_after=ItemStateName.AVAILABLE,
        document=bay.delivery.code,
        raw_scan=package.arrived.scan.raw.encode("utf-8", "surrogateescape"),
        entry=_entry(bay, package, quantity) if owner_id == HOSPITAL_ID else None,
    )


def _entry(bay: Bay, package: Package, quantity: int) -> ledger.Entry | None:
    goods = accounting.Goods(
        product_id=package.product.id,
        product_class=package.product.product_class,
        chargeable=package.product.chargeable,
        amount=quantity * package.line.unit_price,
        supplier_id=bay.delivery.supplier_id,
    )
    event = Event.RECEIVE_WARD if bay.location.kind in WARD_KINDS else Event.RECEIVE_OWNED
    return accounting.entry_for(bay.rules, event, goods, period=bay.period)


def _received(item: ItemState, package: Package, lot: Lot, quantity: int) -> ReceivedItem:
    return ReceivedItem(
        code=item.code,
        kind=item.kind,
        product=package.product.code,
        name=package.product.name,
        name_en=package.product.name_en,
        lot=lot.code,
        expires_on=lot.expires_on,
        quantity=quantity,
        owned=package.line.settlement_mode == SettlementMode.ON_RECEIPT,
        needs_label=own.is_own(item.code),
    )


def _receipt(
    said: Delivered, delivery: str, received: dict[int, ReceivedItem], *, on: date, repeated: bool = False
) -> Receipt:
    nearest = min((item.expires_on for item in received.values() if item.expires_on), default=None)
    return Receipt(
        delivery=delivery,
        items=tuple(received.values()),
        cautions=tuple(stock.near_expiry(nearest, on=on, near_days=said.near_days)),
        repeated=repeated,
    )


def _told_again(session: Session, said: Delivered, done: list[Movement]) -> Receipt:
    """The receipt as it was answered the first time, from the movements it made."""
    query = (
        select(Item, Product, Lot, Movement.quantity, Movement.to_owner_id)
        .join(Movement, Movement.item_id == Item.id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Movement.request_key == said.occasion.request_key)
        .order_by(Movement.line)
    )
    items: dict[int, ReceivedItem] = {}
    for item, product, lot, quantity, owner in session.execute(query):
        before = items.get(item.id)
        told: dict[str, Any] = {
            "code": item.code, "kind": item.kind, "product": product.code, "name": product.name,
            "name_en": product.name_en, "lot": lot.code, "expires_on": lot.expires_on, "quantity": quantity,
            "owned": owner == HOSPITAL_ID, "needs_label": own.is_own(item.code),
        }  # fmt: skip
        items[item.id] = replace(before, quantity=before.quantity + quantity) if before else ReceivedItem(**told)
    return _receipt(said, done[0].document, items, on=done[0].day_on, repeated=True)
