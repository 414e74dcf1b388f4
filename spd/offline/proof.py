"""This file is proof that nothing a device brought was lost: every event has a verdict, every refusal its dispute."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from spd.ledger.verify import Problem
from spd.offline.models import DeviceChain, DeviceEvent, DeviceGap, Dispute, EventVerdict, ReEntry, Verdict

_FIRST = aliased(ReEntry)


def problems(session: Session) -> list[Problem]:
    """Events that are neither judged nor wait for a missing one, or were passed over; refusals that nobody sees; and
    lines of paper that one person entered twice."""
    return [
        Problem(check=check, table=table, row=str(number), says=says)
        for check, table, query, says in _told()
        for number in session.scalars(query)
    ]


@cache
def _told() -> tuple[tuple[str, str, Select[Any], str], ...]:
    """What is looked for: the check, the table, its rows, and what is wrong with them."""
    gap = exists().where(DeviceGap.device == DeviceEvent.device, DeviceGap.sequence < DeviceEvent.sequence)
    lost = (
        select(DeviceEvent.id)
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .where(EventVerdict.id.is_(None), ~gap)
    )
    hidden = (
        select(DeviceEvent.id)
        .join(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .outerjoin(Dispute, Dispute.event_id == DeviceEvent.id)
        .where(EventVerdict.verdict == Verdict.REFUSED, Dispute.id.is_(None))
    )
    alone = (
        select(ReEntry.id).join(_FIRST, _FIRST.id == ReEntry.first_id).where(ReEntry.staff_id == _FIRST.staff_id)
    )  # fmt: skip
    passed = (
        select(DeviceEvent.id)
        .join(DeviceChain, DeviceChain.device == DeviceEvent.device)
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .where(EventVerdict.id.is_(None), DeviceEvent.sequence <= DeviceChain.judged_through)
    )
    events = ("device events", "device_events")
    return (
        (*events, lost, "has no verdict, and waits for nothing"),
        (*events, hidden, "was refused, and is on no worklist"),
        (*events, passed, "has no verdict, and its device counts as judged beyond it"),
        ("re-entries", "re_entries", alone, "answers an entry of the same person"),
    )
