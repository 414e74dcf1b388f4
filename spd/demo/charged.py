"""This file is what HIS charged in the demo: most uses as they were, some not, some otherwise; reconciled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import aliased

from spd import reconciliation
from spd.catalog import Lot, Product
from spd.core.money import to_cent
from spd.core.occasion import Occasion, digest_of
from spd.demo.world import World
from spd.encounters import Encounter
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.reconciliation import CaseAct, Charged, Resolution, Verdict, Window

_DAYS = 20
_FORGOTTEN, _DEARER, _ONE_MORE, _NEXT_DAY, _NOTHING = 41, 67, 53, 31, 73
"""One use in so many is not charged, dearer, one too many, a day later; one charge in so many is of nothing."""


def bill(world: World) -> None:
    """Charge lines of the last weeks, sent as one span, and matched with what was used."""
    session = world.session
    since = world.at(world.today - timedelta(days=_DAYS), 0)
    lines = [line for line in _lines(world, since) if line.charged_at < world.now]
    if not lines:
        return
    occasion = _says(world, "his", "charges")
    window = Window(since=since, until=world.now)
    reconciliation.keep_charges(session, occasion, lines, window=window)
    reconciliation.reconcile(session, at=world.now)
    forgotten = (
        select(reconciliation.ChargeCase)
        .where(reconciliation.ChargeCase.verdict == Verdict.USED_NOT_CHARGED)
        .order_by(reconciliation.ChargeCase.id)
    )
    for number, case in enumerate(session.scalars(forgotten.limit(2)).all()):
        act = CaseAct(occasion=_says(world, "finance", f"case {number}"), case=case.id)
        reconciliation.take(session, act)
        if number == 0:
            done = CaseAct(
                occasion=_says(world, "finance", "resolved"), case=case.id, resolution=Resolution.CHARGED,
                reason="已补收",
            )  # fmt: skip
            reconciliation.resolve(session, done)


def _says(world: World, who: str, what: str) -> Occasion:
    key = uuid5(NAMESPACE_OID, f"spd:demo:{what}:{world.now.isoformat()}")
    return Occasion(
        request_key=key, staff_id=world.staff[who], occurred_at=world.now, recorded_at=world.now, day=world.today,
        device="his", content=digest_of(str(key)),
    )  # fmt: skip


def _lines(world: World, since: Any) -> Iterator[Charged]:
    for number, use in enumerate(world.session.execute(_uses(since)), 1):
        if number % _FORGOTTEN == 0:
            continue
        quantity = use.quantity + (number % _ONE_MORE == 0)
        price = use.unit_price + (Decimal(1) if number % _DEARER == 0 else 0)
        at = use.occurred_at + (timedelta(days=1) if number % _NEXT_DAY == 0 else timedelta(minutes=3))
        line = Charged(
            number=f"H{number:07d}", encounter=use.encounter, department_id=use.department_id,
            charge_code=use.charge_code or use.code, quantity=quantity, unit_price=price,
            amount=to_cent(quantity * price), charged_at=at, day=at.astimezone(world.zone).date(),
            item=use.item if use.kind == ItemKind.UNIT else "", lot=use.lot,
        )  # fmt: skip
        yield line
        if number % _NOTHING == 0:
            yield Charged(**vars(line) | {"number": f"{line.number}-2", "item": "", "lot": ""})


_UNDONE = aliased(Movement)


def _uses(since: Any) -> Any:
    """Chargeable uses on stays that nobody has undone, in the order they were done."""
    return (
        select(
            Movement.quantity, Movement.occurred_at, Movement.department_id, Item.unit_price, Item.kind,
            Item.code.label("item"), Lot.code.label("lot"), Encounter.code.label("encounter"), Product.charge_code,
            Product.code,
        )
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(_UNDONE, _UNDONE.reverses_id == Movement.id)
        .where(
            Movement.kind == MovementKind.CONSUME, Product.chargeable, _UNDONE.id.is_(None),
            Movement.occurred_at >= since,
        )
        .order_by(Movement.occurred_at, Movement.id)
    )  # fmt: skip
