"""This file is the timeline of a recall: what happened, when, by whom; each act once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger import KeyReused
from spd.recalls.models import Recall, RecallEvent
from spd.staff import Staff


def already(session: Session, recall: Recall, occasion: Occasion) -> bool:
    """Whether this very act was done before. Raises: KeyReused."""
    found = session.scalars(select(RecallEvent).where(RecallEvent.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.recall_id != recall.id:
        raise KeyReused(key=str(occasion.request_key))
    return found is not None


def happened(
    session: Session, recall: Recall, occasion: Occasion, kind: str, *, note: str = "", quantity: int = 0
) -> RecallEvent:
    """One more thing on the timeline."""
    event = RecallEvent(
        recall_id=recall.id,
        kind=kind,
        note=note[:200],
        quantity=quantity,
        happened_at=occasion.recorded_at,
        staff_id=occasion.staff_id,
        request_key=occasion.request_key,
    )
    session.add(event)
    session.flush()  # of two who do it at once, one is refused here
    return event


def timeline(session: Session, recall: Recall) -> list[tuple[RecallEvent, str]]:
    """What happened, oldest first, and by whom."""
    query = (
        select(RecallEvent, Staff.name)
        .join(Staff, Staff.id == RecallEvent.staff_id)
        .where(RecallEvent.recall_id == recall.id)
        .order_by(RecallEvent.id)
    )
    return [(event, name) for event, name in session.execute(query)]
