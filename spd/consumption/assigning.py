"""This file is saying whose a use in an emergency was: it is undone and booked anew on the stay, as of when it was.

Both bookings are of the day of the use, at its own prices, in the same open period: what the department bears is the
same, the stay gains its cost, and HIS hears of it now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger, policies, stock
from spd.consumption.by_whom import User
from spd.consumption.charging import Claim, tell_charge
from spd.consumption.judging import ALSO, Approval, Judged, Noted, ToJudge, judge_whose, seen_of_whom
from spd.consumption.models import AssignReason, EmergencyAssignment, EmergencyUse
from spd.consumption.record import Bedside, UseScanned, step_of
from spd.consumption.reverse import ReversalAsked, refuse_moved, step_back
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.encounters import EncounterCancelled, Stay, StayNumber, get_encounter, refuse_closed, refuse_merged
from spd.ledger import Draft, Entry, Item, Movement
from spd.places import Department, Location
from spd.policies import WardMode
from spd.stock.scanned_uses import ASSIGNED


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
    approval: Approval | None = None
    """Of a second person, for lines that do not seem to be this patient's."""
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
    cautions: tuple[stock.Caution, ...] = ()
    """What whoever assigned it should know of thing and patient."""
    noted: tuple[Noted, ...] = field(default=(), compare=False)
    """What spoke against it and was let pass, for whoever keeps it: told the first time."""
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)


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

    What the rules say about the patient is asked now that there is one: a thing kept for somebody else, of another side
    or size than planned, wants a second person; latex or a magnet's enemy in a patient who must not get it is told.

    Raises: KeyReused, UnknownEncounter, EncounterMerged, UnknownEmergencyUse, AssignedBefore, AlreadyReversed,
    EncounterCancelled, EncounterClosed, DoubtfulPatient, SamePerson, UnfitApprover, MovedSince, Moved, Racing.
    """
    stay = Stay.of(get_encounter(session, asked.encounter))
    numbers = sorted(set(asked.uses))
    if before := _assigned(session, asked, stay):
        if [line.number for line in before] != numbers or not _on(session, before, stay.id):
            raise ledger.KeyReused(key=str(asked.occasion.request_key))
        return Assigned(encounter=stay.code, patient_name=stay.patient_name, lines=tuple(before), repeated=True)
    refuse_merged(session, stay, at=asked.occasion.recorded_at)
    early = timedelta(hours=int(policies.get(session, "emergency.before_hours")))
    uses = [_whose(session, asked, number, stay, early) for number in numbers]
    judged = judge_whose(session, [one.to_judge for one in uses])
    lines = [_assign(session, asked, one, told, stay) for one, told in zip(uses, judged, strict=True)]
    return Assigned(encounter=stay.code, patient_name=stay.patient_name, lines=tuple(lines))


@dataclass(frozen=True, kw_only=True)
class _Whose:
    """One use of the list, and all that is looked at before it is on the stay."""

    use: EmergencyUse
    first: Movement
    to_judge: ToJudge
    mode: WardMode


def _whose(session: Session, asked: ToAssign, number: int, stay: Stay, early: timedelta) -> _Whose:
    use = _open(session, asked, number)
    if stay.cancelled:
        raise EncounterCancelled(patient=stay.patient_name)
    began = stay.admitted_at - early
    refuse_closed(stay, at=stay.admitted_at if began <= use.used_at < stay.admitted_at else use.used_at)
    first = ledger.get_movement(session, use.movement_id)
    to_judge = _to_judge(session, asked, use, first, stay)
    place = session.get_one(Location, first.from_location_id)
    mode = policies.mode_of(session, to_judge.found.goods.item.product_id, place.department_id)
    return _Whose(use=use, first=first, to_judge=to_judge, mode=mode)


def _to_judge(session: Session, asked: ToAssign, use: EmergencyUse, first: Movement, stay: Stay) -> ToJudge:
    """The use as the rules look at it: on this patient, as of when it was, where the thing lay then."""
    when = replace(
        asked.occasion, request_key=uuid5(asked.occasion.request_key, str(use.id)), occurred_at=first.occurred_at,
        day=first.day_on,
    )  # fmt: skip
    code = ledger.item_states(session, [first.item_id])[first.item_id].code
    found = stock.get_for_use(
        session, code, StayNumber(stay.code), request_key=when.request_key, when=when.moment, also=ALSO
    )  # fmt: skip
    place = session.get_one(Location, first.from_location_id)
    return ToJudge(
        occasion=when, found=replace(found, goods=replace(found.goods, location_kind=place.kind)),
        quantity=first.quantity, user_id=use.department_id, approval=asked.approval,
    )  # fmt: skip


def _assign(session: Session, asked: ToAssign, whose: _Whose, judged: Judged, stay: Stay) -> AssignedLine:
    use, first, when = whose.use, whose.first, whose.to_judge.occasion
    item = ledger.item_states(session, [first.item_id])[first.item_id]
    refuse_moved(item, first)
    draft = Draft(session, when)
    back = ReversalAsked(occasion=when, movement_id=first.id, reason=ASSIGNED)
    after = draft.move(item, step_back(session, back, first, item, recalled=False))
    department = session.get_one(Department, use.department_id)
    found = whose.to_judge.found
    bedside = Bedside(
        use=UseScanned(
            occasion=when, item=item.code, encounter=StayNumber(stay.code), raw_scan=first.raw_scan, claim=asked.claim
        ),
        goods=replace(found.goods, item=after), quantity=first.quantity, stay=stay,
        user=User(id=department.id, code=department.code, cost_class=department.cost_class),
    )  # fmt: skip
    step = step_of(bedside, after, _entry_on(session, first, stay, when), document=f"EM-{use.id}")
    draft.move(after, replace(step, reason=ASSIGNED))
    tell_charge(session, draft, bedside, whose.mode)
    movement = draft.write()[-1]
    session.execute(
        insert(EmergencyAssignment).values(
            use_id=use.id, encounter_id=stay.id, movement_id=movement["id"], reason=asked.reason.value,
            request_key=asked.occasion.request_key, staff_id=asked.occasion.staff_id, at=asked.occasion.recorded_at,
        )
    )  # fmt: skip
    asked.linked(item.code, movement["id"])
    return AssignedLine(
        number=use.id, movement_id=movement["id"], item=item.code, quantity=first.quantity,
        cost=first.quantity * item.unit_price, cautions=tuple(judged.cautions),
        noted=judged.noted(taken_over=False), about=judged.about,
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


def _assigned(session: Session, asked: ToAssign, stay: Stay) -> list[AssignedLine]:
    """What was assigned under this key, and told again what should be known of it."""
    query = (
        select(EmergencyUse, Movement, Item.code, Item.unit_price)
        .join(EmergencyAssignment, EmergencyAssignment.use_id == EmergencyUse.id)
        .join(Movement, Movement.id == EmergencyAssignment.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(EmergencyAssignment.request_key == asked.occasion.request_key)
        .order_by(EmergencyAssignment.use_id)
    )
    return [
        AssignedLine(
            number=use.id, movement_id=movement.id, item=item, quantity=movement.quantity,
            cost=movement.quantity * price,
            cautions=tuple(seen_of_whom(session, _to_judge(session, asked, use, movement, stay)).cautions),
        )
        for use, movement, item, price in session.execute(query)
    ]  # fmt: skip


def _on(session: Session, lines: Sequence[AssignedLine], encounter_id: int) -> bool:
    query = select(EmergencyAssignment.encounter_id).where(
        EmergencyAssignment.use_id.in_([line.number for line in lines])
    )
    return set(session.scalars(query)) == {encounter_id}
