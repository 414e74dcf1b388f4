"""This file is receiving: each scan of a case or a unit becomes an item, accountable from that moment.

One scan and five thousand go the same way: everything is looked up in sets, judged, drafted, and written as one act.
What the note does not take is put aside in the same act, so that it is either received or on the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd import accounting, ledger, policies, stock
from spd.catalog import Lot, Product, SettlementMode, get_or_add_lots
from spd.ledger import Draft, Item, Movement
from spd.parties import HOSPITAL_ID
from spd.places import get_location
from spd.receiving import alarms, aside, cold, inspecting, pieces
from spd.receiving.aside import PutAside
from spd.receiving.judging import judge
from spd.receiving.notes import DeliveryClosed, get_delivery, lines_received, open_for_receiving
from spd.receiving.packages import Bay, Delivered, Package, one_by_one
from spd.receiving.records import InspectionReason
from spd.receiving.unloading import PutDown, Unloading, lot_seen, put_down
from spd.stock import Caution

_POLICIES = (
    "expiry.receipt_days", "expiry.receipt_block_days", "receiving.cold_low_tenths", "receiving.cold_high_tenths",
    "receiving.quarantine", "receiving.unlicensed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReceivedItem:
    """One item that is now accountable. held: why it may not be used yet, empty where it may."""

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
    held: str = ""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was received by one act, what was put aside, and the codes that had been received before."""

    delivery: str
    items: tuple[ReceivedItem, ...]
    cautions: tuple[Caution, ...]
    asides: tuple[PutAside, ...] = ()
    already: tuple[str, ...] = ()
    repeated: bool = False


def receive(session: Session, said: Delivered) -> Receipt:
    """Make every scanned package accountable, each under its code; all of them, or with a refusal none.

    Goods settled on receipt are ours at once and accrue the payable; others stay the supplier's (pre-receipt). Where
    `said.aside`, what the note does not take is put aside instead of refused.

    Raises: KeyReused, UnknownDelivery, DeliveryClosed, UnknownLocation, PackageReceived, CodeTaken, LabelInDoubt,
    Recalled, Expired, UnknownCode, LotDiffers, TooNearExpiry, Unlicensed, NotOnNote, LotMissing, ExpiryMissing,
    TemperatureMissing, OverDelivered, Racing.
    """
    if done := ledger.find_done(session, said.occasion):
        return _told_again(session, said, done)
    if (kept := aside.find_told(session, said.occasion)) is not None:
        return Receipt(
            delivery=get_delivery(session, said.delivery).code,
            items=(),
            cautions=(),
            asides=tuple(kept),
            repeated=True,
        )
    bay = _bay(session, said)
    heard = pieces.hear(session, bay.delivery, said.arrivals, zone=said.occasion.zone)
    judged = judge(session, said, bay, heard.pieces)
    packages, raised = alarms.arrive(session, said.occasion, bay.delivery.code, judged.packages)
    put = _unload(session, said, bay, packages)
    pieces.note_packages(session, said.occasion, heard.packages)
    inspecting.note_held(session, said.occasion, bay, put)
    if judged.asides:
        aside.keep(session, said.occasion, bay, judged.asides)
    return Receipt(
        delivery=bay.delivery.code,
        items=_received(put),
        cautions=_cautions(bay, packages, raised),
        asides=tuple(aside.find_told(session, said.occasion) or ()) if judged.asides else (),
        already=tuple(judged.repeats),
    )


def _bay(session: Session, said: Delivered) -> Bay:
    delivery = get_delivery(session, said.delivery)
    if not open_for_receiving(session, delivery):
        raise DeliveryClosed(delivery=delivery.code)
    lines = lines_received(session, delivery)
    location = get_location(session, said.location)
    held = policies.several(session, *_POLICIES)
    kept_apart = str(held.pop("receiving.quarantine"))
    period = ledger.posting_period(session, said.occasion.day)
    return Bay(
        delivery=delivery,
        location=location,
        quarantine=get_location(session, kept_apart) if kept_apart else None,
        lines=lines,
        came={line.id: line.received for line in lines},
        rules=accounting.load_rules(session, period),
        period=period,
        policies=held,
        temperature=cold.newest(session, delivery),
        when=said.occasion.moment,
    )


def _unload(session: Session, said: Delivered, bay: Bay, packages: Sequence[Package]) -> list[PutDown]:
    if not packages:
        return []
    unloading = Unloading(
        said=said,
        bay=bay,
        draft=Draft(session, said.occasion, expected=sum(p.quantity if one_by_one(p) else 1 for p in packages)),
        lots=get_or_add_lots(session, (lot_seen(package) for package in packages)),
        bulks={},
        codes=set(),
    )
    put = list(put_down(session, unloading, packages))
    unloading.draft.write()
    return put


def _received(put: Sequence[PutDown]) -> tuple[ReceivedItem, ...]:
    received: dict[int, ReceivedItem] = {}
    for one in put:
        before = received.get(one.item.id)
        received[one.item.id] = (
            replace(before, quantity=before.quantity + one.quantity) if before is not None else _told(one)
        )
    return tuple(received.values())


def _told(one: PutDown) -> ReceivedItem:
    package = one.package
    return ReceivedItem(
        code=one.item.code,
        kind=one.item.kind,
        product=package.ware.code,
        name=package.ware.name,
        name_en=package.ware.name_en,
        lot=package.lot,
        expires_on=package.expires_on,
        quantity=one.quantity,
        owned=package.line.settlement_mode == SettlementMode.ON_RECEIPT,
        needs_label=own.is_own(one.item.code),
        held=package.held[0].reason.value if package.held else "",
    )


def _cautions(bay: Bay, packages: Sequence[Package], raised: Sequence[Caution]) -> tuple[Caution, ...]:
    nearest = min((package.expires_on for package in packages if package.expires_on), default=None)
    near = stock.near_expiry(nearest, on=bay.on, near_days=bay.policies["expiry.receipt_days"])
    reasons = {one.reason: one.note for package in packages for one in package.held}
    held = [inspecting.caution(reason, note) for reason, note in reasons.items()]
    return (*raised, *held, *near)


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
    held = inspecting.held_by(session, said.occasion)
    items: dict[int, ReceivedItem] = {}
    for item, product, lot, quantity, owner in session.execute(query):
        before = items.get(item.id)
        told: dict[str, Any] = {
            "code": item.code, "kind": item.kind, "product": product.code, "name": product.name,
            "name_en": product.name_en, "lot": lot.code, "expires_on": lot.expires_on, "quantity": quantity,
            "owned": owner == HOSPITAL_ID, "needs_label": own.is_own(item.code),
            "held": held[item.id][0] if item.id in held else "",
        }  # fmt: skip
        items[item.id] = replace(before, quantity=before.quantity + quantity) if before else ReceivedItem(**told)
    near_days = policies.get(session, "expiry.receipt_days")
    nearest = min((item.expires_on for item in items.values() if item.expires_on), default=None)
    near = stock.near_expiry(nearest, on=done[0].day_on, near_days=near_days)
    told_held = [inspecting.caution(InspectionReason(reason), note) for reason, note in dict(held.values()).items()]
    return Receipt(
        delivery=done[0].document,
        items=tuple(items.values()),
        cautions=(*alarms.raised(session, said.occasion), *told_held, *near),
        asides=tuple(aside.find_told(session, said.occasion) or ()),
        repeated=True,
    )
