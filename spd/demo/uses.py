"""This file is the demo's days at the bedside: what is used, on whom, and now and then a use undone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from spd import consumption, interceptions
from spd.demo.samples import Ware
from spd.demo.world import Held, Place, Stay, World

_SPECIALITY = {
    "CARD": "S01", "NEUR": "S12", "NSUR": "S12", "ORTH": "S02", "GENS": "S07", "UROL": "S07", "OBGY": "S07",
    "OPHT": "S10", "GAST": "S07", "ICUX": "S06",
}  # fmt: skip
"""Whose high-value goods a department's patients get."""

_OPERATING = {
    "theatre": ("ORTH", "ORTH", "GENS", "GENS", "NSUR", "UROL", "OBGY", "OPHT"),
    "catheter": ("CARD", "CARD", "CARD", "NEUR"),
    "endoscopy": ("GAST",),
    "respiratory": ("ICUX",),
}
"""Whose patients are treated where."""

_REASONS = ("扫错患者", "扫错包", "未拆封退回")


def spend_day(world: World, day: date, beds_scale: float) -> None:
    """One day's uses at every place, as far as the day has come."""
    quiet = 0.45 if day.weekday() >= 5 else 1.0
    for place in world.places:
        scale = quiet * beds_scale
        whole = place.beds * 0.13 * quiet if place.beds else 0.6 * scale
        for _ in range(world.chance.about(whole)):
            _use_pack(world, place, _moment(world, day))
        for _ in range(world.chance.about(place.beds * 0.08 * quiet if place.beds else 0)):
            _use_some(world, place, _moment(world, day))
        if place.profile == "emergency":
            for _ in range(world.chance.about(1.0 * scale)):
                _use_some(world, place, _moment(world, day))
        if place.profile == "laboratory":
            for _ in range(world.chance.about(2.5 * scale)):
                _use_reagent(world, place, _moment(world, day))
        if place.profile in _OPERATING and (place.beds == 0 or place.department == "ICUX"):
            for _ in range(world.chance.about((1.8 if place.beds == 0 else 0.4) * scale)):
                _operate(world, place, _moment(world, day))


def _moment(world: World, day: date) -> datetime:
    return world.at(day, world.chance.between(9, 16), world.chance.between(0, 59))


def _choose(world: World, place: Place, at: datetime, wares: list[Ware]) -> Held | None:
    day = at.astimezone(world.zone).date()
    there = [held for ware in wares for held in world.there(place.location, ware, on=day)[:1]]
    return world.chance.one_of(there) if there else None


def _use_pack(world: World, place: Place, at: datetime) -> None:
    """A whole pack, by the department; what patients pay for only where it has no patients of its own."""
    alone = place.department not in world.stays
    held = _choose(world, place, at, [w for w in place.keeps if w.pack and (alone or not w.chargeable)])
    if held and not held.opened:
        _use(world, place, held, held.quantity, at, None)


def _use_some(world: World, place: Place, at: datetime) -> None:
    """A few pieces of a pack, on a patient."""
    stays = world.stays_open(place.department, at)
    held = _choose(world, place, at, [w for w in place.keeps if w.pack and w.chargeable])
    if held and stays:
        _use(world, place, held, min(world.chance.between(1, 5), held.quantity), at, world.chance.one_of(stays))


def _use_reagent(world: World, place: Place, at: datetime) -> None:
    """So many tests of a kit, by the laboratory."""
    held = _choose(world, place, at, [w for w in place.keeps if w.cold])
    if held:
        _use(world, place, held, min(world.chance.between(5, 40), held.quantity), at, None)


def _operate(world: World, place: Place, at: datetime) -> None:
    """One procedure: a few high-value pieces, one after the other, on one patient."""
    department = world.chance.one_of(_OPERATING[place.profile])
    stays = [stay for stay in world.stays_open(department, at) if stay.operated]
    wares = [w for w in place.keeps if w.high_value and w.supplier == _SPECIALITY[department]]
    if not stays:
        return
    stay = world.chance.one_of(stays)
    for number in range(world.chance.between(1, 3)):
        moment = at + timedelta(minutes=6 * number)
        held = _choose(world, place, moment, wares)
        if held and (stay.discharged_at is None or moment <= stay.discharged_at):
            _use(world, place, held, 1, moment, stay)


def _use(world: World, place: Place, held: Held, quantity: int, at: datetime, stay: Stay | None) -> None:
    if at > world.now - timedelta(minutes=30):
        return
    device = f"pda-{place.department.lower()}"
    when = world.occasion(place.nurse_id, at, device)
    use = consumption.record_use(
        world.session,
        consumption.UseScanned(
            occasion=when,
            item=held.code,
            encounter=stay.code if stay else None,
            quantity=quantity,
            raw_scan=held.code.encode(),
        ),
    )
    interceptions.note(world.session, when, use.noted, use.about, movement_id=use.movement_id)
    if quantity == held.quantity and world.chance.happens(3):
        asked = consumption.ReversalAsked(
            occasion=world.occasion(place.nurse_id, at + timedelta(minutes=11), device),
            movement_id=use.movement_id,
            reason=world.chance.one_of(_REASONS),
        )
        consumption.reverse_use(world.session, asked)
        return
    held.quantity -= quantity
    held.opened = held.opened or bool(held.ware.pack)
    if not held.quantity:
        world.take(place.location, [held])
    world.used[held.ware.code] = world.used.get(held.ware.code, 0) + quantity
