"""This file is a kit opened at its use: all that is in it is used on the patient, each thing at its own price.

What was not needed after all is undone piece by piece, and is the ward's loose stock then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, stock
from spd.consumption.by_whom import from_other, moved_over
from spd.consumption.charging import tell_charge
from spd.consumption.judging import ALSO, Noted, mode_of
from spd.consumption.record import (
    DOWNTIME,
    Bedside,
    UseScanned,
    entry_of,
    judged_use,
    note_operation,
    step_of,
)
from spd.consumption.sold import note_sale
from spd.encounters import Encounter
from spd.ledger import Draft, Item, ItemStateName, Movement, MovementKind
from spd.stock import Caution, Goods, kit_fitness, kits
from spd.stock.use_findings import Registered


@dataclass(frozen=True, kw_only=True)
class KitUse:
    """A kit that was used: what was in it, for whom, at what cost."""

    kit: str
    items: tuple[str, ...]
    movement_ids: tuple[int, ...]
    encounter: str | None
    patient_name: str
    department: str
    cost: Decimal
    cautions: tuple[Caution, ...] = ()
    repeated: bool = False
    registered: bool = False
    """The registration of each thing in it was on record, and covered the day it was made."""
    noted: tuple[tuple[int, tuple[Noted, ...], Mapping[str, Any]], ...] = field(default=(), compare=False)
    """By movement, what the rules found and let pass, and what that was about."""


def use_kit(session: Session, use: UseScanned) -> KitUse:
    """The kit opened, and everything in it charged to the department and the encounter: one act, all of it or nothing.

    Consignors' things become the hospital's by it. Asked again with the same key, the first use is returned.

    Raises: KeyReused, UnknownKit, UnknownEncounter, UnknownDepartment, KitEnded, KitStopped, KitNotSterile, KitApart,
    then what `record_use` raises of each thing, NoRule, Moved, Racing.
    """
    assert isinstance(use.item, str), "a kit is known by its code"
    kit = kits.get_kit(session, use.item)
    if done := ledger.find_done(session, use.occasion):
        return _told_again(session, kit, done)
    goods = kits.inside(session, kit)
    kit_fitness.refuse_unfit(session, kit, goods, when=use.occasion.moment)
    draft = Draft(session, use.occasion, expected=len(goods))
    used = [_used(session, draft, use, kit, number, one) for number, one in enumerate(goods, 1)]
    kits.end(session, use.occasion, kit, kits.OPENED)
    movements = [row for row in draft.write() if row["kind"] == MovementKind.CONSUME]
    note_operation(session, use.occasion, movements, [one.bedside for one in used])
    first = used[0].bedside
    return KitUse(
        kit=kit.code, items=tuple(one.item.code for one in goods), movement_ids=tuple(row["id"] for row in movements),
        encounter=first.stay.code if first.stay else None, patient_name=first.stay.patient_name if first.stay else "",
        department=first.user.code, cost=sum((one.item.quantity * one.item.unit_price for one in goods), Decimal(0)),
        cautions=tuple(dict.fromkeys(caution for one in used for caution in one.known)),
        registered=all(one.registered for one in used),
        noted=tuple((row["id"], one.noted, one.about) for row, one in zip(movements, used, strict=True) if one.noted),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Used:
    """One thing of the kit as it was used."""

    bedside: Bedside
    known: tuple[Caution, ...]
    noted: tuple[Noted, ...]
    about: Mapping[str, Any]
    registered: bool


def _used(session: Session, draft: Draft, use: UseScanned, kit: kits.Kit, number: int, one: Goods) -> _Used:
    """One thing of the kit, held against every rule that a scan of its own would meet."""
    key, when = use.occasion.request_key, use.occasion.moment
    found = stock.get_for_use(session, one.item.code, use.encounter, request_key=key, when=when, also=ALSO)
    free = replace(found.goods.item, state=ItemStateName.AVAILABLE)  # it was kept for this kit, which is opened
    found = replace(found, goods=replace(found.goods, item=free))
    bedside, judged = judged_use(session, use, found, one.item.quantity)
    over = bedside.user.taking_over
    item = moved_over(session, draft, one, bedside.user, quantity=one.item.quantity) if over else one.item
    step = step_of(bedside, item, entry_of(session, bedside), document=kit.code)
    draft.move(item, replace(step, reason=DOWNTIME) if use.sheet else step)
    charged = tell_charge(session, draft, bedside, mode_of(found), line=number)
    known = charged.cautions + judged.cautions + ([from_other(one, one.item.quantity)] if over else [])
    known += note_sale(session, use.occasion, bedside.use.item, one, bedside.quantity)
    return _Used(
        bedside=bedside, known=tuple(known), noted=judged.noted(over), about=judged.about,
        registered=found.also[0] == Registered.HOLDS,
    )  # fmt: skip


def _told_again(session: Session, kit: kits.Kit, done: list[Movement]) -> KitUse:
    """The use as it was answered the first time."""
    done = [one for one in done if one.kind == MovementKind.CONSUME]
    items = {row.id: row for row in session.scalars(select(Item).where(Item.id.in_([one.item_id for one in done])))}
    stay = session.get(Encounter, done[0].encounter_id) if done[0].encounter_id else None
    department = stock.get_goods(session, items[done[0].item_id].code).department_code
    return KitUse(
        kit=kit.code, items=tuple(items[one.item_id].code for one in done),
        movement_ids=tuple(one.id for one in done), encounter=stay.code if stay else None,
        patient_name=stay.patient_name if stay else "", department=department,
        cost=sum((one.quantity * items[one.item_id].unit_price for one in done), Decimal(0)), repeated=True,
    )  # fmt: skip
