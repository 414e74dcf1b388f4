"""This file is what each kind of event of a queue does, as the endpoint that takes it online would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

import scanners
from api import access, reading, unable
from api.here import settings
from api.pages.patient_token import encounter_of
from api.queued_said import PAYLOAD
from scanners import Scan, Unreadable
from spd import consumption, counting, interceptions, offline, replenishment, signing_on, trace_codes, unscanned
from spd.core import clock
from spd.core.errors import NotAllowed, Refusal
from spd.core.occasion import Occasion
from spd.counting import Round
from spd.ledger import Movement
from spd.offline import DeviceEvent, EventKind
from spd.places import get_location
from spd.reconciliation import Confirming
from spd.staff import Person, Role, find_person
from spd.stock import AlreadyUsed, Gone, use_rules
from spd.unscanned import UnableReason

ENDPOINT = {
    EventKind.USE: "uses.record", EventKind.SIGN: "dispatches.sign", EventKind.COUNT: "counts.line",
    EventKind.PAPER: "re-entries.enter", EventKind.EMERGENCY: "emergency-uses.record",
    EventKind.UNABLE: "unscanned.report",
}  # fmt: skip
"""Whose row of the table of access says who may."""


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
        """What a scan of this event says. Raises: Unreadable, DeviceUnfit, ScannerUnnamed."""
        if self.scanner is None:
            return scanners.read(text)
        scan = self.scanner.read(text)
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
        held = {"": _of_device(session, events[0].device)} if events else {}
        known = Known(people={}, scanners=held, revoked_at=revoked_at)
    for number in {event.staff_id for event in events} - known.people.keys():
        known.people[number] = find_person(session.connection(), number)
    return known


def _of_device(session: Session, queue: str) -> reading.Scanner:
    """The scanner of the device whose queue this is: the shared one that was enrolled with it, else as the header says.

    Whose browser hands in a file says nothing of the device that wrote it.
    """
    name = signing_on.device_of_queue(session, queue) or request.headers.get("X-Device", "").strip()[:80]
    return reading.look_up(session, name, at=clock.now())


def _scanner(session: Session, known: Known, name: str) -> reading.Scanner:
    if name not in known.scanners:
        known.scanners[name] = reading.look_up(session, name, at=clock.now())
    return known.scanners[name]


def _did(session: Session, event: DeviceEvent) -> int | None:
    """Who did it, if it came through online; None where it did not."""
    return session.scalar(select(Movement.staff_id).where(Movement.request_key == event.event_id).limit(1))


def do(session: Session, event: DeviceEvent, known: Known, at: datetime) -> None:
    """Do what the event says, once: under its id, which was the request key if it was tried online before.

    Raises: ChainBroken, DeviceRevoked, Unclear, PersonLeft, what the act of its kind raises.
    """
    distrusted = _distrusted(event, known)
    if isinstance(distrusted, offline.ChainBroken):
        raise distrusted
    if _did(session, event) == event.staff_id:
        return  # the same person's same act came through before its answer was lost
    if distrusted is not None:
        raise distrusted
    try:
        act = _act(session, event, known, at)
        _DO[EventKind(event.kind)](session, act)
    except Unreadable as error:
        raise offline.Unclear(what=error.en) from error


def _distrusted(event: DeviceEvent, known: Known) -> Refusal | None:
    """Why what the event says is not done, whatever it says: its chain is broken, or its device was revoked before."""
    if "chain" in event.flags.split(","):
        return offline.ChainBroken(device=event.device, sequence=event.sequence)
    if known.revoked_at is not None and event.occurred_at >= known.revoked_at:
        return signing_on.DeviceRevoked(device=event.device)
    return None


def _act(session: Session, event: DeviceEvent, known: Known, at: datetime) -> Act:
    try:
        said: dict[str, Any] = PAYLOAD[event.kind].load(json.loads(event.payload))
    except (ValidationError, KeyError) as error:
        raise offline.Unclear(what=", ".join(_names(error))) from error
    person = known.people[event.staff_id]
    row = access.TABLE[ENDPOINT[EventKind(event.kind)]]
    if person is None or not person.roles & row.roles:
        raise offline.PersonLeft()
    when = occasion_of(event, at)
    if said.get("entered") == "keyed":  # as online: kept with the movement
        when = replace(when, device=f"{when.device} keyed:{said.get('reason', '')}"[:100])
    held = None if said.get("entered") == "keyed" else _scanner(session, known, said.get("scanner", ""))
    return Act(
        said=said, occasion=when, person=person, departments=person.departments(*row.roles),
        department_id=event.department_id, scanner=held,
    )  # fmt: skip


def _names(error: ValidationError | KeyError) -> list[str]:
    return sorted(map(str, error.messages_dict)) if isinstance(error, ValidationError) else ["kind"]


def occasion_of(event: DeviceEvent, at: datetime) -> Occasion:
    """The occasion of an event: who was on, when it happened by the device's clock set right, when it is booked."""
    return Occasion(
        request_key=event.event_id,
        staff_id=event.staff_id,
        occurred_at=event.occurred_at,
        recorded_at=at,
        day=clock.day_of(event.occurred_at, settings().zone),
        device=f"{event.device} keyed:downtime" if event.kind == EventKind.PAPER else event.device,
        content=event.hash,
    )


