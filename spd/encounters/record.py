"""This file is keeping events of stays, once each and never changed, with how each stay stands after all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, NotFound, Refusal, Refused
from spd.core.occasion import Occasion
from spd.encounters.events import (
    OF_PATIENTS,
    EncounterEvent,
    EncounterEventTrouble,
    EncounterEventTurn,
    EventKind,
    Told,
)
from spd.encounters.fold import REASONS, Key, key_of
from spd.encounters.models import Encounter
from spd.encounters.standing import folded, note, parts, write
from spd.encounters.stay import masked_name
from spd.places import Department

AHEAD = timedelta(hours=1)  # how far the clocks of others may be ahead of ours
KNOWN = "spd"
"""The source of what was known of a stay before its first event."""


class EventChanged(Conflict):
    """A message of this number came before and said something else."""

    code = "event-changed"
    say = {
        "zh": "消息 {message} 之前已收到且内容不同。更正须发取消消息和新消息, 请与 HIS 核对。",
        "en": "Message {message} came before and said something else. Cancel it and send a new one.",
    }


class EventIncomplete(Refused):
    """The event does not say what an event of its kind must say."""

    code = "event-incomplete"
    say = {
        "zh": "消息 {message} 缺少 {missing}。补全后重发。",
        "en": "Message {message} does not say {missing}. Send it again with that.",
    }


class EventInFuture(Refused):
    """The event is said to have happened later than now."""

    code = "event-in-future"
    say = {
        "zh": "消息 {message} 的时间 {at} 在将来。校准来源系统时间后重发。",
        "en": "Message {message} is of {at}, which is in the future. Set the clock of its sender and send it again.",
    }


class UnknownTrouble(NotFound):
    """No event of this number waits."""

    code = "unknown-encounter-event"
    say = {"zh": "没有待处理的就诊消息 {number}。", "en": "No event of a stay with number {number} waits."}


@dataclass(frozen=True, kw_only=True)
class EventVerdict:
    """What became of one event: applied, waiting (kept, and applied when it makes sense), or refused.

    `repeated`: it had come before; `reason`: why it waits, or the code of the refusal.
    """

    message: str
    outcome: str
    repeated: bool = False
    reason: str = ""
    zh: str = ""
    en: str = ""


def judged(events: Sequence[Told], known: dict[Key, bytes], *, at: datetime) -> list[Refusal | None]:
    """What of these cannot be kept, in their order; `known` are the fingerprints of those that came before."""
    said = dict(known)
    return [_refusal(event, said, at) for event in events]


def _refusal(event: Told, said: dict[Key, bytes], at: datetime) -> Refusal | None:
    if missing := _missing(event):
        return EventIncomplete(message=event.message, missing=missing)
    if event.occurred_at - at > AHEAD:
        return EventInFuture(message=event.message, at=event.occurred_at.isoformat(timespec="minutes"))
    if said.setdefault(key_of(event), event.fingerprint) != event.fingerprint:
        return EventChanged(message=event.message)
    return None


def _missing(event: Told) -> str:
    if event.kind in OF_PATIENTS:
        wants_survivor = event.kind is EventKind.MERGE_PATIENT and not event.survivor
        return "patient" if not event.patient else "survivor" if wants_survivor else ""
    if not event.encounter:
        return "encounter"
    if event.kind is EventKind.ADMIT:
        return "department" if not event.department else "patient" if not event.patient else ""
    if event.kind is EventKind.TRANSFER and not event.department and not event.bed:
        return "department"
    return "survivor" if event.kind is EventKind.MERGE and not event.survivor else ""


def known_events(session: Session, keys: Iterable[Key]) -> dict[Key, bytes]:
    """The fingerprints of those of these events that came before."""
    wanted = set(keys)
    found: dict[Key, bytes] = {}
    for part in parts({message for _, message in wanted}):
        query = select(EncounterEvent.source, EncounterEvent.message, EncounterEvent.fingerprint)
        for source, message, fingerprint in session.execute(query.where(EncounterEvent.message.in_(part))):
            if (source, message) in wanted:
                found[source, message] = fingerprint
    return found


def refuse_event(session: Session, occasion: Occasion, event: Told) -> None:
    """Refuse an event that cannot be kept. Raises: EventIncomplete, EventInFuture, EventChanged."""
    event = _masked(event)
    for refusal in judged([event], known_events(session, [key_of(event)]), at=occasion.recorded_at):
        if refusal is not None:
            raise refusal


def _masked(event: Told) -> Told:
    return replace(event, patient_name=masked_name(event.patient_name) if event.patient_name else "")


def record(session: Session, occasion: Occasion, events: Sequence[Told]) -> list[EventVerdict]:
    """Keep these events, each once, and bring the stays they are about to what all events come to; one verdict each.

    Nothing is raised for one of them: what cannot be kept is refused in its verdict, and the others are kept.
    """
    taken = _take_turn(session)
    masked = [_masked(one) for one in events]
    known = known_events(session, map(key_of, masked))
    refusals = judged(masked, known, at=occasion.recorded_at)
    new: dict[Key, Told] = {}
    for event, refusal in zip(masked, refusals, strict=True):
        if refusal is None and key_of(event) not in known:
            new.setdefault(key_of(event), event)
    if new:
        before = _known_stays(session, new.values())
        _keep(session, occasion, [*before, *new.values()], taken)
        _bring_up(session, occasion, [*before, *new.values()])
    waiting = _waiting(session, [key_of(event) for event in masked])
    told: list[EventVerdict] = []
    seen = set(known)
    for event, refusal in zip(masked, refusals, strict=True):
        told.append(_verdict(event, refusal, waiting, repeated=key_of(event) in seen))
        seen.add(key_of(event))
    return told


def _verdict(event: Told, refusal: Refusal | None, waiting: dict[Key, str], *, repeated: bool) -> EventVerdict:
    if refusal is not None:
        return EventVerdict(
            message=event.message, outcome="refused", reason=refusal.code, zh=refusal.sentence("zh"),
            en=refusal.sentence("en"),
        )  # fmt: skip
    reason = waiting.get(key_of(event), "")
    zh, en = REASONS.get(reason, ("", ""))
    outcome = "waiting" if reason else "applied"
    return EventVerdict(message=event.message, outcome=outcome, repeated=repeated, reason=reason, zh=zh, en=en)


def _take_turn(session: Session) -> int:
    """The last number given to an event. Whoever else keeps events waits until this transaction is over."""
    session.execute(update(EncounterEventTurn).values(taken=EncounterEventTurn.taken))
    return session.scalars(select(EncounterEventTurn.taken)).one()


def _keep(session: Session, occasion: Occasion, events: Sequence[Told], taken: int) -> None:
    by = {
        "received_at": occasion.recorded_at, "request_key": occasion.request_key, "received_by_id": occasion.staff_id,
    }  # fmt: skip
    rows = [
        vars(event) | by | {"kind": event.kind.value, "fingerprint": event.fingerprint, "sequence": taken + number}
        for number, event in enumerate(events, 1)
    ]
    session.execute(insert(EncounterEvent), rows)
    session.execute(update(EncounterEventTurn).values(taken=taken + len(rows)))


def _known_stays(session: Session, events: Collection[Told]) -> list[Told]:
    """How stays stand that these events are about, and of which no event has come yet: as events of their own."""
    of_stays = [event for event in events if event.kind not in OF_PATIENTS]
    codes = {one for event in of_stays for one in (event.encounter, event.survivor) if one}
    bands = {event.wristband for event in of_stays if event.wristband}
    patients = _patients(events)
    known: list[Told] = []
    led = select(EncounterEvent.id).where(EncounterEvent.encounter == Encounter.code).exists()
    for column, wanted in ((Encounter.code, codes), (Encounter.wristband, bands), (Encounter.patient, patients)):
        for part in parts(wanted):
            query = select(Encounter, Department.code).join(Department, Department.id == Encounter.department_id)
            for stay, department in session.execute(query.where(column.in_(part), ~led)):
                known += [one for one in _as_events(stay, department) if one not in known]
    return known


def _as_events(stay: Encounter, department: str) -> list[Told]:
    admitted = Told(
        message=f"{stay.code}:admit", source=KNOWN, kind=EventKind.ADMIT, encounter=stay.code,
        occurred_at=stay.admitted_at, department=department, bed=stay.bed, wristband=stay.wristband or "",
        patient=stay.patient, patient_name=stay.patient_name, encounter_class=stay.encounter_class, known=True,
    )  # fmt: skip
    if stay.discharged_at is None:
        return [admitted]
    gone = {"message": f"{stay.code}:discharge", "kind": EventKind.DISCHARGE, "occurred_at": stay.discharged_at}
    return [admitted, Told(source=KNOWN, encounter=stay.code, known=True, **gone)]  # type: ignore[arg-type]


def led_by_events(session: Session, codes: Iterable[str]) -> frozenset[str]:
    """Those of these stays that events lead: a list no longer says where their patients are."""
    found: set[str] = set()
    for part in parts(set(codes)):
        found.update(session.scalars(select(EncounterEvent.encounter).where(EncounterEvent.encounter.in_(part))))
    return frozenset(found)


def _patients(events: Iterable[Told]) -> set[str]:
    """The numbers of the patients whom these events merge."""
    return {one for event in events if event.kind in OF_PATIENTS for one in (event.patient, event.survivor) if one}


def _bring_up(session: Session, occasion: Occasion, events: Sequence[Told]) -> None:
    """The stays and patients of these events, and all they hang together with, as their events leave them."""
    codes = {one.encounter for one in events if one.encounter}
    numbers, outcome = folded(session, codes, _patients(events))
    write(session, outcome.stays, at=occasion.recorded_at)
    note(session, occasion, numbers, outcome)


def _waiting(session: Session, keys: Sequence[Key]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    query = (
        select(EncounterEvent.source, EncounterEvent.message, EncounterEventTrouble.reason)
        .join(EncounterEventTrouble, EncounterEventTrouble.event_id == EncounterEvent.id)
        .where(EncounterEventTrouble.ended_at.is_(None))
    )
    for part in parts({message for _, message in keys}):
        for source, message, reason in session.execute(query.where(EncounterEvent.message.in_(part))):
            found[source, message] = reason
    return found


def set_aside(session: Session, occasion: Occasion, number: int, *, reason: str) -> EncounterEventTrouble:
    """An event nobody waits for any more, and why; said again, the first stands. Raises: UnknownTrouble."""
    query = select(EncounterEventTrouble).where(
        EncounterEventTrouble.event_id == number, EncounterEventTrouble.ended_at.is_(None)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownTrouble(number=number)
    if found.set_aside_at is None:
        found.set_aside_at, found.set_aside_by_id = occasion.recorded_at, occasion.staff_id
        found.set_aside_reason = reason
        session.flush()  # so that a refusal by the database comes here
    return found
