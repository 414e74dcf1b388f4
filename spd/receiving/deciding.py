"""This file is what is decided of goods held on receipt: accepted, they are put away; refused, they go back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid5

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Draft, ItemState, ItemStateName, MovementKind
from spd.licensing.override import NoOverride
from spd.places import WARD_KINDS, Location
from spd.receiving.models import Delivery
from spd.receiving.packages import hold_of
from spd.receiving.records import Inspection, InspectionReason, InspectionResult
from spd.stock import holds


class UnknownInspection(NotFound):
    """No inspection has this number."""

    code = "unknown-inspection"
    say = {"zh": "没有验收记录 {number}。刷新列表。", "en": "There is no inspection {number}. Reload the list."}


class AlreadyDecided(Conflict):
    """Somebody has decided otherwise."""

    code = "already-decided"
    verdict = "repeat"
    say = {
        "zh": "验收记录 {number} 已有结论。刷新列表查看。",
        "en": "Inspection {number} has been decided. Reload the list to see how.",
    }


class ReasonForPassing(Refused):
    """Whoever lets goods pass whose licence does not hold says why."""

    code = "reason-for-passing"
    say = {
        "zh": "证照问题放行须说明理由。请填写后再接受。",
        "en": "Goods whose licence does not hold pass with a reason only. Write it down, then accept them.",
    }


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What is decided of something held: accepted, or it goes back."""

    occasion: Occasion
    number: int
    accept: bool
    note: str = ""


def decide(session: Session, said: Decided) -> Inspection:
    """The inspection with its decision. Accepted, a thing that nothing else holds is free and where it was meant to go.

    Deciding the same again changes nothing. Goods whose licence does not hold are passed by a second person, with a
    reason, if at all; what else is held for its quality too, unless the policy `hold.release` says otherwise.

    Raises: UnknownInspection, AlreadyDecided, NoOverride, SamePerson, ReasonForPassing, Moved, Racing.
    """
    wanted = InspectionResult.ACCEPTED if said.accept else InspectionResult.REFUSED
    found = session.get(Inspection, said.number)
    if found is None or found.item_id is None:
        raise UnknownInspection(number=said.number)
    if found.result == wanted.value:
        return found
    if found.result != InspectionResult.HELD.value:
        raise AlreadyDecided(number=said.number)
    if said.accept:
        _refuse_passing(session, found, said)
    _settle(session, found, said, wanted)
    if said.accept and not _held_otherwise(session, found):
        _free(session, said, found)
    return found


def by_another(session: Session, found: Inspection) -> bool:
    """Whether what is held is accepted by another person than who held it: licences always, quality by policy."""
    reason = InspectionReason(found.reason)
    if reason is InspectionReason.LICENCE:
        return True
    return hold_of(reason) in holds.QUALITY and policies.get(session, "hold.release") == "other"


def _refuse_passing(session: Session, found: Inspection, said: Decided) -> None:
    """Raises: NoOverride, SamePerson, ReasonForPassing."""
    licence = found.reason == InspectionReason.LICENCE.value
    if licence and policies.get(session, "licence.override") == "never":
        raise NoOverride()
    if by_another(session, found):
        refuse_same_person(found.inspected_by_id, said.occasion.staff_id)
    if licence and not said.note:
        raise ReasonForPassing()


def _settle(session: Session, found: Inspection, said: Decided, result: InspectionResult) -> None:
    mine = session.execute(
        update(Inspection)
        .where(Inspection.id == found.id, Inspection.result == InspectionResult.HELD.value)
        .values(
            result=result.value,
            decided_at=said.occasion.recorded_at,
            decided_by_id=said.occasion.staff_id,
            decision_note=said.note,
        )
        .execution_options(synchronize_session=False)
    )
    if int(mine.rowcount) != 1:  # type: ignore[attr-defined]
        raise AlreadyDecided(number=found.id)
    session.refresh(found)


def _held_otherwise(session: Session, found: Inspection) -> bool:
    """Whether another finding, open or refused, holds the same thing in the same way."""
    others = select(Inspection.reason).where(
        Inspection.item_id == found.item_id,
        Inspection.id != found.id,
        Inspection.result.in_([InspectionResult.HELD.value, InspectionResult.REFUSED.value]),
    )
    mine = hold_of(InspectionReason(found.reason))
    return any(hold_of(InspectionReason(reason)) is mine for reason in session.scalars(others))


def _free(session: Session, said: Decided, found: Inspection) -> None:
    """Release the hold that was placed for it, and put the thing where it was meant to go if it was kept apart."""
    assert found.item_id is not None, "only things are held"
    reference = session.scalar(select(Delivery.code).where(Delivery.id == found.delivery_id)) or ""
    reason = hold_of(InspectionReason(found.reason))
    open_now = [
        hold
        for hold in holds.open_holds(session, [found.item_id])
        if (hold.reason, hold.reference) == (reason.value, reference)
    ]
    freed = holds.release(session, said.occasion, open_now, note=said.note or InspectionResult.ACCEPTED.value)
    if freed:
        _put_away(session, said.occasion, found)


def _put_away(session: Session, occasion: Occasion, found: Inspection) -> None:
    state = ledger.item_states(session, [found.item_id or 0])[found.item_id or 0]
    if found.meant_location_id in (None, state.location_id) or state.state != ItemStateName.AVAILABLE:
        return
    meant = session.get_one(Location, found.meant_location_id)
    if meant.kind in WARD_KINDS or meant.retired:
        return
    # A second act of the same person at the same moment: its key follows from the first, so that a retry makes one.
    moving = replace(occasion, request_key=uuid5(occasion.request_key, "put-away"))
    draft = Draft(session, moving)
    draft.move(state, _to(state, meant))
    draft.write()


def _to(state: ItemState, meant: Location) -> ledger.Step:
    stays = holds.stays(state, MovementKind.TRANSFER, state.state, "", "")
    return replace(stays, to_location_id=meant.id)