def _use(session: Session, act: Act) -> None:
    use, confirming = _scanned(session, act), Confirming()
    use = replace(use, claim=confirming.claim)
    if isinstance(use.item, Scan) and use.item.kind == "kit":
        _kit(session, act, use, confirming)
        return
    done = consumption.record_use(session, use)
    confirming.link(session, act.occasion, [(done.item, done.movement_id)])
    _noted(session, act, done)


def _kit(session: Session, act: Act, use: consumption.UseScanned, confirming: Confirming) -> None:
    assert isinstance(use.item, Scan), "a kit was scanned"
    done = consumption.use_kit(session, replace(use, item=use.item.code or use.item.data))
    confirming.link(session, act.occasion, list(zip(done.items, done.movement_ids, strict=True)))
    for movement_id, noted, about in done.noted:
        interceptions.note(session, act.occasion, noted, about, movement_id=movement_id)


def _in_emergency(session: Session, act: Act) -> None:
    done = consumption.use_in_emergency(session, _scanned(session, act), act.said["tag"])
    _noted(session, act, done.use)


def _unable(session: Session, act: Act) -> None:
    said = act.said
    when = replace(act.occasion, request_key=said.get("report", act.occasion.request_key))
    about = unscanned.Unable(
        reason=UnableReason(said["reason"]), page=said["page"], department_id=act.department_id,
        item_id=unable.item_of(session, said["code"]),
    )  # fmt: skip
    unscanned.report(session, when, about)


def _noted(session: Session, act: Act, done: consumption.Use) -> None:
    interceptions.note(session, act.occasion, done.noted, done.about, movement_id=done.movement_id)


def together(
    session: Session, events: Sequence[DeviceEvent], known: Known, at: datetime
) -> list[Refusal | None]:  # fmt: skip
    """What became of the first of these events, uses written in one: the refusal of each, None where it is done.

    It ends before the first that `do` has to do by itself. Raises: Racing, Moved, PeriodClosed: nothing is done.
    """
    acts, uses, confirming = list[Act](), list[consumption.UseScanned](), Confirming()
    for event in events:
        if event.kind != EventKind.USE or _distrusted(event, known):
            break
        try:
            act = _act(session, event, known, at)
            uses.append(replace(_scanned(session, act), claim=confirming.claim))
        except (Unreadable, Refusal):
            break
        acts.append(act)
    told: list[Refusal | None] = []
    for act, done in zip(acts, consumption.record_several(session, uses) if len(uses) > 1 else [], strict=False):
        if isinstance(done, consumption.Use):
            confirming.link(session, act.occasion, [(done.item, done.movement_id)])
            _noted(session, act, done)
        told.append(done if isinstance(done, Refusal) else None)
    return told


def _scanned(session: Session, act: Act) -> consumption.UseScanned:
    """The use as it was scanned. Raises: Unreadable, DeviceUnfit, ScannerUnnamed, Unclear."""
    scan = act.heard(act.said["scan"])
    encounter = act.said.get("encounter")
    if token := act.said.get("patient"):
        encounter = encounter_of(session, token, at=act.occasion.occurred_at, longest=offline.LATE + timedelta(days=1))
        if encounter is None:
            raise offline.Unclear(what="patient")
    return consumption.UseScanned(
        occasion=act.occasion,
        item=scan,
        encounter=encounter,
        department=act.said.get("department"),
        quantity=act.said.get("quantity"),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=act.departments,
        sheet=act.said.get("sheet", ""),
    )


def _sign(session: Session, act: Act) -> None:
    signing = replenishment.ToSign(
        occasion=act.occasion,
        dispatch=act.said["dispatch"],
        location=act.said["location"],
        items=[act.heard(item) for item in act.said["items"]],
        badge=act.said["badge"],
        signer=act.person,
    )
    if act.said["missing"]:
        replenishment.report_missing(session, act.occasion, signing.dispatch, _signer(session, act))
    else:
        replenishment.sign(session, signing)


def _signer(session: Session, act: Act) -> Person:
    return replenishment.by_badge(session, act.said["badge"]) if act.said["badge"] else act.person


def _count(session: Session, act: Act) -> None:
    place = get_location(session, act.said["location"])
    if act.departments is not None and place.department_id not in act.departments:
        raise NotAllowed()
    number = Round(act.said["round"]) if "round" in act.said else None
    if "scan" not in act.said:
        at = counting.At(occasion=act.occasion, count=act.said["count"], location=place.code, round=number)
        counting.go_over(session, at)
        return
    seen = counting.Seen(
        occasion=act.occasion,
        count=act.said["count"],
        location=place.code,
        item=act.heard(act.said["scan"]),
        quantity=act.said.get("quantity"),
        round=number,
    )
    counting.record(session, seen)


_DO = {
    EventKind.USE: _use, EventKind.SIGN: _sign, EventKind.COUNT: _count, EventKind.PAPER: _use,
    EventKind.EMERGENCY: _in_emergency, EventKind.UNABLE: _unable,
}  # fmt: skip


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
    scanner = reading.look_up(session, name, at=clock.now()) if name else _of_device(session, event.device)
    try:
        code = scanner.read(offline.scanned_of(event)).trace_code
    except Unreadable:
        return
    if code:
        sold = trace_codes.Done(codes=(code,), act=trace_codes.Act.SELL, reference="refused")
        trace_codes.act(session, when, sold)
