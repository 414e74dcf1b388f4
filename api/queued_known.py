"""This file is what is to be known of the events of a queue: who was on, which scanner they held, on what occasion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from api import reading
from api.here import settings
from scanners import Scan
from spd import signing_on
from spd.core import clock
from spd.core.occasion import Occasion
from spd.offline import DeviceEvent, EventKind
from spd.staff import Person, Role, find_person


@dataclass(frozen=True, kw_only=True)
class Act:
    """An event as its act needs it."""

    said: dict[str, Any]
    occasion: Occasion
    person: Person
    departments: frozenset[int] | None
    department_id: int | None
    """Where it was done."""
    scanner: reading.Scanner | None
    """None where the code was typed."""

    def heard(self, text: str) -> Scan:
        """What a scan of this event says, of one code or of two on one label.

        Raises: Unreadable, DeviceUnfit, ScannerUnnamed.
        """
        codes = reading.codes_of(text) or [text]
        read = reading.typed if self.scanner is None else self.scanner.read
        scan = read(codes[0]) if len(codes) == 1 else reading.one_label([read(code) for code in codes])
        if self.scanner is None:
            return scan
        if self.person.roles != {Role.INTEGRATION}:
            self.scanner.refuse_unfit(scan)
        return scan


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is asked once for a whole queue: who was on, the scanners they held, since when its device is revoked."""

    people: dict[int, Person | None]
    scanners: dict[str, reading.Scanner]
    """By what the event calls its scanner; by nothing, that of the device."""
    revoked_at: datetime | None


def known_of(session: Session, events: Sequence[DeviceEvent], known: Known | None = None) -> Known:
    """What is to be known of these events, more than is known."""
    if known is None:
        revoked_at = signing_on.revoked_since(session, events[0].device) if events else None
        held = {"": scanner_of_queue(session, events[0].device)} if events else {}
        known = Known(people={}, scanners=held, revoked_at=revoked_at)
    for number in {event.staff_id for event in events} - known.people.keys():
        known.people[number] = find_person(session.connection(), number)
    return known


def scanner_of_queue(session: Session, queue: str) -> reading.Scanner:
    """The scanner of the device whose queue this is: the shared one that was enrolled with it, else as the header says.

    Whose browser hands in a file says nothing of the device that wrote it.
    """
    name = signing_on.device_of_queue(session, queue) or request.headers.get("X-Device", "").strip()[:80]
    return reading.look_up(session, name, at=clock.now())


def scanner_of(session: Session, known: Known, name: str) -> reading.Scanner:
    if name not in known.scanners:
        known.scanners[name] = reading.look_up(session, name, at=clock.now())
    return known.scanners[name]


def occasion_of(event: DeviceEvent, at: datetime) -> Occasion:
    """The occasion of an event: who was on, when it happened by the device's clock set right, when it is booked."""
    return Occasion(
        request_key=event.event_id,
        staff_id=event.staff_id,
        occurred_at=event.occurred_at,
        recorded_at=at,
        day=clock.day_of(event.occurred_at, settings().zone),
        zone=settings().zone,
        device=f"{event.device} keyed:downtime" if event.kind == EventKind.PAPER else event.device,
        content=event.hash,
    )
