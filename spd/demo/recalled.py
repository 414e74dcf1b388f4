"""This file is the recalls of the demo: one in force with its patients, one notice not yet opened, a mock recall."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import case, func, select

from spd import recalls
from spd.catalog import Lot, Product
from spd.demo.world import World
from spd.ledger import Item, ItemStateName
from spd.recalls import Meant, Notice, PatientState, Recall


def recall_some(world: World) -> None:
    """Yesterday a maker recalled a lot of implants; this morning a notice came that nobody has opened yet."""
    yesterday = world.today - timedelta(days=1)
    month = (world.today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    recalls.run_drill(world.session, month, now=lambda: world.at(world.today.replace(day=1), 5))
    lots = _lots(world)
    if not lots:
        return
    product, _first = lots[0]
    both = ", ".join([lot for of, lot in lots if of == product][:2])
    recall = _draft(world, "DEMO-2025-017", "II", "球囊充盈压力下可能破裂", Meant(product=product, lots=both), hour=9)
    at = world.at(yesterday, 9, 20)
    recalls.open_recall(world.session, world.occasion(world.staff["quality"], at, "pc"), recall.code)
    left = recalls.unheld(world.session, recall)
    if left:
        recalls.hold(world.session, world.occasion(world.staff["quality"], at, "pc"), recall, left)
    done = world.occasion(world.staff["quality"], at + timedelta(seconds=3), "pc")
    recalls.finish(world.session, done, recall)
    _care(world, recall)
    others = [one for one in lots if one[0] != product]
    if others:
        product, lot = others[0]
        _draft(world, "DEMO-2025-021", "III", "标签印刷模糊", Meant(product=product, lots=lot), hour=16)


def _lots(world: World) -> list[tuple[str, str]]:
    """Lots of implants that were used, first those of which several were and some are here: product and lot."""
    used = func.sum(case((Item.state == ItemStateName.CONSUMED, 1), else_=0))
    here = func.sum(case((Item.state == ItemStateName.AVAILABLE, 1), else_=0))
    best = case(((used > 1) & (here > 0), 0), (here > 0, 1), else_=2)
    query = (
        select(Product.code, Lot.code)
        .join(Lot, Lot.product_id == Product.id)
        .join(Item, Item.lot_id == Lot.id)
        .where(Product.implant)
        .group_by(Product.code, Lot.code)
        .having(used > 0)
        .order_by(best, used.desc(), Product.code, Lot.code)
        .limit(60)
    )
    return [(product, lot) for product, lot in world.session.execute(query)]


def _draft(world: World, number: str, recall_class: str, reason: str, meant: Meant, *, hour: int) -> Recall:
    day = world.today - timedelta(days=1)
    notice = Notice(
        occasion=world.occasion(world.staff["quality"], world.at(day, hour), "pc"),
        number=number,
        recall_class=recall_class,
        issuer="演示药监通知",
        reason=reason,
        notice_on=day,
        targets=[meant],
    )
    return recalls.draft(world.session, notice)


def _care(world: World, recall: Recall) -> None:
    """Of every three patients one was contacted, one resolved, one waits."""
    uses = recalls.uses_page(world.session, recall, seen=None)
    patients = list(dict.fromkeys(use.patient for use in uses if use.patient))
    yesterday = world.today - timedelta(days=1)
    steps = (
        (PatientState.CONTACTED, patients[::3] + patients[1::3], "电话告知", world.today + timedelta(days=7)),
        (PatientState.RESOLVED, patients[1::3], "复查造影未见异常", None),
    )
    for number, (step, some, note, follow_up_on) in enumerate(steps):
        at = world.at(yesterday, 11 + number)
        recalls.record(
            world.session,
            recalls.Step(
                occasion=world.occasion(world.staff["quality"], at, "pc"),
                recall=recall.code,
                patients=some,
                step=step,
                note=note,
                follow_up_on=follow_up_on,
            ),
        )
