"""This file is bringing a device's queue: kept first, then judged in the order of the device, each event by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api import queued_acts
from api.here import database
from spd import offline
from spd.core.errors import Refusal
from spd.core.transaction import reading, transaction
from spd.ledger import Moved, PeriodClosed, Racing
from spd.offline import Brought, DeviceEvent, Queued

AT_ONCE = 10
"""Events in one transaction."""
_TRIES = 6
_DEADLOCKS = ("40P01", "40001")
_log = structlog.get_logger()


def bring(device: str, events: Sequence[Queued], brought: Brought) -> set[str]:
    """Keep and judge the events, some at a time. Gives the ids under which something else was said before."""
    other: set[str] = set()
    ordered = sorted(events, key=lambda one: one.sequence)
    for first in range(0, len(ordered), AT_ONCE):
        other |= _together(device, ordered[first : first + AT_ONCE], brought)
    if other:
        _log.warning("event ids said twice with different content", device=device, events=sorted(other))
    return other


def judge_waiting(device: str, at: datetime) -> None:
    """Judge what need not wait any more: a missing event was given up, or has not come for long."""
    with transaction(database()) as session:
        offline.lock(session, device, at)
        judge_ready(session, device, at)


def _together(device: str, events: Sequence[Queued], brought: Brought) -> set[str]:
    for last in [False] * (_TRIES - 1) + [True]:
        try:
            with transaction(database()) as session:
                chain = offline.lock(session, device, brought.at)
                other = offline.take(session, chain, events, brought)
                judge_ready(session, device, brought.at)
                return other
        except OperationalError as error:
            # Two devices took the same things in different orders: the database let one of them go on.
            if last or getattr(error.orig, "sqlstate", "") not in _DEADLOCKS:
                raise
    raise AssertionError("the last try returns or raises")


def judge_ready(session: Session, device: str, at: datetime) -> None:
    """Judge what is ready of this device, in its order, in the caller's transaction."""
    ready = offline.ready(session, device, at)
    known, done = queued_acts.known_of(session, ready), list[DeviceEvent]()
    for event in ready:
        error = _refusal_of(session, event, known, at)
        if error is None:
            done.append(event)
            continue
        offline.done(session, done, at)  # verdicts are kept in the order they are made
        done.clear()
        queued_acts.note_refused(session, event, error, at)
        offline.dispute(session, event, error, at)
    offline.done(session, done, at)


def _refusal_of(session: Session, event: DeviceEvent, known: queued_acts.Known, at: datetime) -> Refusal | None:
    """Do what an event says, in a savepoint of its own: refused, nothing of it is left."""
    told: Refusal | None = None
    for _ in range(_TRIES):
        try:
            with session.begin_nested():
                queued_acts.do(session, event, known, at)
        except (Moved, Racing, PeriodClosed) as error:
            told = error  # somebody else was quicker: judged again as things stand now
        except Refusal as error:
            return error
        else:
            return None
    return told


def told(events: Sequence[Queued], known: set[str], other: set[str], language: str) -> list[dict[str, Any]]:
    """One verdict for each event, in the order asked. `known`: ids that had a verdict before this batch."""
    with reading(database()) as session:
        found = offline.verdicts(session, [one.event_id for one in events])
        answers = []
        for event in events:
            row, verdict, dispute = found[event.event_id]
            name = str(event.event_id)
            answer: dict[str, Any] = {
                "event_id": event.event_id, "sequence": event.sequence, "code": "", "detail": "",
                "dispute": dispute or None, "flags": [flag for flag in row.flags.split(",") if flag],
            }  # fmt: skip
            if name in other:
                answer |= {"verdict": "refused", "outcome": "refused", "code": "key-reused", "dispute": None}
            elif verdict is None:
                answer |= {"verdict": "waiting", "outcome": "waiting"}
            else:
                sentence = verdict.sentence_en if language == "en" else verdict.sentence_zh
                answer |= {
                    "verdict": "repeated" if name in known else verdict.verdict,
                    "outcome": verdict.verdict, "code": verdict.code, "detail": sentence,
                }  # fmt: skip
            answers.append(answer)
    return answers
