"""This file is refill in the demo: fixed quantities of every place, cards, a wave with a shortage, one being picked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from spd import replenishment
from spd.catalog import Product
from spd.core.errors import Conflict, Refused
from spd.demo.goods_out import UPPER
from spd.demo.world import STORE, World
from spd.places import Location
from spd.replenishment import ToAsk, ToMakeWave, ToPick, Wave, turns
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level, ToSettle

PICKED = 5
"""Packs that are picked this morning when somebody looks."""


def settle_levels(world: World, at: datetime) -> None:
    """What every place holds, asked for by the store and approved by a head nurse; a card for each bin of a ward."""
    places = dict(world.session.execute(select(Location.code, Location.id)).all())
    products = dict(world.session.execute(select(Product.code, Product.id)).all())
    levels = [
        Level(
            location_id=places[place.location],
            product_id=products[ware.code],
            pack_quantity=ware.pack or 1,
            lower=1 if ware.pack else 0,
            upper=UPPER if ware.pack else 2,
        )
        for place in world.places
        for ware in place.keeps
    ]
    approving = world.occasion(world.staff["headnurse"], at, "desk")
    fixed_quantities.settle(
        world.session,
        ToSettle(occasion=approving, levels=levels, asked_by_id=world.staff["keeper"], reason="三个月用量"),
    )
    held = fixed_quantities.in_force(world.session, {places[world.places[0].location]})
    replenishment.make_cards(world.session, world.occasion(world.staff["keeper"], at, "desk"), held)


def pick_some(world: World) -> None:
    """A request by hand; a wave of yesterday that could not bring everything; one of this morning, begun."""
    ward = world.places[0]
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
    begun = _wave(world, [ward.location, *(place.location for place in world.places[half:])], world.now)
    if begun is not None:
        _pick(world, begun, PICKED, world.now)


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
