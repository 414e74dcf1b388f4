"""This file is what the demo hospital has agreed on: fixed quantities, volume commitments, products asked for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from spd import admission, commitments, packing
from spd.admission import Admission, Assessed, Decided, Stage, Wish
from spd.catalog import Product
from spd.commitments import Promised
from spd.demo.goods_out import UPPER
from spd.demo.world import World
from spd.parties import Party
from spd.places import Department, Location
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level, ToSettle

_PROMISED = (("HV0101", 120, "2026-示-01", "冠脉支架接续采购"), ("HV0203", 60, "2026-示-02", "脊柱类带量采购"))
STENTING = ("HV0101", "HV0201", "HV0301", "HV0401", "HV0501")
_WISHES = (
    ("CARD", "可降解冠脉支架", "3.0×18mm", Decimal(12800), 4, "随访患者需要可降解方案"),
    ("ORTH", "3D 打印椎间融合器", "12×28mm", Decimal(21500), 2, "骨质疏松患者融合率不足"),
    ("RESP", "一次性密闭式吸痰管", "12Fr", Decimal("38.5"), 150, "减少交叉感染, 拟替代开放式"),
)


def fix_quantities(world: World, first: date) -> None:
    """Every packed product of every place from the first day on: at one pack it is brought back to three."""
    locations = dict(world.session.execute(select(Location.code, Location.id)).all())
    products = dict(world.session.execute(select(Product.code, Product.id)).all())
    levels = [
        Level(
            location_id=locations[place.location],
            product_id=products[ware.code],
            pack_quantity=ware.pack,
            lower=1,
            upper=UPPER,
        )
        for place in world.places
        for ware in place.keeps
        if ware.pack
    ]
    said = ToSettle(
        occasion=world.occasion(world.staff["headnurse"], world.at(first, 8), "office"),
        levels=levels,
        asked_by_id=world.staff["keeper"],
        reason="开业初始定数",
    )
    fixed_quantities.settle(world.session, said)


def propose_levels(world: World) -> None:
    """What the storekeeper proposes to the cardiology ward: less of what it holds too much of. Nobody has decided."""
    place = world.session.scalars(select(Location).where(Location.code == "CARD-K")).one_or_none()
    held = fixed_quantities.in_force(world.session, {place.id}) if place else []
    levels = [
        Level(location_id=one.location_id, product_id=one.product_id, pack_quantity=one.pack_quantity, lower=1, upper=2)
        for one in sorted(held, key=lambda level: level.product_id)[:2]
    ]
    if levels:
        when = world.occasion(world.staff["keeper"], world.at(world.today - timedelta(days=1), 16), "office")
        fixed_quantities.propose(world.session, when, levels, reason="近三月很少用到第三包")


def write_recipes(world: World, first: date) -> None:
    """How many go into a pack of each product, and what an implantation of a stent needs."""
    products = {row.code: row for row in world.session.scalars(select(Product))}
    when = world.occasion(world.staff["keeper"], world.at(first, 7, 30), "office")
    for ware in world.wares.values():
        if ware.pack:
            packing.settle(world.session, when, products[ware.code], ware.pack)
    lines = [packing.KitLine(product=products[code], quantity=1) for code in STENTING if code in products]
    said = packing.KitRecipeSaid(name="冠脉支架植入套包", name_en="Coronary stenting kit", lines=lines)
    packing.settle_recipe(world.session, when, said)


def ask_and_promise(world: World) -> None:
    """Commitments of the year, and three products asked for: one decided, one assessed, one just asked."""
    _promise(world)
    asked = _ask(world)
    for order, row in enumerate(asked[:2]):
        when = world.occasion(world.staff["buyer"], world.at(world.today - timedelta(days=5), 10 + order), "office")
        found = Assessed(
            assessment="注册证有效, 价格与同类相当, 建议限量试用。", product=f"HV99{order:02d}", base_unit="个",
            product_class="high_value",
        )  # fmt: skip
        admission.assess(world.session, when, row.id, found)
    when = world.occasion(world.staff["quality"], world.at(world.today - timedelta(days=3), 11), "office")
    until = world.today + timedelta(days=60)
    decided = Decided(stage=Stage.TEMPORARY, decision="同意试用两个月, 到期评估。", until_on=until)
    admission.decide(world.session, when, asked[0].id, decided)


def _promise(world: World) -> None:
    session, year = world.session, world.today.year
    products = {row.code: row for row in session.scalars(select(Product))}
    suppliers = {row.code: row for row in session.scalars(select(Party))}
    for hour, (code, quantity, number, name) in enumerate(_PROMISED, 9):
        if code in products:
            said = Promised(
                number=number, name=name, product=products[code], supplier=suppliers.get(world.wares[code].supplier),
                quantity=quantity, from_on=date(year, 1, 1), until_on=date(year, 12, 31),
            )  # fmt: skip
            at = world.at(world.today - timedelta(days=40), hour)
            commitments.promise(session, world.occasion(world.staff["buyer"], at, "office"), said)


def _ask(world: World) -> list[Admission]:
    departments = {row.code: row for row in world.session.scalars(select(Department))}
    asked = []
    for order, (code, name, specification, price, monthly, reason) in enumerate(_WISHES):
        at = world.at(world.today - timedelta(days=9 - order), 10)
        wish = Wish(
            department=departments[code], name=name, specification=specification, unit_price=price,
            expected_monthly=monthly, reason=reason,
        )  # fmt: skip
        when = world.occasion(world.staff["headnurse"], at, "office")
        asked.append(admission.ask(world.session, when, wish))
    return asked
