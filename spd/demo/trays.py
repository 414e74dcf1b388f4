"""This file is what the demo's theatres have ready: kits sealed for procedures, and sets lent for operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from spd import consumption, packing, theatre
from spd.demo.kept import STENTING
from spd.demo.marks import scanned
from spd.demo.samples import Ware
from spd.demo.world import Place, World
from spd.theatre import Counted, CountedIn, CountedOut, ListedLine, SetEnding, SetListed

_SETS = (
    ("股骨近端接骨板器械组", 9, ("HV1101", "HV1102", "HV1201")),
    ("脊柱椎弓根螺钉器械组", 2, ("HV2901", "HV2902", "HV1301")),
    ("髋关节翻修备用组", 0, ("HV0801", "HV0901")),
)
"""What a set is called, how many days ago it came, and what is in it; the first has gone again, the last is awaited."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One line of a set as it is listed and as it is scanned."""

    ware: Ware
    lot: str
    serial: str
    quantity: int


def seal_kits(world: World) -> None:
    """Two kits for a stenting, as far as a place has what goes into them; one of them is taken apart again."""
    sealed = []
    card = packing.recipes_in_force(world.session)[0].code
    for number in range(2):
        at = world.now - timedelta(minutes=95 - 10 * number)
        for place in world.places:
            found = [world.there(place.location, world.wares[code], on=world.today)[:1] for code in STENTING]
            if all(found):
                things = [held for one in found for held in one]
                asked = packing.KitAsked(
                    occasion=world.occasion(place.nurse_id, at, "bench-2"), recipe=card,
                    items=[held.code for held in things],
                )  # fmt: skip
                sealed.append((packing.assemble(world.session, asked).code, place, things))
                world.take(place.location, things)
                break
    if sealed:
        _sterilise(world, sealed[0][1], [sealed[0][0]], world.now - timedelta(minutes=60), days=180)
    for code, place, things in sealed[1:]:
        apart = world.occasion(place.nurse_id, world.now - timedelta(minutes=70), "bench-2")
        packing.end(world.session, apart, code, opened=False)
        for held in things:
            world.put(place.location, held)


def lend_sets(world: World) -> None:
    """A set that was used and has gone, one that is in with a piece used, one that is awaited this afternoon."""
    room = next((place for place in world.places if place.profile == "theatre"), None)
    if room is None:
        return
    for name, ago, codes in _SETS:
        at = world.now - timedelta(days=ago, hours=3)
        pieces = [
            _piece(world, world.wares[ware], f"GT-{ago}{letter}") for ware, letter in zip(codes, "ABC", strict=False)
        ]
        listed = SetListed(
            occasion=world.occasion(room.nurse_id, at - timedelta(hours=4), "office"), name=name, supplier="S02",
            location=room.location, representative="白桦骨科 跟台员", card=f"GT-{ago:03d}",
            lines=[_line(world, one) for one in pieces],
        )  # fmt: skip
        code = theatre.list_set(world.session, listed)[0].code
        if ago:
            _count_in(world, room, code, pieces, at)
            _sterilise(world, room, [code], at + timedelta(minutes=20), days=7)
            used = _use_one(world, room, pieces[0], at + timedelta(minutes=40))
            pieces[0] = replace(pieces[0], quantity=pieces[0].quantity - used)
        if ago > _SETS[1][1]:
            _give_back(world, room, code, [one for one in pieces if one.quantity], at + timedelta(hours=6))


def _sterilise(world: World, room: Place, codes: Sequence[str], at: datetime, *, days: int) -> None:
    """A load of the steriliser, numbered by the hour."""
    load = theatre.ToSterilise(
        occasion=world.occasion(room.nurse_id, at, "cssd-1"), codes=codes, lot=f"MJ-{at:%y%m%d%H}",
        until_on=world.today + timedelta(days=days),
    )  # fmt: skip
    theatre.sterilise(world.session, load)


def _piece(world: World, ware: Ware, lot: str) -> _Piece:
    serial = world.serial() if ware.serial else ""
    return _Piece(ware=ware, lot=lot, serial=serial, quantity=1 if serial else 6)


def _line(world: World, one: _Piece) -> ListedLine:
    until = world.today + timedelta(days=700)
    return ListedLine(product=one.ware.code, lot=one.lot, serial=one.serial, quantity=one.quantity, expires_on=until)


def _counted(world: World, pieces: Sequence[_Piece]) -> list[Counted]:
    until = world.today + timedelta(days=700)
    return [
        Counted(
            scan=scanned(one.ware, 0, lot=one.lot, expires_on=until, serial=one.serial, today=world.today),
            quantity=one.quantity,
        )
        for one in pieces
    ]


def _count_in(world: World, room: Place, code: str, pieces: Sequence[_Piece], at: datetime) -> None:
    said = CountedIn(
        occasion=world.occasion(room.nurse_id, at, "pda-or"), set=code, pieces=_counted(world, pieces),
        seen_by_id=world.staff["keeper"],
    )  # fmt: skip
    theatre.count_in(world.session, said)


def _use_one(world: World, room: Place, one: _Piece, at: datetime) -> int:
    """One piece used on a patient of orthopaedics, if one is there at that moment; how many were."""
    stays = [stay for stay in world.stays_open("ORTH", at) if stay.operated]
    if not stays:
        return 0
    said = consumption.UseScanned(
        occasion=world.occasion(room.nurse_id, at, "pda-or"), encounter=world.chance.one_of(stays).code, quantity=1,
        item=scanned(one.ware, 0, lot=one.lot, expires_on=world.today + timedelta(days=700), serial=one.serial,
                     today=world.today),
    )  # fmt: skip
    consumption.record_use(world.session, said)
    return 1


def _give_back(world: World, room: Place, code: str, left: Sequence[_Piece], at: datetime) -> None:
    said = CountedOut(
        occasion=world.occasion(room.nurse_id, at, "pda-or"), set=code, pieces=_counted(world, left),
        seen_by_id=world.staff["keeper"], note="白桦骨科 跟台员",
    )  # fmt: skip
    theatre.count_out(world.session, said)
    closing = world.occasion(room.nurse_id, at + timedelta(minutes=5), "pda-or")
    theatre.close(world.session, SetEnding(occasion=closing, set=code))
