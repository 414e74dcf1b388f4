"""This file is opening a recall: denied at once by one act, then held everywhere, some hundreds of items at a time.

From the first commit on nothing it means can be used; the holds that follow make it visible wherever it is. They are
made in parts, each an act of its own, so that whoever moves things meanwhile waits for a part at most, and what a
process that died has left is taken up where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.core.occasion import Occasion
from spd.encounters import Encounter
from spd.ledger import Item, Movement, MovementKind
from spd.places import OUTSIDE
from spd.recalls.events import already, happened
from spd.recalls.matching import match, not_undone
from spd.recalls.models import Recall, RecallClass, RecallItem, RecallPatient, RecallState
from spd.recalls.notices import NothingMeant, get_recall, refuse_unless
from spd.stock import deny_list, holds
from spd.stock.deny_list import RecallException
from spd.stock.holds import HOLDABLE, Hold, HoldReason, Why

AT_ONCE = 1000
"""Items held by one act."""


def open_recall(session: Session, occasion: Occasion, code: str) -> Recall:
    """The recall in force: everything it means is matched, and denied from this act on. The holds follow.

    Raises: UnknownRecall, WrongState, NothingMeant.
    """
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.DRAFT)
    if not deny_list.deny(session, recall.code, at=occasion.recorded_at):
        raise NothingMeant(recall=code)
    hold_hours, patient_hours = hours(session, recall.recall_class)
    recall.state = RecallState.OPEN
    recall.opened_at, recall.opened_by_id = occasion.recorded_at, occasion.staff_id
    recall.hold_by_at = recall.drafted_at + timedelta(hours=hold_hours)
    recall.patients_by_at = recall.drafted_at + timedelta(hours=patient_hours)
    session.flush()  # what it matches is found by it
    found = match(session, recall, at=occasion.recorded_at)
    happened(session, recall, occasion, "opened", quantity=found)
    return recall


def hours(session: Session, recall_class: str) -> tuple[int, int]:
    """Hours from the notice to the last hold, and to the last patient, for a class."""
    place = [RecallClass.THREE, RecallClass.TWO, RecallClass.ONE].index(RecallClass(recall_class))
    return policies.get(session, "recall.hold_hours")[place], policies.get(session, "recall.patient_hours")[place]


def unheld(session: Session, recall: Recall) -> list[int]:
    """The items it means that are in the house and not yet held for it, those let go aside."""
    held = select(Hold.item_id).where(Hold.reference == recall.code, Hold.released_at.is_(None))
    let_go = select(RecallException.item_id).where(RecallException.reference == recall.code)
    query = (
        select(Item.id)
        .join(RecallItem, RecallItem.item_id == Item.id)
        .where(RecallItem.recall_id == recall.id, Item.quantity > 0, Item.state.in_(HOLDABLE))
        .where(Item.location_id.not_in(OUTSIDE), Item.id.not_in(held), Item.id.not_in(let_go))
        .order_by(Item.id)
    )
    return list(session.scalars(query))


def hold(session: Session, occasion: Occasion, recall: Recall, item_ids: Sequence[int]) -> int:
    """How many of these items are held now and were not. Raises: Moved, Racing."""
    items = ledger.item_states(session, item_ids)
    wanted = [items[number] for number in sorted(items)]
    told = f"{recall.request_key}:" + ",".join(f"{item.id}.{item.version}" for item in wanted)
    part = replace(occasion, request_key=derived(told), content=hashlib.sha256(told.encode()).digest())
    why = Why(reason=HoldReason.RECALL, reference=recall.code, note=recall.number)
    return len(holds.place(session, part, wanted, why))


def derived(told: str) -> UUID:
    """A key that is always the same for the same content: a part done before is never done again."""
    return UUID(bytes=hashlib.sha256(told.encode()).digest()[:16], version=5)


def finish(session: Session, occasion: Occasion, recall: Recall) -> int:
    """How many patients more are on the list; with it the recall is complete as far as is known.

    Called when nothing is left to hold. Told once, and again when something came later.
    """
    listed = list_patients(session, occasion, recall)
    if recall.held_at is None:
        recall.held_at = occasion.recorded_at
        part = replace(occasion, request_key=derived(f"{recall.request_key}:held"))
        count = session.scalar(select(func.count()).where(Hold.reference == recall.code)) or 0
        happened(session, recall, part, "held", quantity=count)
    return listed


def list_patients(session: Session, occasion: Occasion, recall: Recall) -> int:
    """How many patients more are on the list: everybody on whom something it means was used, and not undone."""
    known = select(RecallPatient.patient).where(RecallPatient.recall_id == recall.id)
    query = (
        select(Encounter.patient)
        .join(Movement, Movement.encounter_id == Encounter.id)
        .join(RecallItem, RecallItem.item_id == Movement.item_id)
        .where(RecallItem.recall_id == recall.id, Movement.kind == MovementKind.CONSUME, not_undone())
        .where(Encounter.patient.not_in(known))
        .distinct()
        .order_by(Encounter.patient)
    )
    at = occasion.recorded_at
    rows = [
        {"recall_id": recall.id, "patient": patient, "state": "waiting", "listed_at": at, "changed_at": at}
        for patient in session.scalars(query)
    ]
    if rows:
        session.execute(insert(RecallPatient), rows)
        recall.resolved_at = None
    if recall.listed_at is None:
        recall.listed_at = at
        part = replace(occasion, request_key=derived(f"{recall.request_key}:listed"))
        happened(session, recall, part, "listed", quantity=len(rows))
    return len(rows)


def open_codes(session: Session) -> list[str]:
    """The recalls whose goods are still looked for: whatever comes later is held too."""
    query = select(Recall.code).where(Recall.state.in_((RecallState.OPEN, RecallState.CLOSED))).order_by(Recall.id)
    return list(session.scalars(query))
