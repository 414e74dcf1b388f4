"""This file is what is open of a department's day, counted from the worklists that show it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from spd import charging
from spd.closing.models import Remain
from spd.consumption import EmergencyUse, is_open
from spd.counting.models import Count, CountPlace, CountState
from spd.ledger import Item, ItemStateName, Movement, MovementKind, OutboxMessage
from spd.offline import DeviceEvent, Dispute, ReEntry, is_waiting
from spd.places import Department, Location
from spd.reconciliation import ChargeCase, wanting
from spd.replenishment import Dispatch
from spd.unscanned import Unscanned


def remaining(session: Session, department: Department, day: date, *, end: datetime) -> dict[Remain, int]:
    """How much of each kind is open now of what there was until the end of the day; kinds with nothing are left out."""
    queries: dict[Remain, Select[Any]] = {
        Remain.TOTES: _totes(department.id, end),
        Remain.UNSCANNED: _count(
            Unscanned, Unscanned.department_id == department.id, Unscanned.day_on <= day, Unscanned.fixed_at.is_(None)
        ),
        Remain.DISPUTES: _count(Dispute, Dispute.department_id == department.id, Dispute.state == "open")
        .join(DeviceEvent, DeviceEvent.id == Dispute.event_id)
        .where(DeviceEvent.occurred_at < end),
        Remain.CHARGES: _count(OutboxMessage, unsent(), Movement.department_id == department.id, Movement.day_on <= day)
        .join(Movement, Movement.id == OutboxMessage.movement_id),
        Remain.DIFFERENCES: _count(
            ChargeCase, ChargeCase.department_id == department.id, ChargeCase.day_on <= day, wanting(),
            ChargeCase.resolved_at.is_(None),
        ),
        Remain.COUNTS: _counts(department.id, end),
        Remain.EMERGENCIES: _count(
            EmergencyUse, EmergencyUse.department_id == department.id, EmergencyUse.used_at < end, is_open()
        ),
        Remain.PAPER: _count(
            ReEntry, ReEntry.department_id == department.id, ReEntry.occurred_at < end, is_waiting()
        ),
    }  # fmt: skip
    found = {kind: int(session.scalar(query) or 0) for kind, query in queries.items()}
    return {kind: count for kind, count in found.items() if count}


def unsent() -> ColumnElement[bool]:
    """Charges and credits that HIS has not taken and nobody has given up: waiting, or left to people."""
    return (
        OutboxMessage.topic.in_(charging.TOPICS) & OutboxMessage.sent_at.is_(None) & OutboxMessage.given_up_at.is_(None)
    )


def _count(of: Any, *conditions: Any) -> Select[Any]:
    return select(func.count()).select_from(of).where(*conditions)


def _totes(department: int, end: datetime) -> Select[Any]:
    return (
        select(func.count(Dispatch.id.distinct()))
        .join(Location, Location.id == Dispatch.to_location_id)
        .join(Movement, (Movement.document == Dispatch.code) & (Movement.kind == MovementKind.DISPATCH))
        .join(Item, (Item.id == Movement.item_id) & (Item.version == Movement.sequence))
        .where(Location.department_id == department, Dispatch.dispatched_at < end)
        .where(Item.state == ItemStateName.IN_TRANSIT)
    )


def _counts(department: int, end: datetime) -> Select[Any]:
    return (
        select(func.count(Count.id.distinct()))
        .join(CountPlace, CountPlace.count_id == Count.id)
        .join(Location, Location.id == CountPlace.location_id)
        .where(Location.department_id == department, Count.started_at < end)
        .where(Count.state.in_((CountState.COUNTING, CountState.REVIEW)))
    )
