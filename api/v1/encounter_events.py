"""This file is /encounter-events: where patients are, as HIS tells it; late, out of order, more than once."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import AGES, Page, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import encounters
from spd.core.occasion import Occasion
from spd.encounters import REASONS, EncounterEvent, EncounterEventTrouble, EventKind, Told

bp = Noun("encounter-events", "Admissions, transfers, discharges, cancellations and merges, as HIS tells them.")


def _optional(longest: int, description: str = "") -> Text:
    return Text(load_default="", longest=longest, shortest=0, metadata={"description": description})


class EventIn(Schema):
    """One event. An admission says department and patient, a transfer department or bed, a merge the survivor; where
    two patients turn out to be one (`merge_patient`) it names patient and survivor by their numbers, and no stay."""

    message = Text(required=True, longest=80, metadata={"description": "The sender's own number of it; kept once."})
    source = _optional(24, "Which system sends it; its numbers are its own.")
    event = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EventKind]))
    encounter = _optional(80, "The stay; left out of events that merge patients.")
    happened_at = fields.AwareDateTime(required=True, validate=AGES)
    department = _optional(80, "Code of the department; one that is unknown lets the event wait.")
    bed = _optional(24)
    wristband = _optional(80, "What the wristband carries; left out, one of ours.")
    patient = _optional(80, "The patient's number.")
    patient_name = _optional(80, "Kept masked.")
    encounter_class = _optional(24, "inpatient, outpatient, emergency.")
    survivor = _optional(80, "Of a merge: the stay that stays, or the number of the patient who does.")
    cancels = _optional(80, "Of a cancellation: the message it takes back; left out, the latest of its kind.")


class OneEventIn(Write, EventIn):
    """One event, with the key of the request."""


class EventsIn(Write):
    """Events in any order, at most a thousand at once."""

    events = fields.List(fields.Nested(EventIn), required=True, validate=validate.Length(1, 1000))


class EventVerdictOut(Schema):
    """What became of one event."""

    message = fields.String()
    outcome = fields.String(
        validate=validate.OneOf(["applied", "waiting", "refused"]),
        metadata={"description": "waiting: it is kept, and applied as soon as it makes sense. refused: not kept."},
    )
    repeated = fields.Boolean(metadata={"description": "It had come before."})
    reason = fields.String(metadata={"description": "Why it waits or is refused, as a code; empty where applied."})
    zh = fields.String()
    en = fields.String()


class EventVerdictsOut(Schema):
    """A verdict for each event, in their order."""

    verdicts = fields.List(fields.Nested(EventVerdictOut))


class EventsAsked(Page):
    """Which events."""

    encounter = Text(longest=80)
    waiting = fields.Boolean(
        load_default=False, metadata={"description": "Only those that could not be applied and were not set aside."}
    )


class EventOut(Schema):
    """One event as it was told, and why it is not applied."""

    id = fields.Integer()
    message = fields.String()
    source = fields.String()
    event = fields.String(attribute="kind")
    encounter = fields.String()
    patient = fields.String(metadata={"description": "Of an admission or a merge of patients: the patient's number."})
    happened_at = fields.AwareDateTime(attribute="occurred_at")
    received_at = fields.AwareDateTime()
    department = fields.String()
    bed = fields.String()
    survivor = fields.String()
    cancels = fields.String()
    reason = fields.String()
    set_aside_at = fields.AwareDateTime(allow_none=True)


class EventsOut(Schema):
    """A page of events."""

    events = fields.List(fields.Nested(EventOut))
    next = fields.Integer(allow_none=True)


class SetAsideIn(Write):
    """Why nobody waits for an event any more."""

    reason = Text(required=True)


class SetAsideOut(Schema):
    """The event that was set aside."""

    id = fields.Integer(attribute="event_id")
    reason = fields.String()
    set_aside_at = fields.AwareDateTime()
    set_aside_reason = fields.String()


@bp.get("")
@bp.arguments(EventsAsked, location="query")
@bp.response(200, EventsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Events in the order they came, with why they are not applied where they are not."""
    columns = [column for column in EncounterEvent.__table__.columns if column.name != "patient_name"]
    trouble = EncounterEventTrouble
    query = (
        select(*columns, trouble.reason, trouble.ended_at, trouble.set_aside_at)
        .outerjoin(trouble, trouble.event_id == EncounterEvent.id)
        .where(EncounterEvent.id > asked["after"])
        .order_by(EncounterEvent.id)
        .limit(asked["limit"] + 1)
    )
    if "encounter" in asked:
        query = query.where(EncounterEvent.encounter == asked["encounter"])
    if asked["waiting"]:
        query = query.where(trouble.reason.is_not(None), trouble.ended_at.is_(None), trouble.set_aside_at.is_(None))
    rows = read(lambda session: [_told(row) for row in session.execute(query)])
    return paged("events", rows, asked["limit"], lambda row: int(row["id"]))


def _told(row: Any) -> dict[str, Any]:
    said: dict[str, Any] = row._asdict()
    return said | {"reason": said["reason"] if said["reason"] in REASONS and said["ended_at"] is None else ""}


@bp.post("")
@bp.arguments(OneEventIn)
@bp.response(201, EventVerdictOut)
def record(said: dict[str, Any]) -> encounters.EventVerdict:
    """Keep one event. Told again, the same message is known by its number and counts once; what does not make sense yet
    is kept and waits."""
    when, event = _occasion(said), _event(said)

    def act(session: Session) -> encounters.EventVerdict:
        encounters.refuse_event(session, when, event)
        return encounters.record(session, when, [event])[0]

    return write(when, act)


@bp.post("/batch")
@bp.arguments(EventsIn)
@bp.response(201, EventVerdictsOut)
def record_batch(said: dict[str, Any]) -> dict[str, Any]:
    """Keep many events, in any order: a verdict for each. What is wrong with one does not stop the others."""
    when, events = _occasion(said), [_event(one) for one in said["events"]]
    return {"verdicts": write(when, lambda session: encounters.record(session, when, events))}


@bp.post("/<int:number>/set-aside")
@bp.arguments(SetAsideIn)
@bp.response(201, SetAsideOut)
def set_aside(said: dict[str, Any], number: int) -> EncounterEventTrouble:
    """Say that nobody waits for an event any more, and why. If later ones make sense of it, it is applied all the
    same."""
    when = occasion(said)
    return write(when, lambda session: encounters.set_aside(session, when, number, reason=said["reason"]))


def _occasion(said: dict[str, Any]) -> Occasion:
    return occasion({name: said[name] for name in ("request_key", "occurred_at") if name in said})


def _event(said: dict[str, Any]) -> Told:
    texts = {name: said[name] for name in said if name in Told.__dataclass_fields__ and name != "occurred_at"}
    return Told(kind=EventKind(said["event"]), occurred_at=said["happened_at"], **texts)
