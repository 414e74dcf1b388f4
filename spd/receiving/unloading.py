"""This file is what the note takes, put down: each package as an item under its code, in its place, held or free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd import accounting, ledger
from spd.accounting import Event
from spd.catalog import Lot, SettlementMode
from spd.catalog.service import LotSeen
from spd.ledger import Draft, Item, ItemKind, ItemState, ItemStateName, MovementKind, NewItem, Step
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, End, Location
from spd.receiving.packages import Bay, Delivered, Package, one_by_one
from spd.receiving.records import Inspection


@dataclass(frozen=True)
class PutDown:
    """An item with the package it came as, and how much of it came now."""

    item: ItemState
    package: Package
    quantity: int


@dataclass
class Unloading:
    """One act of receiving, under way."""

    said: Delivered
    bay: Bay
    draft: Draft
    lots: dict[tuple[int, str], Lot]
    bulks: dict[str, ItemState]
    codes: set[str]
    decided: set[int | None] = field(default_factory=set)
    """Bulks that were inspected and decided on: what comes now is no part of them."""

    def lot_of(self, package: Package) -> Lot:
        """The lot it is of."""
        return self.lots[(package.ware.id, package.lot)]

    def place_of(self, package: Package) -> Location:
        """Where it is put: what is held goes where held goods are kept, if this hospital has such a place."""
        bay = self.bay
        if package.held and bay.quarantine is not None and bay.location.kind not in WARD_KINDS:
            return bay.quarantine
        return bay.location


def lot_seen(package: Package) -> LotSeen:
    """The lot as the label states it."""
    return LotSeen(
        product_id=package.ware.id,
        code=package.lot,
        expires_on=package.expires_on,
        produced_on=package.piece.produced_on,
        expires_at=package.expires_at,
    )


def put_down(session: Session, unloading: Unloading, packages: Sequence[Package]) -> Iterator[PutDown]:
    """Draft every package; items that earlier scans of this note began are added to. Raises: CodeTaken."""
    unloading.bulks = _bulks_begun(session, unloading, packages)
    for number, package in enumerate(packages):
        for item, quantity in _items(unloading, package, number):
            after = unloading.draft.move(item, _step(unloading, package, quantity))
            yield PutDown(after, package, quantity)


def _bulk_code(unloading: Unloading, package: Package) -> str:
    """Goods of one lot and line, put in one place, are one bulk however many cases they come in; what is held apart."""
    bay = unloading.bay
    seed = f"{bay.delivery.label}:{package.line.id}:{unloading.lot_of(package).id}:{unloading.place_of(package).id}"
    held = "".join(f":{one.reason}" for one in package.held)
    return own.derive("bulk", f"{seed}{held}".encode())


def _bulks_begun(session: Session, unloading: Unloading, packages: Sequence[Package]) -> dict[str, ItemState]:
    """The bulks that earlier scans of this note began."""
    loose = [p for p in packages if not p.piece.serial and not one_by_one(p)]
    codes = sorted({_bulk_code(unloading, package) for package in loose})
    found: dict[str, ItemState] = {}
    for start in range(0, len(codes), 500):
        rows = session.execute(select(*ledger.ITEM_COLUMNS).where(Item.code.in_(codes[start : start + 500])))
        found |= {row.code: ItemState(**row._mapping) for row in rows}
    ids = [state.id for state in found.values()]
    unloading.decided = set()
    for start in range(0, len(ids), 500):
        decided = select(Inspection.item_id).where(
            Inspection.item_id.in_(ids[start : start + 500]), Inspection.decided_at.is_not(None)
        )
        unloading.decided |= set(session.scalars(decided))
    return found


def _items(unloading: Unloading, package: Package, number: int) -> Iterator[tuple[ItemState, int]]:
    """The items a package becomes, each with its quantity."""
    if package.piece.serial:
        yield _serialised(unloading, package), package.quantity
    elif one_by_one(package):
        for piece in range(package.quantity):
            seed = f"{unloading.said.occasion.request_key}:{number}:{piece}"
            yield _create(unloading, package, own.derive("unit", seed.encode()), ItemKind.UNIT), 1
    else:
        yield _bulk(unloading, package, number), package.quantity


def _serialised(unloading: Unloading, package: Package) -> ItemState:
    code = package.piece.item_code
    if code in unloading.codes:
        raise ledger.CodeTaken(item=code)
    unloading.codes.add(code)
    return _create(unloading, package, code, ItemKind.UNIT if package.quantity == 1 else ItemKind.BULK)


def _bulk(unloading: Unloading, package: Package, number: int) -> ItemState:
    code = _bulk_code(unloading, package)
    begun = unloading.bulks.get(code)
    if begun is None or _carried_off(begun, unloading, package):
        fresh = own.derive("bulk", f"{unloading.said.occasion.request_key}:{number}".encode()) if begun else code
        unloading.bulks[code] = _create(unloading, package, fresh, ItemKind.BULK)
    return unloading.bulks[code]


def _carried_off(bulk: ItemState, unloading: Unloading, package: Package) -> bool:
    """Whether what an earlier scan began has been moved, bought, held, released or used up since."""
    as_put = (unloading.place_of(package).id, _owner(unloading.bay, package), _state(package))
    there = (bulk.location_id, bulk.owner_id, bulk.state)
    return bulk.version > 0 and (there != as_put or bulk.id in unloading.decided)


def _state(package: Package) -> str:
    return ItemStateName.HELD if package.held else ItemStateName.AVAILABLE


def _owner(bay: Bay, package: Package) -> int:
    owned = package.line.settlement_mode == SettlementMode.ON_RECEIPT
    return HOSPITAL_ID if owned else bay.delivery.supplier_id


def _create(unloading: Unloading, package: Package, code: str, kind: ItemKind) -> ItemState:
    return unloading.draft.create(
        NewItem(
            code=code,
            kind=kind,
            product_id=package.ware.id,
            lot_id=unloading.lot_of(package).id,
            serial=package.piece.serial,
            unit_price=package.line.unit_price,
            settlement_mode=package.line.settlement_mode,
            supplier_id=unloading.bay.delivery.supplier_id,
            receipt_line_id=package.line.id,
        )
    )


def _step(unloading: Unloading, package: Package, quantity: int) -> Step:
    bay = unloading.bay
    owner_id = _owner(bay, package)
    place = unloading.place_of(package)
    return Step(
        kind=MovementKind.RECEIVE,
        quantity=quantity,
        from_location_id=End.SUPPLIER,
        to_location_id=place.id,
        from_owner_id=bay.delivery.supplier_id,
        to_owner_id=owner_id,
        state_after=_state(package),
        document=bay.delivery.code,
        raw_scan=package.piece.raw,
        entry=_entry(bay, package, quantity, place) if owner_id == HOSPITAL_ID else None,
    )


def _entry(bay: Bay, package: Package, quantity: int, place: Location) -> ledger.Entry | None:
    goods = accounting.Goods(
        product_id=package.ware.id,
        product_class=package.ware.product_class,
        chargeable=package.ware.chargeable,
        amount=quantity * package.line.unit_price,
        supplier_id=bay.delivery.supplier_id,
    )
    event = Event.RECEIVE_WARD if place.kind in WARD_KINDS else Event.RECEIVE_OWNED
    return accounting.entry_for(bay.rules, event, goods, period=bay.period)
