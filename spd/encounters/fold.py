"""This file is what a set of events comes to: how each stay stands, and which events make no sense of it.

A function of the events alone, in the order of when they happened: whatever order they come in, however often, the
answer is the same. Source: domain facts D1 and G6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from spd.encounters.events import OF_PATIENTS, EventKind, Told

REASONS: Mapping[str, tuple[str, str]] = {
    "unknown-encounter": ("此就诊还没有入院消息", "No admission of this stay has come"),
    "unknown-department": ("没有这个科室编码", "No department has this code"),
    "already-admitted": ("此就诊已入院", "The stay was admitted before"),
    "not-admitted": ("发生在入院之前", "It happened before the admission"),
    "already-discharged": ("患者此前已出院", "The patient had been discharged before"),
    "admission-cancelled": ("入院已取消", "The admission was cancelled"),
    "nothing-to-cancel": ("没有可取消的消息", "There is nothing that it could cancel"),
    "merges-itself": ("不能合并到自身", "A stay cannot be merged into itself"),
    "unknown-survivor": ("保留方就诊还没有入院消息", "No admission of the surviving stay has come"),
    "already-merged": ("此就诊已合并到别处", "The stay was merged into another before"),
    "merge-circle": ("合并成环", "The merges would run in a circle"),
    "wristband-taken": ("腕带号已属另一就诊", "The wristband is another stay's"),
}
"""Why an event is not applied, in words: zh, en."""

CANCELS = {
    EventKind.CANCEL_ADMIT: EventKind.ADMIT,
    EventKind.CANCEL_TRANSFER: EventKind.TRANSFER,
    EventKind.CANCEL_DISCHARGE: EventKind.DISCHARGE,
    EventKind.CANCEL_MERGE: EventKind.MERGE,
    EventKind.CANCEL_MERGE_PATIENT: EventKind.MERGE_PATIENT,
}
_RANK = {kind: number for number, kind in enumerate(EventKind)}
Key = tuple[str, str]
"""Source and message: what an event is known by."""


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A stay as its events leave it. `department` is a code; `survivor` the stay it stands for after all merges."""

    patient: str
    patient_name: str
    department: str
    bed: str
    wristband: str
    encounter_class: str
    admitted_at: datetime
    discharged_at: datetime | None = None
    moved_at: datetime | None = None
    moved_from: str = ""
    before: tuple[tuple[str, datetime], ...] = ()
    """The departments it lay in before, in order, each with the instant until which."""
    cancelled: bool = False
    merged_at: datetime | None = None
    survivor: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the stays stand, by number, and why some events are not applied."""

    stays: Mapping[str, Folded]
    troubles: Mapping[Key, str]


def key_of(event: Told) -> Key:
    """What an event is known by."""
    return event.source, event.message


def _order(event: Told) -> tuple[datetime, int, str, str]:
    return event.occurred_at, _RANK[event.kind], event.source, event.message


def fold(events: Iterable[Told], *, departments: Collection[str]) -> Outcome:
    """What the events come to. They are all of the stays they name, and of those these are merged with."""
    troubles: dict[Key, str] = {}
    by_stay: dict[str, list[Told]] = defaultdict(list)
    of_patients: list[Told] = []
    for event in sorted(events, key=_order):
        (of_patients if event.kind in OF_PATIENTS else by_stay[event.encounter]).append(event)
    bands = _bands(by_stay, _over(by_stay, departments), troubles)
    stays: dict[str, Folded] = {}
    merges: list[Told] = []
    for code, told in by_stay.items():
        own = [replace(one, wristband=bands.get(key_of(one), "")) for one in told]
        left, cancelled = _without_cancelled(_told_first(own), troubles)
        folded = _folded(left, departments, troubles)
        if folded is None and cancelled is not None and cancelled.department in departments:
            folded = replace(_admitted(cancelled), cancelled=True)
            for one in left:
                troubles[key_of(one)] = "admission-cancelled"
        elif folded is None:
            troubles.update({key_of(one): troubles.get(key_of(one), "unknown-encounter") for one in left})
        else:
            merges += [one for one in left if one.kind is EventKind.MERGE]
        if folded is not None:
            stays[code] = folded
    _merge(stays, sorted(merges, key=_order), troubles)
    _give_to_survivors(stays, merged_patients(of_patients, troubles))
    return Outcome(stays=stays, troubles=troubles)


def _over(by_stay: Mapping[str, Sequence[Told]], departments: Collection[str]) -> dict[str, datetime | None]:
    """Of each stay that was admitted, since when it is over: its discharge; where that was cancelled, its admission."""
    over: dict[str, datetime | None] = {}
    for code, told in by_stay.items():
        left, cancelled = _without_cancelled(_told_first(told), {})
        folded = _folded(left, departments, {})
        if folded is not None:
            over[code] = folded.discharged_at
        elif cancelled is not None:
            over[code] = cancelled.occurred_at
    return over


def _bands(
    by_stay: Mapping[str, Sequence[Told]], over: Mapping[str, datetime | None], troubles: dict[Key, str]
) -> dict[Key, str]:  # fmt: skip
    """The wristband that each event gives: who had one first keeps it, until their stay is over and another has it.
    Bands that carry the patient's number are the same at every stay."""
    holders: dict[str, str] = {}
    given: dict[Key, str] = {}
    for event in sorted((one for told in by_stay.values() for one in told if one.wristband), key=_order):
        holder = holders.setdefault(event.wristband, event.encounter)
        ended = over.get(holder)
        if holder != event.encounter and event.encounter in over and ended is not None and ended <= event.occurred_at:
            holder = holders[event.wristband] = event.encounter
            mine = {key_of(one) for one in by_stay[event.encounter]}
            given = {key: band for key, band in given.items() if band != event.wristband or key in mine}
        if holder == event.encounter:
            given[key_of(event)] = event.wristband
        else:
            troubles[key_of(event)] = "wristband-taken"
    return given


