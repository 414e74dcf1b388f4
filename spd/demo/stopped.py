"""This file is what the demo's house has stopped: things on hold, asked to be written off, put aside, and lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from spd import disposal, holding
from spd.demo.world import STORE, Held, World
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import get_item_state
from spd.stock import expiry, holds
from spd.stock.holds import HoldReason


def stop(world: World) -> None:
    """This night's hold on what has expired, and what people stopped, asked for and decided on in the last hour."""
    night = world.occasion(world.staff["keeper"], min(world.at(world.today, 0, 5), world.now), "worker")
    expiry.hold_expired(world.session, night)
    damaged, checked, lost, soiled, found = (held.code for held in _one_a_place(world)[:5])
    at = world.now - timedelta(minutes=58)
    _hold(world, damaged, HoldReason.DAMAGED, "外包装破损", at)
    _hold(world, checked, HoldReason.INSPECTION, "标签字迹不清, 待核对", at + timedelta(minutes=2))
    _ask(world, lost, Why.LOST, "盘点未找到", at + timedelta(minutes=4))
    for number, (code, why) in enumerate(((soiled, Why.CONTAMINATED), (found, Why.LOST))):
        document = _ask(world, code, why, "", at + timedelta(minutes=6 + number))
        approving = world.occasion(world.staff["quality"], at + timedelta(minutes=12 + number), "office-1")
        disposal.approve(world.session, Decision(occasion=approving, document=document, note="同意"))
    back = world.occasion(world.staff["keeper"], at + timedelta(minutes=20), "bench-1")
    disposal.find_again(world.session, disposal.Found(occasion=back, item=found, note="货架后方找到"))
    _send_back(world, at + timedelta(minutes=30))


def _one_a_place(world: World) -> list[Held]:
    """A sealed pack of each place that has one."""
    found = []
    for place in world.places:
        there = [held for ware in place.keeps for held in world.there(place.location, ware, on=world.today)]
        sealed = (held for held in there if held.ware.pack and not held.opened)
        found += [held for held in sealed if get_item_state(world.session, held.code).state == "available"][:1]
    return found


def _hold(world: World, code: str, reason: HoldReason, note: str, at: datetime) -> None:
    why = holds.Why(reason=reason, note=note)
    occasion = world.occasion(world.staff["keeper"], at, "pda-store")
    holding.hold(world.session, holding.ToHold(occasion=occasion, why=why, items=[code]))


def _ask(world: World, code: str, why: Why, note: str, at: datetime) -> str:
    occasion = world.occasion(world.staff["keeper"], at, "pda-store")
    lines = [Asked(item=code)]
    asked = ToDispose(occasion=occasion, kind=Kind.WRITE_OFF, lines=lines, reason=why, note=note)
    return disposal.ask(world.session, asked)[0].code


def _send_back(world: World, at: datetime) -> None:
    """A case of two slow movers: one gone with its supplier, one put aside."""
    there = [held for (place, _ware), shelf in sorted(world.shelves.items()) if place == STORE for held in shelf]
    bulks = [held for held in there if held.code.startswith("B") and held.quantity > held.ware.box]
    for number, held in enumerate(bulks[:2]):
        occasion = world.occasion(world.staff["keeper"], at + timedelta(minutes=number), "pda-store")
        lines = [Asked(item=held.code, quantity=held.ware.box)]
        asked = ToDispose(occasion=occasion, kind=Kind.RETURN, lines=lines, reason=Why.UNUSED)
        document = disposal.prepare(world.session, asked)[0].code
        if number == 0:
            leaving = world.occasion(world.staff["keeper"], at + timedelta(minutes=10), "bench-1")
            disposal.sign_out(world.session, Decision(occasion=leaving, document=document, note="供应商司机"))
