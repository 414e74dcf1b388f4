"""This file is the demo's story: three months of a hospital, told day by day through the same acts as real days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from spd.demo import bay
from spd.demo.books import Books
from spd.demo.goods_in import Wanted, announce, order, store_of, unload, wanted
from spd.demo.goods_out import UPPER, refill, send_whole
from spd.demo.samples import Ware
from spd.demo.uses import spend_day
from spd.demo.world import STORE, World

DAYS = 92
_DAYS_LEFT = (-2, 6, 18, 45, 80)
"""How long slow movers still last today: one is past its day, the others are near it."""
Progress = Callable[[str, int, int], None]


def tell(world: World, first: date, beds: int, progress: Progress) -> None:
    """Everything from the first delivery to what waits this morning."""
    _stock_up(world, first)
    books = Books(world)
    days = (world.today - first).days
    for number in range(1, days + 1):
        day = first + timedelta(days=number)
        last = day == world.today
        if not last:
            if day.weekday() in (1, 4):
                _reorder(world, day)
            refill(world, world.places[number % 3 :: 3], world.at(day, 7, 5))
            if number % 20 == 0 and days - number > 15:
                _forget(world, day)
        spend_day(world, day, beds / 120)
        if not last:
            books.day(day)
        progress("days", number, days)
    _leave_open(world)


def _stock_up(world: World, first: date) -> None:
    """The first day: the stores are filled, then every place."""
    kept = {ware.code: ware for place in world.places for ware in place.keeps}
    lines = [wanted(world, ware, _target(world, ware), first) for ware in kept.values()]
    order(world, lines, world.at(first, 8))
    refill(world, world.places, world.at(first, 13))
    for number, place in enumerate(world.places):
        send_whole(world, place, world.at(first, 15, 2 * number % 60))


def _target(world: World, ware: Ware) -> int:
    """How much of a product the house holds before orders come in."""
    keepers = sum(ware in place.keeps for place in world.places)
    if ware.high_value:
        return 3 if ware.price < 1000 else 2
    return ware.box * 2 if ware.cold else ware.pack * 4 * keepers


def _reorder(world: World, day: date) -> None:
    """What has been used since the last order comes again, in whole cases, where the store runs low."""
    lines = []
    for code, quantity in sorted(world.used.items()):
        ware = world.wares[code]
        left = sum(held.quantity for held in world.there(store_of(ware), ware, on=day) if held.code[0] == "B")
        if ware.high_value or left < _target(world, ware) // 2:
            lines.append(wanted(world, ware, quantity, day))
            world.used.pop(code)
    if lines:
        order(world, lines, world.at(day, 8))
        for number, place in enumerate(world.places):
            send_whole(world, place, world.at(day, 14, 2 * number % 60))


def _forget(world: World, day: date) -> None:
    """Slow movers, which lie in the store and soon expire: some in a few days, some in weeks."""
    wares = [ware for ware in world.wares.values() if ware.pack]
    lines = [
        Wanted(
            ware=ware,
            quantity=ware.box * ware.case,
            lot=world.chance.lot(day - timedelta(days=300)),
            expires_on=world.today + timedelta(days=left),
        )
        for ware, left in zip(world.chance.some_of(wares, len(_DAYS_LEFT)), _DAYS_LEFT, strict=True)
    ]
    order(world, lines, world.at(day, 10), shelve=False)


def _leave_open(world: World) -> None:
    """What waits today: totes on their way, notes not yet received, one of them begun."""
    early = world.now < world.at(world.today, 8)
    yesterday = world.today - timedelta(days=1)
    morning = world.at(yesterday, 17) if early else world.at(world.today, 7, 5)
    waiting = [place for place in world.places if place.department in ("CARD", "GENS", "ORTH", "RESP", "EMER", "ORMA")]
    refill(world, waiting, morning, left=UPPER - 1, sign=False)
    asked = world.at(yesterday, 16)
    stents = [wanted(world, world.wares[code], 3, yesterday) for code in ("HV0101", "HV0105", "HV0203")]
    gauze = [wanted(world, world.wares[code], 1, yesterday) for code in ("LV0101", "LV0502", "LV0703")]
    care = [wanted(world, world.wares[code], 1, yesterday) for code in ("LV0801", "LV1002")]
    announce(world, "S01", stents, asked)
    announce(world, "S04", gauze, asked + timedelta(minutes=9))
    begun = announce(world, "S08", care, asked + timedelta(minutes=18))
    for held in unload(world, begun, STORE, care[:1], morning - timedelta(minutes=45)):
        world.put(STORE, held)
    bay.set_up(world, morning - timedelta(minutes=30))
