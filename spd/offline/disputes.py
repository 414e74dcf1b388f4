"""This file is disputes: what happened at a device and the rules refused, until somebody says what it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.offline.models import (
    DeviceEvent,
    DeviceGap,
    Dispute,
    DisputeStep,
    EventKind,
    EventVerdict,
    Resolution,
    Verdict,
)
from spd.offline.refusals import DisputeResolved, UnknownDispute, UnknownGap

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_STEP = UUID("5b1c1d0e-2f57-4a5c-8a0e-6a4f8f0d9c11")


_VERDICTS: Any = EventVerdict.__table__
_KEEP = insert(_VERDICTS).returning(
    _VERDICTS.c.id
)  # what is returned is of no use, but makes of many rows one statement


def done(session: Session, events: Sequence[DeviceEvent], at: datetime) -> None:
    """Keep that events were done."""
    if events:
        session.connection().execute(_KEEP, [_verdict(event, Verdict.DONE, None, at) for event in events])


def dispute(session: Session, event: DeviceEvent, error: Refusal, at: datetime) -> None:
    """Keep that an event was refused, and why; it goes on the worklist."""
    session.execute(insert(EventVerdict), [_verdict(event, Verdict.REFUSED, error, at)])
    row = Dispute(
        event_id=event.id, code=error.code, kind=event.kind, department_id=event.department_id,
        scanned=scanned_of(event), state="open", opened_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its number goes into its history
    session.execute(
        insert(DisputeStep).values(
            dispute_id=row.id, request_key=uuid5(_STEP, str(event.event_id)), act="opened", words=error.code,
            staff_id=event.staff_id, at=at,
        )
    )  # fmt: skip


def _verdict(event: DeviceEvent, verdict: Verdict, error: Refusal | None, at: datetime) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "verdict": verdict.value,
        "code": error.code if error else "",
        "sentence_zh": error.sentence("zh") if error else "",
        "sentence_en": error.sentence("en") if error else "",
        "judged_at": at,
    }


def scanned_of(event: DeviceEvent) -> str:
    """What was scanned, for the list: the thing, the tote; never the wristband."""
    said = json.loads(event.payload)
    what = said.get("dispatch") if event.kind == EventKind.SIGN else said.get("scan") or said.get("location")
    return _UNFIT.sub("\ufffd", str(what or ""))[:400]


def get_dispute(session: Session, number: int, departments: frozenset[int] | None) -> Dispute:
    """The dispute, if it is of one of these departments; None is everywhere. Raises: UnknownDispute."""
    row = session.get(Dispute, number, with_for_update=True)
    if row is None or (departments is not None and row.department_id not in departments):
        raise UnknownDispute(number=number)
    return row


def own(session: Session, occasion: Occasion, number: int, departments: frozenset[int] | None) -> Dispute:
    """The dispute with its owner, who looks after it. Raises: UnknownDispute, DisputeResolved."""
    row = get_dispute(session, number, departments)
    if _said_before(session, occasion):
        return row
    if row.state != "open":
        raise DisputeResolved()
    row.owner_id = occasion.staff_id
    _step(session, occasion, row, "taken", "")
    return row


def resolve(
    session: Session, occasion: Occasion, number: int, resolution: Resolution, *, reason: str,
    departments: frozenset[int] | None,
) -> Dispute:  # fmt: skip
    """The dispute, over, with what it was and why; sent again with its key, the same.

    Raises: UnknownDispute, DisputeResolved.
    """
    row = get_dispute(session, number, departments)
    if _said_before(session, occasion):
        return row
    if row.state != "open":
        raise DisputeResolved()
    row.state, row.resolution, row.resolved_at = "resolved", resolution.value, occasion.recorded_at
    row.owner_id = occasion.staff_id
    _step(session, occasion, row, resolution.value, reason)
    return row


def call_lost(session: Session, occasion: Occasion, device: str, sequence: int, reason: str) -> DeviceGap:
    """The missing event given up, with the reason; what waited for it is judged next. Raises: UnknownGap."""
    row = session.scalars(
        select(DeviceGap).where(DeviceGap.device == device, DeviceGap.sequence == sequence).with_for_update()
    ).one_or_none()
    if row is None or row.came:
        raise UnknownGap(device=device, sequence=sequence)
    if row.closed_at is None:
        row.closed_at, row.closed_by_id, row.reason = occasion.recorded_at, occasion.staff_id, reason
        session.flush()  # what waited for it is asked for next
    return row


def waiting(session: Session, departments: frozenset[int] | None) -> int:
    """How many disputes are open."""
    query = select(func.count()).where(Dispute.state == "open")
    if departments is not None:
        query = query.where(Dispute.department_id.in_(departments))
    return session.scalar(query) or 0


def history(session: Session, dispute_id: int) -> Sequence[DisputeStep]:
    """What happened to a dispute, in order."""
    query = select(DisputeStep).where(DisputeStep.dispute_id == dispute_id).order_by(DisputeStep.id)
    return session.scalars(query).all()


def verdicts(session: Session, event_ids: Sequence[UUID]) -> dict[UUID, tuple[DeviceEvent, EventVerdict | None, int]]:
    """Each event with its verdict, none while it waits, and the number of its dispute, 0 where there is none."""
    query = (
        select(DeviceEvent, EventVerdict, Dispute.id)
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .outerjoin(Dispute, Dispute.event_id == DeviceEvent.id)
        .where(DeviceEvent.event_id.in_(event_ids))
    )
    return {event.event_id: (event, verdict, number or 0) for event, verdict, number in session.execute(query)}


def _said_before(session: Session, occasion: Occasion) -> bool:
    return session.scalar(select(DisputeStep.id).where(DisputeStep.request_key == occasion.request_key)) is not None


def _step(session: Session, occasion: Occasion, row: Dispute, act: str, words: str) -> None:
    session.flush()  # so that a refusal by the database comes here
    session.execute(
        insert(DisputeStep).values(
            dispute_id=row.id, request_key=occasion.request_key, act=act, words=words,
            staff_id=occasion.staff_id, at=occasion.recorded_at,
        )
    )  # fmt: skip
