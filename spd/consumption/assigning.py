"""This file is saying whose a use in an emergency was: it is undone and booked anew on the stay, as of when it was.

Both bookings are of the day of the use, at its own prices, in the same open period: what the department bears is the
same, the stay gains its cost, and HIS hears of it now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger, policies, stock
from spd.consumption.by_whom import User
from spd.consumption.charging import Claim, tell_charge
from spd.consumption.judging import ALSO, mode_of
from spd.consumption.models import AssignReason, EmergencyAssignment, EmergencyUse
from spd.consumption.record import Bedside, UseScanned, step_of
from spd.consumption.reverse import ReversalAsked, refuse_moved, step_back
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.encounters import EncounterCancelled, Stay, get_encounter, refuse_closed, refuse_merged
from spd.ledger import Draft, Entry, Item, Movement
from spd.places import Department

REASON = "emergency-assigned"


class UnknownEmergencyUse(NotFound):
    """No such use, or it is of another ward."""

    code = "unknown-emergency-use"
    say = {
        "zh": "没有此条抢救用物 {number}。刷新列表。",
        "en": "There is no emergency use {number} here. Reload the list.",
    }


class AssignedBefore(Conflict):
    """Somebody has said already whose it was."""

    code = "assigned-before"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "此条 {number} 已归属患者, 不重复计。",
        "en": "Use {number} was assigned already. It is not counted again.",
    }


@dataclass(frozen=True, kw_only=True)
class ToAssign:
    """Uses of the emergency list, the patient whose they were, and how it became known."""

    occasion: Occasion
    uses: Sequence[int]
    encounter: str
    reason: AssignReason
    departments: frozenset[int] | None = None
    claim: Claim | None = None
    """Asked, where the ward charges first, how much of a use HIS has charged already."""
    linked: Callable[[str, int], None] = lambda _item, _movement: None
    """Told of each use on the stay, so that what was claimed for it is kept with it."""


@dataclass(frozen=True, kw_only=True)
class AssignedLine:
    """One use, now on the stay."""

    number: int
    movement_id: int
    item: str
    quantity: int
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """What was assigned, and to whom."""

    encounter: str
    patient_name: str
    lines: tuple[AssignedLine, ...]
    repeated: bool = False


def assign(session: Session, asked: ToAssign) -> Assigned:
    """All of these uses on this stay, or none. Asked again with the same key, the same.

    A patient may have been admitted some hours after they were treated: that is how emergencies go.

    Raises: KeyReused, UnknownEncounter, EncounterMerged, EncounterCancelled, EncounterClosed, UnknownEmergencyUse,
    AssignedBefore, AlreadyReversed, MovedSince, Moved, Racing.
    """
    stay = Stay.of(get_encounter(session, asked.encounter))
    numbers = sorted(set(asked.uses))
    if before := _assigned(session, asked.occasion):
        if [line.number for line in before] != numbers or not _on(session, before, stay.id):
            raise ledger.KeyReused(key=str(asked.occasion.request_key))
        return Assigned(encounter=stay.code, patient_name=stay.patient_name, lines=tuple(before), repeated=True)
    refuse_merged(session, stay, at=asked.occasion.recorded_at)
    early = timedelta(hours=int(policies.get(session, "emergency.before_hours")))
    lines = [_assign(session, asked, number, stay, early) for number in numbers]
    return Assigned(encounter=stay.code, patient_name=stay.patient_name, lines=tuple(lines))


def _assign(session: Session, asked: ToAssign, number: int, stay: Stay, early: timedelta) -> AssignedLine:
    use = _open(session, asked, number)
    if stay.cancelled:
        raise EncounterCancelled(patient=stay.patient_name)
    began = stay.admitted_at - early
    refuse_closed(stay, at=stay.admitted_at if began <= use.used_at < stay.admitted_at else use.used_at)
    first = ledger.get_movement(session, use.movement_id)
    when = replace(
        asked.occasion, request_key=uuid5(asked.occasion.request_key, str(number)), occurred_at=first.occurred_at,
        day=first.day_on,
    )  # fmt: skip
    item = ledger.item_states(session, [first.item_id])[first.item_id]
    refuse_moved(item, first)
    draft = Draft(session, when)
    back = ReversalAsked(occasion=when, movement_id=first.id, reason=REASON)
    after = draft.move(item, step_back(session, back, first, item, recalled=False))
    found = stock.get_for_use(session, item.code, stay.code, request_key=when.request_key, on=when.day, also=ALSO)
    department = session.get_one(Department, use.department_id)
    bedside = Bedside(
        use=UseScanned(
            occasion=when, item=item.code, encounter=stay.code, raw_scan=first.raw_scan, claim=asked.claim
        ),
        goods=replace(found.goods, item=after), quantity=first.quantity, stay=stay,
        user=User(id=department.id, code=department.code, cost_class=department.cost_class),
    )  # fmt: skip
    step = step_of(bedside, after, _entry_on(session, first, stay, when), document=f"EM-{number}")
    draft.move(after, replace(step, reason=REASON))
    tell_charge(session, draft, bedside, mode_of(found))
    movement = draft.write()[-1]
    session.execute(
        insert(EmergencyAssignment).values(
            use_id=use.id, encounter_id=stay.id, movement_id=movement["id"], reason=asked.reason.value,
            request_key=asked.occasion.request_key, staff_id=asked.occasion.staff_id, at=asked.occasion.recorded_at,
        )
    )  # fmt: skip
    asked.linked(item.code, movement["id"])
    return AssignedLine(
        number=number, movement_id=movement["id"], item=item.code, quantity=first.quantity,
        cost=first.quantity * item.unit_price,
    )  # fmt: skip


def _open(session: Session, asked: ToAssign, number: int) -> EmergencyUse:
    """Raises: UnknownEmergencyUse, AssignedBefore, AlreadyReversed."""
    use = session.get(EmergencyUse, number, with_for_update=True)
    if use is None or (asked.departments is not None and use.department_id not in asked.departments):
        raise UnknownEmergencyUse(number=number)
    if session.scalar(select(EmergencyAssignment.id).where(EmergencyAssignment.use_id == number)):
        raise AssignedBefore(number=number)
    if session.scalar(select(Movement.id).where(Movement.reverses_id == use.movement_id)):
        raise ledger.AlreadyReversed()
    return use


def _entry_on(session: Session, first: Movement, stay: Stay, when: Occasion) -> Entry | None:
    """The money of the use as it was, with the stay on what the department bears."""
    event, lines = ledger.lines_of(session, first.id)
    if not lines:
        return None
    named = [replace(line, encounter_id=stay.id if line.department_id is not None else None) for line in lines]
    return Entry(event=event, period=ledger.posting_period(session, when.day), lines=named)


def _assigned(session: Session, occasion: Occasion) -> list[AssignedLine]:
    query = (
        select(EmergencyAssignment.use_id, Movement.id, Movement.quantity, Item.code, Item.unit_price)
        .join(Movement, Movement.id == EmergencyAssignment.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(EmergencyAssignment.request_key == occasion.request_key)
        .order_by(EmergencyAssignment.use_id)
    )
    return [
        AssignedLine(number=number, movement_id=movement, item=item, quantity=quantity, cost=quantity * price)
        for number, movement, quantity, item, price in session.execute(query)
    ]


def _on(session: Session, lines: Sequence[AssignedLine], encounter_id: int) -> bool:
    query = select(EmergencyAssignment.encounter_id).where(
        EmergencyAssignment.use_id.in_([line.number for line in lines])
    )
    return set(session.scalars(query)) == {encounter_id}
