"""This file is a handheld without network: it writes down what is done, in a chain, and brings it later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from spd import offline
from spd.core.ids import request_key
from spd.offline import START, Queued
from tests import build


@dataclass
class Device:
    """One handheld with its chain."""

    name: str
    staff_id: int
    now: datetime = build.NOW
    offset_ms: int = 0
    sequence: int = 0
    head: bytes = START
    kept: list[Queued] = field(default_factory=list)

    def write(self, kind: str, **payload: Any) -> Queued:
        """Something is done; it is written down before anybody hears of it."""
        self.sequence += 1
        self.now += timedelta(milliseconds=700)
        event = Queued(
            event_id=request_key(self.now), device=self.name, sequence=self.sequence, kind=kind, payload=payload,
            clock_at=self.now - timedelta(milliseconds=self.offset_ms), offset_ms=self.offset_ms, previous=self.head,
            hash=START, staff_id=self.staff_id,
        )  # fmt: skip
        event = replace(event, hash=offline.digest(event))
        self.head = event.hash
        self.kept.append(event)
        return event

    def use(self, code: str, **more: Any) -> Queued:
        """An item scanned to be used."""
        return self.write("use", scan=code, **more)


def sent(event: Queued, **more: Any) -> dict[str, Any]:
    """An event as it goes over the wire."""
    return {
        "event_id": str(event.event_id), "sequence": event.sequence, "kind": event.kind,
        "payload": dict(event.payload), "clock_at": event.clock_at.isoformat(), "offset_ms": event.offset_ms,
        "previous": event.previous.hex(), "hash": event.hash.hex(), **more,
    }  # fmt: skip
