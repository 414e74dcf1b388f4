"""This file is keeping what a device brings: every event once, in the order of its device, gaps by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.offline.chain import START, Queued, written
from spd.offline.models import DeviceChain, DeviceEvent, DeviceGap, EventVerdict

LATE = timedelta(hours=72)
"""A device may keep events so long; later ones are taken too, and flagged."""
PATIENCE = timedelta(minutes=10)
"""So long events wait for an earlier one of their device; then they are judged, and the gap stays on its list."""
AHEAD = timedelta(minutes=5)
LIMIT = 2_000
"""Events that a device may hold unsent, and numbers listed as missing at one jump."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A batch: whose session, when, for which department."""

    by_id: int
    at: datetime
    department_id: int | None = None


def lock(session: Session, device: str, at: datetime) -> DeviceChain:
    """The queue of this device, for this transaction alone."""
    found = session.scalars(select(DeviceChain).where(DeviceChain.device == device).with_for_update()).one_or_none()
    if found is None:
        try:
            with session.begin_nested():
                found = DeviceChain(device=device, last_sequence=0, last_hash=START, judged_through=0, seen_at=at)
                session.add(found)
        except IntegrityError:  # its first two batches came at once
            return lock(session, device, at)
    found.seen_at = at
    return found


@dataclass(frozen=True, kw_only=True)
class Received:
    """Ids, as text, of what was brought: under which something else was said before, and those judged before."""

    other: frozenset[str] = frozenset()
    judged: frozenset[str] = frozenset()
    chain: DeviceChain | None = None
    fresh: tuple[DeviceEvent, ...] = ()
    """What is new, in the order of its device."""
    straight: bool = False
    """Whether all of it is new and goes on where the device had stopped, and nothing before it waits."""


def take(
    session: Session, chain: DeviceChain, events: Sequence[Queued], brought: Brought, *, trusting: bool = False
) -> Received:  # fmt: skip
    """Keep those that are new. Where something else was said under an id before, nothing is done.

    Numbers that are skipped are listed as missing; one that comes after all is taken off that list. `trusting`: numbers
    that go on where the device had stopped are taken for new without asking; the database refuses those that are not.
    """
    with session.no_autoflush:  # the chain is written once, when it is known where it ends
        return _take(session, chain, events, brought, trusting=trusting)


def _take(
    session: Session, chain: DeviceChain, events: Sequence[Queued], brought: Brought, *, trusting: bool
) -> Received:  # fmt: skip
    ordered = sorted(events, key=lambda one: one.sequence)
    goes_on = [one.sequence for one in ordered] == list(
        range(chain.last_sequence + 1, chain.last_sequence + 1 + len(ordered))
    )
    waits = chain.judged_through < chain.last_sequence
    straight = goes_on and len({one.event_id for one in ordered}) == len(ordered)
    rows_known = [] if straight and trusting else _known(session, ordered)
    straight = straight and not rows_known and not waits
    known = {row.event_id: row.hash for row in rows_known}
    other = {str(one.event_id) for one in events if known.get(one.event_id, one.hash) != one.hash}
    rows: list[dict[str, Any]] = []
    fresh: list[DeviceEvent] = []
    for event in ordered:
        if event.event_id not in known:
            if event.sequence != chain.last_sequence + 1:
                fresh += _write(session, rows)  # it is held against those around it, which may be of this batch
            rows.append(_keep(session, chain, event, brought))
            known[event.event_id] = event.hash
        elif known[event.event_id] != event.hash:
            other.add(str(event.event_id))
    fresh += _write(session, rows)
    judged = frozenset(str(row.event_id) for row in rows_known if row.judged)
    return Received(other=frozenset(other), judged=judged, chain=chain, fresh=tuple(fresh), straight=straight)


def _known(session: Session, events: Sequence[Queued]) -> Sequence[Any]:
    query = (
        select(DeviceEvent.event_id, DeviceEvent.hash, EventVerdict.id.is_not(None).label("judged"))
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .where(DeviceEvent.event_id.in_([one.event_id for one in events]))
    )
    return session.execute(query).all()


_EVENTS: Any = DeviceEvent.__table__
_WRITE = insert(_EVENTS).returning(_EVENTS.c.id, _EVENTS.c.event_id)


def _write(session: Session, rows: list[dict[str, Any]]) -> list[DeviceEvent]:
    """The events as they are on record now; all of them are written by one statement."""
    if not rows:
        return []
    numbers = {row.event_id: row.id for row in session.connection().execute(_WRITE, rows)}
    written_ = [DeviceEvent(id=numbers[row["event_id"]], **row) for row in rows]
    rows.clear()
    return written_


