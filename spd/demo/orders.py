"""This file is the demo's orders: one partly delivered, one to be answered, one to be approved, one all delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from spd import ordering, receiving
from spd.demo.goods_in import Wanted, store_of, unload, wanted
from spd.demo.world import World
from spd.ordering import Order, ToOrder
from spd.receiving import Announced, AnnouncedLine, AnnouncedPackage


def add(world: World) -> None:
    """Orders of the last days, told through the same acts as real ones."""
    today = world.today
    stents = [_goods(world, code, 6, today - timedelta(days=9)) for code in ("HV0101", "HV0105")]
    part = _through(world, "S01", stents, today - timedelta(days=9), "submit", "approve", "send")
    ordering.answer(world.session, world.occasion(world.staff["supplier"], _at(world, today, 8), "portal"), part, [])
    some = [_part(line, 4) for line in stents]
    _deliver(world, part, some, today - timedelta(days=5), invoices=("HD-SC-0101", "HD-YS-0101"))
    _through(world, "S01", [_goods(world, "HV0203", 5, today)], today - timedelta(days=1), "submit", "approve", "send")
    care = [_goods(world, code, 1, today) for code in ("LV0801", "LV1002")]
    _through(world, "S08", care, today - timedelta(days=1), "submit")
    gauze = [_goods(world, "LV0101", 1, today - timedelta(days=12))]
    done = _through(world, "S04", gauze, today - timedelta(days=12), "submit", "approve", "send")
    _deliver(world, done, gauze, today - timedelta(days=7), invoices=("HD-A-0007", "HD-B-0007", "HD-C-0007"))


def _at(world: World, day: date, days_before: int) -> datetime:
    return world.at(day - timedelta(days=days_before), 11)


def _goods(world: World, code: str, least: int, day: date) -> Wanted:
    return wanted(world, world.wares[code], least, day)


def _part(line: Wanted, quantity: int) -> Wanted:
    return Wanted(ware=line.ware, quantity=quantity, lot=line.lot, expires_on=line.expires_on)


def _through(world: World, supplier: str, goods: Sequence[Wanted], day: date, *steps: str) -> Order:
    """An order placed that day, and taken through these steps."""
    asked = ToOrder(
        supplier=supplier,
        location=store_of(goods[0].ware),
        lines=[ordering.Wanted(product=line.ware.code, quantity=line.quantity) for line in goods],
        wanted_on=day + timedelta(days=7),
    )
    order = ordering.place(world.session, world.occasion(world.staff["buyer"], world.at(day, 9), "office"), [asked])[0]
    for number, step in enumerate(steps, 1):
        who = world.staff["finance" if step == "approve" else "buyer"]
        ordering.decide(world.session, world.occasion(who, world.at(day, 9, 10 * number), "office"), order, step)
    return order


def _deliver(world: World, order: Order, goods: Sequence[Wanted], day: date, *, invoices: Sequence[str]) -> None:
    """A note of an order, one case for each line, received and finished."""
    world.notes += 1
    code = f"DN{day:%y%m%d}-{world.notes:04d}"
    note = Announced(
        occasion=world.occasion(world.staff["buyer"], world.at(day, 7, 30), "office"),
        code=code,
        supplier=goods[0].ware.supplier,
        lines=[
            AnnouncedLine(
                product=line.ware.code, quantity=line.quantity, lot=line.lot, expires_on=line.expires_on,
                order=order.code,
            )
            for line in goods
        ],
        packages=[AnnouncedPackage(line=number, quantity=line.quantity) for number, line in enumerate(goods, 1)],
        slip_number=f"SX{day:%y%m%d}",
        invoices=invoices,
    )  # fmt: skip
    ordering.announce(world.session, note)
    unload(world, code, store_of(goods[0].ware), goods, world.at(day, 10))
    keeper = world.occasion(world.staff["keeper"], world.at(day, 10, 20), "bay-1")
    receiving.close_delivery(world.session, keeper, code)
