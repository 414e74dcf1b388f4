"""This file is keeping wards supplied while a set is replayed: received in cases, packed, delivered when short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import packing, receiving, replenishment
from spd.catalog import Product
from spd.exchange.synthea.acts import Replay
from spd.exchange.synthea.catalogue import Ware
from spd.exchange.synthea.hospital import STORE
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location

RECEIVED, PACKED, SENT, SIGNED = timedelta(hours=4), timedelta(hours=3), timedelta(hours=2), timedelta(hours=1)
"""How long before a use its goods came, were packed, left the store, were signed for."""


@dataclass
class Stock:
    """What lies where of the set's supplies: (place, product) to [code, base units left], in the order it came."""

    there: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def on_hand(cls, session: Session) -> Stock:
        """As it stands: what an interrupted run has left is used up first."""
        query = (
            select(Location.code, Product.code, Item.code, Item.quantity)
            .join(Location, Location.id == Item.location_id)
            .join(Product, Product.id == Item.product_id)
            .where(
                Product.code.startswith("SUP-"),
                Item.quantity > 0,
                Item.kind.in_([ItemKind.PACK, ItemKind.BULK]),
                Item.state.in_([ItemStateName.AVAILABLE, ItemStateName.OPEN]),
            )
            .order_by(Item.id)
        )
        stock = cls()
        for place, product, code, quantity in session.execute(query):
            stock.put(place, product, code, quantity)
        return stock

    def put(self, place: str, product: str, code: str, quantity: int) -> None:
        """Note that an item lies there."""
        self.there.setdefault((place, product), []).append((code, quantity))

    def quantity(self, place: str, product: str) -> int:
        """Base units there."""
        return sum(quantity for _, quantity in self.there.get((place, product), []))

    def draw(self, place: str, product: str, wanted: int) -> list[tuple[str, int]]:
        """So many base units taken from there: which items, and how many of each."""
        drawn = []
        items = self.there.get((place, product), [])
        while wanted:
            code, quantity = items.pop(0)
            taken = min(quantity, wanted)
            drawn.append((code, taken))
            wanted -= taken
            if taken < quantity:
                items.insert(0, (code, quantity - taken))
        return drawn


def supply(session: Session, replay: Replay, stock: Stock, ware: Ware, ward: str) -> list[tuple[str, int]]:
    """The packs that a row's quantity comes out of, and how many of each.

    A ward that has too little is first brought to twice what it needs just now.
    """
    wanted = replay.row.quantity
    there = stock.quantity(ward, ware.code)
    if there < wanted:
        packs = _packs(session, replay, stock, ware, -(-(2 * wanted - there) // ware.pack))
        deliver(session, replay, packs, ward)
        for code in packs:
            stock.put(ward, ware.code, code, ware.pack)
    return stock.draw(ward, ware.code, wanted)


def deliver(session: Session, replay: Replay, codes: Sequence[str], ward: str) -> None:
    """Send items from the store to a ward, which signs for them."""
    sent = replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=replay.occasion("dispatch", before=SENT), items=codes, to=ward)
    )
    said = replenishment.ToSign(occasion=replay.occasion("sign", before=SIGNED), dispatch=sent.code, location=ward)
    replenishment.sign(session, said)


def receive(session: Session, replay: Replay, ware: Ware, arrived: receiving.Arrived, units: int) -> str:
    """The code of what came in: announced by its supplier, then scanned at the store."""
    note = receiving.announce(
        session,
        receiving.Announced(
            occasion=replay.occasion("announce", before=RECEIVED),
            code=f"SYN-{replay.occasion('announce').request_key.hex[:20]}",
            supplier=ware.supplier,
            lines=[receiving.AnnouncedLine(product=ware.code, quantity=units)],
        ),
    )
    occasion = replay.occasion("receive", before=RECEIVED)
    said = receiving.Delivered(occasion=occasion, delivery=note.code, location=STORE, arrivals=[arrived])
    receipt = receiving.receive(session, said)
    receiving.close_delivery(session, occasion, note.code)
    return receipt.items[0].code


def _packs(session: Session, replay: Replay, stock: Stock, ware: Ware, count: int) -> list[str]:
    """So many packs, from the bulks in the store, or from new cases where they do not suffice."""
    missing = count * ware.pack - _packable(stock, ware)
    if missing > 0:
        cases = -(-missing // ware.case)
        lot = f"L{replay.at:%Y%m%d}"
        scan = Scan(raw=ware.code, kind="unknown", data=ware.code, di=ware.code, issuer="house", lot=lot)
        units = cases * ware.case
        bulk = receive(session, replay, ware, receiving.Arrived(scan=scan, count=cases), units)
        stock.put(STORE, ware.code, bulk, units)
    made: list[str] = []
    for number, (bulk, quantity) in enumerate(list(stock.there[(STORE, ware.code)])):
        packs = min(count - len(made), quantity // ware.pack)
        if packs:
            made += _pack(session, replay, ware, bulk, packs, f"pack:{number}")
            stock.there[(STORE, ware.code)].remove((bulk, quantity))
            if quantity > packs * ware.pack:
                stock.there[(STORE, ware.code)].insert(0, (bulk, quantity - packs * ware.pack))
    return made


def _packable(stock: Stock, ware: Ware) -> int:
    return sum(quantity // ware.pack * ware.pack for _, quantity in stock.there.get((STORE, ware.code), []))


def _pack(session: Session, replay: Replay, ware: Ware, bulk: str, count: int, step: str) -> list[str]:
    occasion = replay.occasion(step, before=PACKED)
    asked = packing.PacksAsked(occasion=occasion, sources=[bulk], quantity=ware.pack, count=count)
    return [pack.code for pack in packing.make_packs(session, asked).packs]
