"""This file is goods coming into the demo hospital: a note from each supplier, then the scans at the bay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scanners import Scan
from spd import receiving
from spd.demo.marks import scanned
from spd.demo.samples import Ware
from spd.demo.world import COLD_STORE, HIGH_VALUE_STORE, STORE, Held, World


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many base units of a product, of one lot."""

    ware: Ware
    quantity: int
    lot: str
    expires_on: date


def wanted(world: World, ware: Ware, quantity: int, day: date) -> Wanted:
    """An order of at least that much: whole cases, or whole boxes of what is kept cold."""
    whole = ware.box if ware.cold or ware.high_value else ware.box * ware.case
    life = world.chance.between(150, 400) if ware.cold else world.chance.between(360, 900)
    return Wanted(
        ware=ware,
        quantity=-(-quantity // whole) * whole,
        lot=world.chance.lot(day - timedelta(days=30)),
        expires_on=day + timedelta(days=life),
    )


def store_of(ware: Ware) -> str:
    """Where a product is put away."""
    if ware.high_value:
        return HIGH_VALUE_STORE
    return COLD_STORE if ware.cold else STORE


def order(world: World, lines: Iterable[Wanted], at: datetime, *, shelve: bool = True) -> None:
    """Have goods announced and received: one note for each supplier and store, closed when all has come.

    What is not shelved lies in the store, and the story forgets it: slow movers that come near their expiry.
    """
    by_note: dict[tuple[str, str], list[Wanted]] = {}
    for line in lines:
        by_note.setdefault((line.ware.supplier, store_of(line.ware)), []).append(line)
    for number, ((supplier, store), goods) in enumerate(sorted(by_note.items(), key=lambda note: note[0])):
        moment = at + timedelta(minutes=7 * number)
        code = announce(world, supplier, goods, moment - timedelta(hours=18))
        for held in unload(world, code, store, goods, moment):
            if shelve:
                world.put(store, held)
        occasion = world.occasion(world.staff["keeper"], moment + timedelta(minutes=5), "bay-1")
        receiving.close_delivery(world.session, occasion, code)


def announce(world: World, supplier: str, goods: Sequence[Wanted], at: datetime) -> str:
    """A supplier's note on record; its number."""
    world.notes += 1
    code = f"DN{at.astimezone(world.zone):%y%m%d}-{world.notes:04d}"
    lines = [
        receiving.AnnouncedLine(product=g.ware.code, quantity=g.quantity, lot=g.lot, expires_on=g.expires_on)
        for g in goods
    ]
    occasion = world.occasion(world.staff["buyer"], at, "office")
    receiving.announce(world.session, receiving.Announced(occasion=occasion, code=code, supplier=supplier, lines=lines))
    return code


def unload(world: World, code: str, store: str, goods: Sequence[Wanted], at: datetime) -> list[Held]:
    """What came, each thing under its code."""
    occasion = world.occasion(world.staff["keeper"], at, "bay-1")
    took_temperature(world, code, goods, at)
    arrivals = [arrival for line in goods for arrival in _arrivals(world, line, occasion.day)]
    said = receiving.Delivered(occasion=occasion, delivery=code, location=store, arrivals=arrivals)
    receipt = receiving.receive(world.session, said)
    days = {(line.ware.code, line.lot): line.expires_on for line in goods}
    return [
        Held(
            code=item.code,
            ware=world.wares[item.product],
            quantity=item.quantity,
            expires_on=days[(item.product, item.lot)],
        )
        for item in receipt.items
    ]


def took_temperature(world: World, code: str, lines: Sequence[Wanted], at: datetime) -> None:
    """Cold goods come as cold as they should."""
    if any(line.ware.cold for line in lines):
        tenths = world.chance.between(26, 68)
        occasion = world.occasion(world.staff["keeper"], at - timedelta(minutes=2), "bay-1")
        receiving.measure(world.session, receiving.Measured(occasion=occasion, delivery=code, tenths=tenths))


def _arrivals(world: World, line: Wanted, today: date) -> list[receiving.Arrived]:
    ware = line.ware
    if ware.serial:
        return [receiving.Arrived(scan=_scan(line, 0, today, world.serial())) for _ in range(line.quantity)]
    full = 0 if ware.case == 1 else line.quantity // (ware.box * ware.case)
    loose = (line.quantity - full * ware.box * ware.case) // ware.box
    counts = ((1, full), (0, loose))
    return [receiving.Arrived(scan=_scan(line, level, today), count=count) for level, count in counts if count]


def _scan(line: Wanted, level: int, today: date, serial: str = "") -> Scan:
    return scanned(line.ware, level, lot=line.lot, expires_on=line.expires_on, serial=serial, today=today)
