"""This file is refill in the demo: bin cards, a request, a wave that came short, one being picked, a stranded pack."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from spd import packing, replenishment
from spd.catalog import Lot, Product
from spd.core.errors import Conflict, Refused
from spd.demo.goods_out import pack, send
from spd.demo.world import STORE, Held, World
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location
from spd.replenishment import ToAsk, ToMakeWave, ToPick, Wave, turns
from spd.stock import fixed_quantities

PICKED = 5
"""Packs that are picked this morning when somebody looks."""
SOON = timedelta(days=60)


def pick_some(world: World) -> None:
    """Bin cards of a ward, a request by hand, a wave that could not bring everything, one of this morning, begun."""
    ward = world.places[0]
    here = world.session.scalars(select(Location.id).where(Location.code == ward.location)).one()
    carding = world.occasion(world.staff["keeper"], world.now - timedelta(hours=3), "desk")
    replenishment.make_cards(world.session, carding, fixed_quantities.in_force(world.session, {here}))
    ware = next(ware for ware in ward.keeps if ware.pack)
    asked = world.occasion(ward.nurse_id, world.now - timedelta(hours=2), "pda-card")
    said = ToAsk(occasion=asked, location=ward.location, product=ware.code, packs=2, reason="加床两张")
    replenishment.ask(world.session, said)
    half = len(world.places) // 2
    earlier = _wave(world, [place.location for place in world.places[1:half]], world.now - timedelta(hours=20))
    if earlier is not None:
        _pick(world, earlier, 200, world.now - timedelta(hours=19))
        ending = world.occasion(world.staff["keeper"], world.now - timedelta(hours=18), "pda-store")
        replenishment.finish(world.session, ending, earlier)
    _strand(world)
    _pack_ahead(world)
    begun = _wave(world, [ward.location, *(place.location for place in world.places[half:])], world.now)
    if begun is not None:
        _pick(world, begun, PICKED, world.now)


def _strand(world: World) -> None:
    """Packs that soon expire, brought by mistake to a place that does not use them; elsewhere they would be used."""
    query = (
        select(Item.code, Item.quantity, Product.code.label("product"), Lot.expires_on)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Location.code == STORE, Item.kind == ItemKind.BULK, Item.state == ItemStateName.AVAILABLE)
        .where(Lot.expires_on > world.today + timedelta(days=14), Lot.expires_on < world.today + SOON)
        .order_by(Item.id)
    )
    for bulk in world.session.execute(query).all():
        ware = world.wares[bulk.product]
        strangers = [place for place in world.places if ware not in place.keeps]
        if not ware.pack or bulk.quantity < ware.pack or not strangers:
            continue
        at = world.now - timedelta(hours=6)
        when = world.occasion(world.staff["keeper"], at, "bench-1")
        asked = packing.PacksAsked(occasion=when, sources=[bulk.code], quantity=ware.pack, count=1)
        (made,) = packing.make_packs(world.session, asked).packs
        held = Held(code=made.code, ware=ware, quantity=ware.pack, expires_on=bulk.expires_on)
        world.put(STORE, held)
        send(world, [held], STORE, strangers[0], at + timedelta(minutes=30))


def _pack_ahead(world: World) -> None:
    """Most of what is needed lies there sealed; the last pack of each product must be made first."""
    wanted: dict[str, int] = {}
    for need in replenishment.needs(world.session, on=world.today):
        wanted[need.product_code] = wanted.get(need.product_code, 0) + need.need
    for code, packs in sorted(wanted.items()):
        if world.wares[code].pack and packs > 1:
            pack(world, world.wares[code], packs - 1, world.now - timedelta(hours=1))


def _wave(world: World, places: list[str], at: datetime) -> Wave | None:
    when = world.occasion(world.staff["keeper"], at - timedelta(minutes=20), "desk")
    try:
        return replenishment.make_wave(world.session, ToMakeWave(occasion=when, store=STORE, locations=places))
    except Refused:
        return None


def _pick(world: World, wave: Wave, most: int, at: datetime) -> None:
    """So many packs picked, as the page shows them; what is not there is given up."""
    day = at.astimezone(world.zone).date()
    for number in range(most):
        turn = turns.next_pick(world.session, wave, on=day)
        if turn is None:
            return
        if turn.item is None:
            replenishment.set_short(world.session, wave, turn.number)
            continue
        when = world.occasion(world.staff["keeper"], at - timedelta(seconds=600 - number), "pda-store")
        try:
            replenishment.pick(world.session, ToPick(occasion=when, wave=wave.code, item=turn.item))
        except (Refused, Conflict):
            replenishment.set_short(world.session, wave, turn.number)
