"""This file is bringing a device's queue: kept first, then judged in the order of the device, each event by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from api import queued_acts, queued_known, queued_refused
from api.here import database
from spd import offline
from spd.core.errors import Refusal
from spd.core.transaction import reading, transaction
from spd.ledger import Moved, PeriodClosed, Racing
from spd.offline import Brought, DeviceChain, DeviceEvent, Queued, Received

AT_ONCE = 10
"""Events in one transaction."""
_TRIES = 6
_DEADLOCKS = ("40P01", "40001")
_NOT_TAKEN = (IntegrityError, DataError)
"""What the database does not take of an event: that is nobody's fault at the ward, and holds up nothing behind it."""
_log = structlog.get_logger()


@dataclass
class Queue:
    """A device's queue as it is brought by one request, with what was found out on the way."""

    device: str
    brought: Brought
    known: queued_known.Known | None = None
    done: dict[UUID, DeviceEvent] = field(default_factory=dict)
    """What was new and was done, which needs no looking up."""
    trusting: bool = True
    """Nothing has gone wrong yet: a part is written without asking whether it is new, and without a savepoint."""


def bring(device: str, events: Sequence[Queued], brought: Brought) -> tuple[Received, Queue]:
    """Keep and judge the events, some at a time."""
    queue, ordered = Queue(device=device, brought=brought), sorted(events, key=lambda one: one.sequence)
    parts = [_together(queue, ordered[first : first + AT_ONCE]) for first in range(0, len(ordered), AT_ONCE)]
    other = frozenset[str]().union(*(one.other for one in parts))
    if other:
        _log.warning("event ids said twice with different content", device=device, events=sorted(other))
    return Received(other=other, judged=frozenset[str]().union(*(one.judged for one in parts))), queue


def judge_waiting(device: str, at: datetime) -> None:
    """Judge what need not wait any more: a missing event was given up, or has not come for long."""
    with transaction(database()) as session:
        judge_ready(session, offline.lock(session, device, at), at)


def judge_overdue(at: datetime) -> None:
    """Judge what other devices brought and left waiting for an event that never came: such a device may be dead."""
    with reading(database()) as session:
        devices = offline.overdue(session, at)
    for device in devices:
        judge_waiting(device, at)


def _together(queue: Queue, events: Sequence[Queued]) -> Received:
    for last in [False] * (_TRIES - 1) + [True]:
        try:
            return _once(queue, events)
        except OperationalError as error:
            # Two devices took the same things in different orders: the database let one of them go on.
            if last or getattr(error.orig, "sqlstate", "") not in _DEADLOCKS:
                raise
        except (Moved, Racing, PeriodClosed, *_NOT_TAKEN):
            if not queue.trusting:
                raise
            queue.trusting = False  # somebody else was quicker, or it was brought before: each by itself from now on
    raise AssertionError("the last try returns or raises")


def _once(queue: Queue, events: Sequence[Queued]) -> Received:
    at = queue.brought.at
    with transaction(database()) as session:
        chain = offline.lock(session, queue.device, at)
        taken = offline.take(session, chain, events, queue.brought, trusting=queue.trusting)
        done = judge_ready(session, chain, at, taken, queue)
    if taken.straight:
        queue.done |= {event.event_id: event for event in done}
    return taken


def judge_ready(
    session: Session, chain: DeviceChain, at: datetime, taken: Received | None = None, queue: Queue | None = None
) -> list[DeviceEvent]:
    """Judge what is ready of this device, in its order, in the caller's transaction; what was done."""
    ready = offline.ready(session, chain, at, taken)
    if not ready:
        return []
    known = queued_known.known_of(session, ready, queue.known if queue else None)
    if queue is not None:
        queue.known = known
    done, all_done = list[DeviceEvent](), list[DeviceEvent]()
    for event, error in _judged(session, ready, known, at, trusting=queue is not None and queue.trusting):
        if error is None:
            done.append(event)
            continue
        offline.done(session, done, at)  # verdicts are kept in the order they are made
        all_done += done
        done.clear()
        queued_refused.note_refused(session, event, error, at)
        offline.dispute(session, event, error, at)
    offline.done(session, done, at)
    return all_done + done


def _judged(
    session: Session, ready: Sequence[DeviceEvent], known: queued_known.Known, at: datetime, *, trusting: bool
) -> Iterator[tuple[DeviceEvent, Refusal | None]]:
    """Each event, done, or with why it is refused, in their order; those that can be are written in one statement."""
    left = deque(ready)
    while left:
        some = [left[number] for number in range(min(len(left), AT_ONCE))]
        told = (queued_acts.together if trusting else _together_of)(session, some, known, at)
        for error in told:
            yield left.popleft(), error
        if left and len(told) < len(some):
            event = left.popleft()
            yield event, _refusal_of(session, event, known, at)


def _together_of(
    session: Session, events: Sequence[DeviceEvent], known: queued_known.Known, at: datetime
) -> list[Refusal | None]:
    """What became of the first of these, in one savepoint; none where somebody else was quicker at one of them."""
    try:
        with session.begin_nested():
            return queued_acts.together(session, events, known, at)
    except (Moved, Racing, PeriodClosed, *_NOT_TAKEN):
        return []


def _refusal_of(session: Session, event: DeviceEvent, known: queued_known.Known, at: datetime) -> Refusal | None:
    """Do what an event says, in a savepoint of its own: refused, nothing of it is left."""
    told: Refusal | None = None
    for _ in range(_TRIES):
        try:
            with session.begin_nested():
                queued_acts.do(session, event, known, at)
        except (Moved, Racing, PeriodClosed) as error:
            told = error  # somebody else was quicker: judged again as things stand now
        except _NOT_TAKEN as error:  # perhaps somebody was quicker here too; else it is for people to look at
            kind = type(error.orig).__name__
            _log.error("event not taken", device=event.device, sequence=event.sequence, error=kind)
            told = offline.Unclear(what="database")
        except Refusal as error:
            return error
        else:
            return None
    return told


def told(
    queue: Queue, events: Sequence[Queued], taken: Received, language: str
) -> tuple[list[dict[str, Any]], list[int]]:
    """One verdict for each event, in the order asked; and the numbers that are missing of this device."""
    asked = [one.event_id for one in events if one.event_id not in queue.done]
    with reading(database()) as session:
        missing = offline.missing(session, queue.device)
        found = offline.verdicts(session, asked) if asked else {}
        answers = []
        for event in events:
            done = queue.done.get(event.event_id)
            row, verdict, dispute = found[event.event_id] if done is None else (done, None, 0)
            name = str(event.event_id)
            answer: dict[str, Any] = {
                "event_id": event.event_id, "sequence": event.sequence, "code": "", "detail": "",
                "dispute": dispute or None, "flags": [flag for flag in row.flags.split(",") if flag],
            }  # fmt: skip
            if name in taken.other:
                answer |= {"verdict": "refused", "outcome": "refused", "code": "key-reused", "dispute": None}
            elif done is not None:
                answer |= {"verdict": "done", "outcome": "done"}
            elif verdict is None:
                answer |= {"verdict": "waiting", "outcome": "waiting"}
            else:
                sentence = verdict.sentence_en if language == "en" else verdict.sentence_zh
                answer |= {
                    "verdict": "repeated" if name in taken.judged else verdict.verdict,
                    "outcome": verdict.verdict, "code": verdict.code, "detail": sentence,
                }  # fmt: skip
            answers.append(answer)
    return answers, missing