def _keep(session: Session, chain: DeviceChain, event: Queued, brought: Brought) -> dict[str, Any]:
    occurred_at = event.clock_at + timedelta(milliseconds=event.offset_ms)
    flags = _flags(session, chain, event, occurred_at, brought.at)
    if event.sequence > chain.last_sequence:
        _open_gaps(session, chain, event, brought.at)
        chain.last_sequence, chain.last_hash = event.sequence, event.hash
    else:
        session.execute(
            update(DeviceGap)
            .where(DeviceGap.device == event.device, DeviceGap.sequence == event.sequence, ~DeviceGap.came)
            .values(came=True, closed_at=brought.at)
        )
    return {
        "event_id": event.event_id,
        "device": event.device,
        "sequence": event.sequence,
        "kind": event.kind,
        "payload": written(event.payload),
        "clock_at": event.clock_at,
        "offset_ms": event.offset_ms,
        "occurred_at": min(occurred_at, brought.at),
        "received_at": brought.at,
        "staff_id": event.staff_id,
        "brought_by_id": brought.by_id,
        "department_id": event.department_id if event.department_id is not None else brought.department_id,
        "flags": ",".join(flags),
        "previous_hash": event.previous,
        "hash": event.hash,
    }


def _flags(
    session: Session, chain: DeviceChain, event: Queued, occurred_at: datetime, at: datetime
) -> list[str]:  # fmt: skip
    flags = [] if event.actor_known else ["actor"]
    if at - occurred_at > LATE:
        flags.append("late")
    if occurred_at - at > AHEAD:
        flags.append("clock")
    if event.sequence == chain.last_sequence + 1:
        right, taken = event.previous == chain.last_hash, False
    else:
        around = (event.sequence - 1, event.sequence, event.sequence + 1)
        query = select(DeviceEvent.sequence, DeviceEvent.hash, DeviceEvent.previous_hash).where(
            DeviceEvent.device == event.device, DeviceEvent.sequence.in_(around)
        )
        rows = {row.sequence: row for row in session.execute(query)}
        before, after, taken = rows.get(around[0]), rows.get(around[2]), event.sequence in rows
        right = (before is None or before.hash == event.previous) and (
            after is None or after.previous_hash == event.hash
        )
    if taken:
        flags.append("sequence")
    elif not right or not event.is_whole:
        flags.append("chain")
    return flags


def _open_gaps(session: Session, chain: DeviceChain, event: Queued, at: datetime) -> None:
    first = max(chain.last_sequence + 1, event.sequence - LIMIT)
    missing = [
        {"device": event.device, "sequence": number, "opened_at": at, "came": False, "reason": ""}
        for number in range(first, event.sequence)
    ]
    if missing:
        session.execute(insert(DeviceGap), missing)


def missing(session: Session, device: str) -> list[int]:
    """The numbers of this device that have not come and that nobody has called lost."""
    query = select(DeviceGap.sequence).where(DeviceGap.device == device, DeviceGap.closed_at.is_(None))
    return list(session.scalars(query.order_by(DeviceGap.sequence)))


def ready(session: Session, chain: DeviceChain, at: datetime, taken: Received | None = None) -> list[DeviceEvent]:
    """The events of this device that are to be judged now, in its order; those behind a fresh gap wait for it.

    From now on they count as judged, whatever is said of them: the caller judges them in this transaction.
    """
    if taken is not None and taken.straight:
        chain.judged_through = chain.last_sequence
        return list(taken.fresh)
    gap = session.scalar(
        select(DeviceGap.sequence)
        .where(DeviceGap.device == chain.device, DeviceGap.closed_at.is_(None), DeviceGap.opened_at > at - PATIENCE)
        .order_by(DeviceGap.sequence)
        .limit(1)
    )
    late = [event.id for event in taken.fresh if event.sequence <= chain.judged_through] if taken is not None else []
    after = DeviceEvent.sequence > chain.judged_through
    query = (
        select(DeviceEvent)
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .where(DeviceEvent.device == chain.device, EventVerdict.id.is_(None))
        .where(or_(after, DeviceEvent.id.in_(late)) if late else after)
        .order_by(DeviceEvent.sequence, DeviceEvent.id)
    )
    if gap is not None:
        query = query.where(DeviceEvent.sequence < gap)
    found = list(session.scalars(query))
    chain.judged_through = chain.last_sequence if gap is None else gap - 1
    return found


def overdue(session: Session, at: datetime) -> list[str]:
    """Devices with events that have waited long enough for one that is missing, and that nobody has judged since."""
    waits = (
        select(DeviceEvent.id)
        .outerjoin(EventVerdict, EventVerdict.event_id == DeviceEvent.id)
        .where(DeviceEvent.device == DeviceGap.device, DeviceEvent.sequence > DeviceGap.sequence)
        .where(EventVerdict.id.is_(None))
        .correlate(DeviceGap)
    )
    query = (
        select(DeviceGap.device)
        .where(DeviceGap.closed_at.is_(None), DeviceGap.opened_at <= at - PATIENCE, waits.exists())
        .distinct()
    )
    return list(session.scalars(query.order_by(DeviceGap.device)))
