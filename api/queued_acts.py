"""This file is what each kind of event of a queue does, as the endpoint that takes it online would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, queued_numbers, unable
from api.pages.patient_token import encounter_of
from api.queued_known import Act, Known, occasion_of, scanner_of
from api.queued_said import PAYLOAD
from scanners import Scan, Unreadable
from spd import consumption, counting, interceptions, offline, replenishment, signing_on, stock, unscanned
from spd.core.errors import NotAllowed, Refusal
from spd.counting import Round
from spd.encounters import StayNumber, get_encounter
from spd.ledger import Movement
from spd.offline import DeviceEvent, EventKind
from spd.places import get_location
from spd.reconciliation import Confirming
from spd.staff import Person
from spd.stock import Goods, use_rules
from spd.stock.use_rules import Outcome, Severity
from spd.unscanned import UnableReason

ENDPOINT = {
    EventKind.USE: "uses.record", EventKind.SIGN: "dispatches.sign", EventKind.COUNT: "counts.line",
    EventKind.PAPER: "re-entries.enter", EventKind.EMERGENCY: "emergency-uses.record",
    EventKind.UNABLE: "unscanned.report", EventKind.CAUGHT: "uses.record",
}  # fmt: skip
"""Whose row of the table of access says who may."""


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
    held = None if said.get("entered") == "keyed" else scanner_of(session, known, said.get("scanner", ""))
    return Act(
        said=said, occasion=when, person=person, departments=person.departments(*row.roles),
        department_id=event.department_id, scanner=held,
    )  # fmt: skip


def _names(error: ValidationError | KeyError) -> list[str]:
    return sorted(map(str, error.messages_dict)) if isinstance(error, ValidationError) else ["kind"]


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
    interceptions.note_each(session, act.occasion, done.noted)
    queued_numbers.note_number(session, act, {}, used_on=done.encounter, movement_id=done.movement_ids[0])


def _in_emergency(session: Session, act: Act) -> None:
    use, tag = _scanned(session, act), act.said["tag"]
    if isinstance(use.item, Scan) and use.item.kind == "kit":
        kit = replace(use, item=use.item.code or use.item.data)
        done = consumption.use_kit_in_emergency(session, kit, tag).use
        interceptions.note_each(session, act.occasion, done.noted)
        return
    _noted(session, act, consumption.use_in_emergency(session, use, tag).use)


def _unable(session: Session, act: Act) -> None:
    said = act.said
    when = replace(act.occasion, request_key=said.get("report", act.occasion.request_key))
    about = unscanned.Unable(
        reason=UnableReason(said["reason"]), page=said["page"], department_id=act.department_id,
        item_id=unable.item_of(session, said["code"]),
    )  # fmt: skip
    unscanned.report(session, when, about)


def _caught(session: Session, act: Act) -> None:
    """What the device stopped by itself, as it would have been kept online; nothing was used."""
    goods = _goods_of(session, act)
    rule = act.said["rule"]
    if rule == "expired" and goods is not None and goods.implant:
        rule = "expired-implant"
    outcome, severity = use_rules.weight(rule) or (Outcome.BLOCK, Severity.NONE)
    about: dict[str, Any] = {"department_id": act.department_id, "encounter_id": _stay_of(session, act)}
    if goods is not None:
        item = goods.item
        about |= {"item_id": item.id, "product_id": item.product_id, "location_id": item.location_id}
        about["department_id"] = act.department_id or goods.department_id
    caught = interceptions.Caught(rule=rule, outcome=outcome.value, severity=severity.value, about=about)
    interceptions.keep(session, act.occasion, caught)


def _goods_of(session: Session, act: Act) -> Goods | None:
    """The thing of the scan, as far as it says which; none where it is not known here."""
    try:
        return stock.get_goods(
            session, stock.item_code(session, act.heard(act.said["scan"]), departments=act.departments)
        )
    except (Refusal, Unreadable):
        return None


def _stay_of(session: Session, act: Act) -> int | None:
    try:
        encounter = _encounter_of(session, act)
        return get_encounter(session, encounter).id if encounter else None
    except Refusal:
        return None


def _noted(session: Session, act: Act, done: consumption.Use) -> None:
    interceptions.note(session, act.occasion, done.noted, done.about, movement_id=done.movement_id)
    queued_numbers.note_number(session, act, done.about, used_on=done.encounter, movement_id=done.movement_id)


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
    return consumption.UseScanned(
        occasion=act.occasion,
        item=scan,
        encounter=_encounter_of(session, act),
        department=act.said.get("department"),
        quantity=act.said.get("quantity"),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=act.departments,
        sheet=act.said.get("sheet", ""),
    )


def _encounter_of(session: Session, act: Act) -> str | None:
    """The stay that was said: by its wristband, by the token of the page, entered from paper by its number. Raises:
    Unclear."""
    if not (token := act.said.get("patient")):
        said = act.said.get("encounter")
        return StayNumber(said) if said and "sheet" in act.said else said
    found = encounter_of(session, token, at=act.occasion.occurred_at, longest=offline.LATE + timedelta(days=1))
    if found is None:
        raise offline.Unclear(what="patient")
    return found


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
    EventKind.EMERGENCY: _in_emergency, EventKind.UNABLE: _unable, EventKind.CAUGHT: _caught,
}  # fmt: skip
