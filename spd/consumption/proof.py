"""This file is proof that no use in an emergency is forgotten: each waits, is undone, or is on a stay at its price."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.consumption.assigning import REASON
from spd.consumption.models import EmergencyAssignment, EmergencyUse
from spd.ledger import EntryRow, Movement, MovementKind, Posting
from spd.ledger.verify import Problem


def problems(session: Session) -> list[Problem]:
    """Assignments that are not their use anew, and uses taken off the list with nothing in their place."""
    first, back, anew = aliased(Movement), aliased(Movement), aliased(Movement)

    def cost(movement: type[Movement]) -> object:
        query = select(func.coalesce(func.sum(Posting.amount), 0)).join(EntryRow, EntryRow.id == Posting.entry_id)
        return query.where(EntryRow.movement_id == movement.id, Posting.department_id.is_not(None)).scalar_subquery()

    same = (
        (anew.item_id == first.item_id) & (anew.quantity == first.quantity) & (anew.day_on == first.day_on)
        & (anew.occurred_at == first.occurred_at) & (anew.from_owner_id == first.from_owner_id)
        & (anew.encounter_id == EmergencyAssignment.encounter_id) & (anew.kind == MovementKind.CONSUME.value)
        & (anew.department_id == first.department_id) & (cost(anew) == cost(first))
    )  # fmt: skip
    wrong = (
        select(EmergencyAssignment.id)
        .join(EmergencyUse, EmergencyUse.id == EmergencyAssignment.use_id)
        .join(first, first.id == EmergencyUse.movement_id)
        .join(anew, anew.id == EmergencyAssignment.movement_id)
        .outerjoin(back, back.reverses_id == first.id)
        .where(~same | back.id.is_(None))
    )
    lost = (
        select(EmergencyUse.id)
        .join(back, back.reverses_id == EmergencyUse.movement_id)
        .outerjoin(EmergencyAssignment, EmergencyAssignment.use_id == EmergencyUse.id)
        .where(back.reason == REASON, EmergencyAssignment.id.is_(None))
    )
    return [
        *_told(session, wrong, "emergency_assignments", "is not its use booked anew on the stay"),
        *_told(session, lost, "emergency_uses", "was taken off the list with nothing in its place"),
    ]


def _told(session: Session, query: object, table: str, says: str) -> list[Problem]:
    rows = session.scalars(query)  # type: ignore[call-overload]
    return [Problem(check="emergency uses", table=table, row=str(number), says=says) for number in rows]