def _told_first(events: Sequence[Told]) -> list[Told]:
    """The events, without what was only known of the stay where somebody has told the same."""
    said = {event.kind for event in events if not event.known}
    return [event for event in events if not (event.known and event.kind in said)]


def _without_cancelled(events: Sequence[Told], troubles: dict[Key, str]) -> tuple[list[Told], Told | None]:
    """The events that nothing takes back, and the admission that was, if one was."""
    gone: set[Key] = set()
    admission = None
    for event in (one for one in events if one.kind in CANCELS):
        target = _target(event, events, gone)
        if target is None:
            troubles[key_of(event)] = "nothing-to-cancel"
            continue
        gone.add(key_of(target))
        if target.kind is EventKind.ADMIT:
            admission = target
    return [one for one in events if one.kind not in CANCELS and key_of(one) not in gone], admission


def _target(cancel: Told, events: Sequence[Told], gone: Collection[Key]) -> Told | None:
    """The event that a cancellation takes back: the one it names, else the latest of its kind before it."""
    kind = CANCELS[cancel.kind]
    there = [one for one in events if one.kind is kind and key_of(one) not in gone]
    if cancel.cancels:
        named = [one for one in there if one.message == cancel.cancels and one.source in ("", cancel.source)]
        return named[-1] if named else None
    before = [one for one in there if one.occurred_at <= cancel.occurred_at]
    return before[-1] if before else None


def _admitted(event: Told) -> Folded:
    return Folded(
        patient=event.patient, patient_name=event.patient_name, department=event.department, bed=event.bed,
        wristband=event.wristband, encounter_class=event.encounter_class, admitted_at=event.occurred_at,
    )  # fmt: skip


def _folded(events: Sequence[Told], departments: Collection[str], troubles: dict[Key, str]) -> Folded | None:
    """One stay as its events leave it, merges left aside; None where it was never admitted."""
    stay: Folded | None = None
    early: list[Told] = []
    for event in events:
        if event.kind is EventKind.MERGE:
            continue
        if event.department and event.department not in departments:
            troubles[key_of(event)] = "unknown-department"
        elif stay is None and event.kind is not EventKind.ADMIT:
            early.append(event)
        elif stay is None:
            stay = _admitted(event)
        elif why := _against(stay, event):
            troubles[key_of(event)] = why
        else:
            stay = _moved(stay, event)
    if stay is not None:
        troubles.update({key_of(one): "not-admitted" for one in early})
    return stay


