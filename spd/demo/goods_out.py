"""This file is goods going out to the demo's wards: packs made, totes sent, signed for; each on every third day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from spd import packing, replenishment
from spd.demo.goods_in import store_of
from spd.demo.samples import Ware
from spd.demo.world import STORE, Held, Place, World

UPPER = 3
"""The fixed quantity in packs: a place that has one left is brought back to three."""


def refill(world: World, places: list[Place], at: datetime, *, left: int = 1, sign: bool = True) -> None:
    """Bring these places back to their fixed quantities where no more than `left` packs are left.

    A tote that is not signed for stays on its way.
    """
    day = at.astimezone(world.zone).date()
    short = {place.location: _short(world, place, day, left) for place in places}
    need: dict[str, int] = {}
    for lines in short.values():
        for ware, packs in lines:
            need[ware.code] = need.get(ware.code, 0) + packs
    for code, packs in need.items():
        pack(world, world.wares[code], packs, at)
    for number, place in enumerate(places):
        tote = [held for ware, packs in short[place.location] for held in _packs_in_store(world, ware, day)[:packs]]
        if tote:
            send(world, tote, STORE, place, at + timedelta(minutes=30 + number), sign=sign)


def _short(world: World, place: Place, day: date, left: int) -> list[tuple[Ware, int]]:
    lines = []
    for ware in place.keeps:
        sealed = sum(not held.opened for held in world.there(place.location, ware, on=day))
        if ware.pack and sealed <= left:
            lines.append((ware, UPPER - sealed))
    return lines


def _packs_in_store(world: World, ware: Ware, day: date) -> list[Held]:
    return [held for held in world.there(STORE, ware, on=day) if held.code.startswith("P")]


def pack(world: World, ware: Ware, packs: int, at: datetime) -> None:
    """Make packs from the bulks at hand, soonest to expire first, as far as they go."""
    day = at.astimezone(world.zone).date()
    packs -= len(_packs_in_store(world, ware, day))
    for bulk in world.there(STORE, ware, on=day):
        count = min(packs, bulk.quantity // ware.pack) if bulk.code.startswith("B") else 0
        if count <= 0:
            continue
        asked = packing.PacksAsked(
            occasion=world.occasion(world.staff["keeper"], at, "bench-1"),
            sources=[bulk.code],
            quantity=ware.pack,
            count=count,
        )
        for made in packing.make_packs(world.session, asked).packs:
            world.put(STORE, Held(code=made.code, ware=ware, quantity=ware.pack, expires_on=bulk.expires_on))
        bulk.quantity -= count * ware.pack
        packs -= count


def send(world: World, tote: list[Held], store: str, place: Place, at: datetime, *, sign: bool = True) -> str:
    """A tote sent to a place and, half an hour later, signed for there; the code on its seal."""
    leaving = world.occasion(world.staff["porter"], at, "pda-porter")
    codes = [held.code for held in tote]
    asked = replenishment.ToDispatch(occasion=leaving, items=codes, to=place.location)
    sent = replenishment.dispatch(world.session, asked)
    world.take(store, tote)
    if sign:
        signing = world.occasion(place.nurse_id, at + timedelta(minutes=30), f"pda-{place.department.lower()}")
        said = replenishment.ToSign(occasion=signing, dispatch=sent.code, location=place.location)
        replenishment.sign(world.session, said)
        for held in tote:
            world.put(place.location, held)
    return sent.code


def send_whole(world: World, place: Place, at: datetime) -> None:
    """What is not packed, high-value pieces and cold boxes, goes out as it came, all that the store has of it."""
    day = at.astimezone(world.zone).date()
    by_store: dict[str, list[Held]] = {}
    for ware in place.keeps:
        if not ware.pack:
            store = store_of(ware)
            by_store.setdefault(store, []).extend(world.there(store, ware, on=day))
    for number, (store, tote) in enumerate(sorted(by_store.items())):
        if tote:
            send(world, tote, store, place, at + timedelta(minutes=2 * number))
