"""This file is the receiving bay of the demo hospital this morning: cases listed by SSCC, pieces aside, goods held."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from spd import receiving
from spd.demo.goods_in import Wanted, announce
from spd.demo.marks import scanned
from spd.demo.world import STORE, World
from spd.receiving import Arrived, AsideKind, Delivered, DeliveryPackage, InspectionReason

PREFIX = "0690000000"
"""Of a company that is not: its serial shipping container codes are nobody's."""


def set_up(world: World, at: datetime) -> None:
    """A pallet that waits, and a note of which one case is held, one came over, and one is damaged."""
    day = at.astimezone(world.zone).date()
    care = [_line(world, code, day) for code in ("LV0101", "LV0801")]
    pallet = announce(world, care[0].ware.supplier, care[:1], at - timedelta(hours=15))
    _list_cases(world, pallet, care[0])
    note = announce(world, care[1].ware.supplier, care[1:], at - timedelta(hours=14))
    case = scanned(care[1].ware, 1, lot=care[1].lot, expires_on=care[1].expires_on, serial="", today=day)
    held = receiving.Quarantine(reason=InspectionReason.DAMAGED_PACKAGING)
    for number, more in enumerate(({"quarantine": held}, {}, {"refused": AsideKind.DAMAGED})):
        receiving.receive(
            world.session,
            Delivered(
                occasion=world.occasion(world.staff["keeper"], at + timedelta(minutes=number), "bay-1"),
                delivery=note,
                location=STORE,
                arrivals=[Arrived(scan=case)],
                aside=True,
                **more,  # type: ignore[arg-type]
            ),
        )


def _line(world: World, code: str, day: date) -> Wanted:
    ware = world.wares[code]
    quantity = ware.box * ware.case
    lot = world.chance.lot(day - timedelta(days=40))
    return Wanted(ware=ware, quantity=quantity, lot=lot, expires_on=day + timedelta(days=700))


def _list_cases(world: World, code: str, line: Wanted) -> None:
    """The note's goods as two cases on one pallet, each with a number of its own."""
    note = receiving.get_delivery(world.session, code)
    pallet = DeliveryPackage(delivery_id=note.id, sscc=_sscc(1), quantity=0)
    world.session.add(pallet)
    world.session.flush()  # its cases name it
    first = line.quantity // 2
    for number, quantity in enumerate((first, line.quantity - first), 2):
        if quantity:
            world.session.add(
                DeliveryPackage(
                    delivery_id=note.id, sscc=_sscc(number), parent_id=pallet.id, delivery_line_id=note.lines[0].id,
                    lot=line.lot, expires_on=line.expires_on, quantity=quantity,
                )
            )  # fmt: skip
    world.session.flush()  # the summary reads them


def _sscc(number: int) -> str:
    """Eighteen digits with GS1's check digit."""
    body = f"{PREFIX}{number:07d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"
