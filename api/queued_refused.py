"""This file is what is kept of a queue's event that was refused: what the rules caught, alarms of trace codes."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from api import reading
from api.queued_known import occasion_of, scanner_of_queue
from scanners import Unreadable
from spd import interceptions, offline, trace_codes
from spd.core import clock
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.offline import DeviceEvent, EventKind
from spd.stock import AlreadyUsed, Gone, use_rules


def note_refused(session: Session, event: DeviceEvent, error: Refusal, at: datetime) -> None:
    """Keep what the rules of the bedside caught, and the alarm of a trace code that was sold before."""
    if event.kind not in (EventKind.USE, EventKind.PAPER, EventKind.EMERGENCY):
        return
    rule, when = str(error.about.get("rule", error.code)), occasion_of(event, at)
    if weight := use_rules.weight(rule):
        outcome, severity = str(error.about.get("outcome", weight[0].value)), weight[1].value
        interceptions.keep(
            session, when, interceptions.Caught(rule=rule, outcome=outcome, severity=severity, about=error.about)
        )
    if isinstance(error, AlreadyUsed | Gone):
        _alarm(session, event, when)


def _alarm(session: Session, event: DeviceEvent, when: Occasion) -> None:
    name = str(json.loads(event.payload).get("scanner") or "")[:80]
    scanner = reading.look_up(session, name, at=clock.now()) if name else scanner_of_queue(session, event.device)
    try:
        code = scanner.read(offline.scanned_of(event)).trace_code
    except Unreadable:
        return
    if code:
        sold = trace_codes.Done(codes=(code,), act=trace_codes.Act.SELL, reference="refused")
        trace_codes.act(session, when, sold)
