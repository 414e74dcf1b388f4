"""This file is a kit opened at its use: all that is in it is used on the patient, each thing at its own price.

What was not needed after all is undone piece by piece, and is the ward's loose stock then.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, stock
from spd.consumption.record import UseScanned, bedside_of, charge_of, entry_of, step_of, told_of_trace
from spd.encounters import Encounter, Stay, get_encounter, refuse_closed
from spd.ledger import Draft, Item, Movement
from spd.stock import Caution, kits


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


def use_kit(session: Session, use: UseScanned) -> KitUse:
    """The kit opened, and everything in it charged to the department and the encounter: one act, all of it or nothing.

    Consignors' things become the hospital's by it. Asked again with the same key, the first use is returned.

    Raises: KeyReused, UnknownKit, UnknownEncounter, EncounterClosed, KitEnded, KitStopped, KitApart, NotSignedYet,
    UnknownDepartment, OtherDepartment, NotYours, NoRule, Moved, Racing.
    """
    assert isinstance(use.item, str), "a kit is known by its code"
    kit = kits.get_kit(session, use.item)
    if done := ledger.find_done(session, use.occasion):
        return _told_again(session, kit, done)
    encounter = get_encounter(session, use.encounter) if use.encounter else None
    stay = Stay.of(encounter) if encounter is not None else None
    if stay is not None:
        refuse_closed(stay, at=use.occasion.occurred_at)
    goods = kits.inside(session, kit)
    bedsides = [bedside_of(session, use, one, one.item.quantity, stay) for one in goods if one.department_id]
    kits.refuse_unfit(session, kit, goods, on=use.occasion.day)
    draft = Draft(session, use.occasion, expected=len(goods))
    known: list[Caution] = []
    cost, department = Decimal(0), ""
    for number, one in enumerate(goods, 1):
        bedside = bedsides[number - 1] if bedsides else bedside_of(session, use, one, one.item.quantity, stay)
        draft.move(one.item, step_of(bedside, entry_of(session, bedside), document=kit.code))
        if one.chargeable and stay is not None:
            draft.tell("charge", charge_of(bedside, stay, line=number))
        cost += one.item.quantity * one.item.unit_price
        department = bedside.user.code
        known += stock.cautions(one, on=use.occasion.day) + told_of_trace(session, bedside)
    kits.end(session, use.occasion, kit, kits.OPENED)
    movements = draft.write()
    return KitUse(
        kit=kit.code, items=tuple(one.item.code for one in goods), movement_ids=tuple(row["id"] for row in movements),
        encounter=stay.code if stay else None, patient_name=stay.patient_name if stay else "",
        department=department, cost=cost, cautions=tuple(dict.fromkeys(known)),
    )  # fmt: skip


def _told_again(session: Session, kit: kits.Kit, done: list[Movement]) -> KitUse:
    """The use as it was answered the first time."""
    items = {row.id: row for row in session.scalars(select(Item).where(Item.id.in_([one.item_id for one in done])))}
    stay = session.get(Encounter, done[0].encounter_id) if done[0].encounter_id else None
    department = stock.get_goods(session, items[done[0].item_id].code).department_code
    return KitUse(
        kit=kit.code, items=tuple(items[one.item_id].code for one in done),
        movement_ids=tuple(one.id for one in done), encounter=stay.code if stay else None,
        patient_name=stay.patient_name if stay else "", department=department,
        cost=sum((one.quantity * items[one.item_id].unit_price for one in done), Decimal(0)), repeated=True,
    )  # fmt: skip