def _against(stay: Folded, event: Told) -> str:
    """Why an event contradicts how the stay stands; the same said once more does not."""
    if event.kind is EventKind.ADMIT:
        return "" if event.occurred_at == stay.admitted_at else "already-admitted"
    if stay.discharged_at is None or (event.kind is EventKind.DISCHARGE and event.occurred_at == stay.discharged_at):
        return ""
    return "already-discharged"


def _moved(stay: Folded, event: Told) -> Folded:
    """The stay after a transfer or a discharge."""
    if event.kind is EventKind.ADMIT:
        return stay
    if event.kind is EventKind.DISCHARGE:
        return replace(stay, discharged_at=event.occurred_at)
    elsewhere = event.department not in ("", stay.department)
    if elsewhere:
        stay = replace(
            stay, moved_at=event.occurred_at, moved_from=stay.department, department=event.department,
            before=(*stay.before, (stay.department, event.occurred_at)),
        )  # fmt: skip
    return replace(stay, bed=event.bed or ("" if elsewhere else stay.bed), wristband=event.wristband or stay.wristband)


def _merge(stays: dict[str, Folded], merges: Sequence[Told], troubles: dict[Key, str]) -> None:
    """Each merged stay standing for the survivor at the end of its merges, whose patient it is then."""
    into: dict[str, Told] = {}
    for event in merges:
        why = _against_merge(event, stays, into)
        if why:
            troubles[key_of(event)] = why
        else:
            into[event.encounter] = event
    for code, event in into.items():
        last = _end(code, into)
        stays[code] = replace(
            stays[code], survivor=last, merged_at=event.occurred_at, patient=stays[last].patient,
            patient_name=stays[last].patient_name,
        )  # fmt: skip


def _against_merge(event: Told, stays: Mapping[str, Folded], into: Mapping[str, Told]) -> str:
    if event.survivor == event.encounter:
        return "merges-itself"
    if event.survivor not in stays:
        return "unknown-survivor"
    if event.encounter in into:
        return "already-merged"
    return "merge-circle" if _end(event.survivor, into) == event.encounter else ""


def merged_patients(events: Iterable[Told], troubles: dict[Key, str]) -> dict[str, Told]:
    """The merges of patients that hold, by the number that went; `troubles` gets those that do not."""
    told: dict[str, list[Told]] = defaultdict(list)
    for event in events:
        told[event.patient].append(event)
    left = [one for own in told.values() for one in _without_cancelled(own, troubles)[0]]
    into: dict[str, Told] = {}
    for event in sorted(left, key=_order):
        before = into.get(event.patient)
        if event.survivor == event.patient:
            troubles[key_of(event)] = "merges-itself"
        elif before is not None and before.survivor != event.survivor:
            troubles[key_of(event)] = "already-merged"
        elif _end(event.survivor, into) == event.patient:
            troubles[key_of(event)] = "merge-circle"
        else:
            into[event.patient] = event
    return into


def patient_now(number: str, into: Mapping[str, Told]) -> str:
    """The number of the person who has this one, after all merges."""
    return _end(number, into)


def _give_to_survivors(stays: dict[str, Folded], into: Mapping[str, Told]) -> None:
    """The stays of patients who were merged, each under its own number still, now the survivor's."""
    if not into:
        return
    by_admission = sorted(stays.values(), key=lambda stay: stay.admitted_at)
    names = {stay.patient: stay.patient_name for stay in by_admission if stay.patient_name}
    names |= {event.survivor: event.patient_name for event in into.values() if event.patient_name}
    for code, stay in stays.items():
        last = _end(stay.patient, into)
        if last != stay.patient:
            stays[code] = replace(stay, patient=last, patient_name=names.get(last, stay.patient_name))


def _end(code: str, into: Mapping[str, Told]) -> str:
    while code in into:
        code = into[code].survivor
    return code
