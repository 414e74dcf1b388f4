"""This file is /uses/batch and /wards: what devices did without network, and wards as devices keep them."""

from __future__ import annotations

from typing import Any

from flask import jsonify, make_response, request
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, queued, snapshots
from api.actor import actor_of
from api.fields import Text, Whole
from api.here import person, read
from api.i18n import short
from api.noun import Noun
from api.v1.uses import bp as uses
from api.wards import ward_of
from spd.core import clock
from spd.offline import Brought, EventKind, Queued
from spd.staff import find_person

wards = Noun("wards", "Wards as their devices keep them for times without network.")

_HASH = validate.Regexp(r"\A[0-9a-f]{64}\Z")
_MOST_MS = 366 * 86_400_000


class BroughtIn(Schema):
    """One event of a device's queue."""

    event_id = fields.UUID(required=True, metadata={"description": "UUIDv7; the request key of its act."})
    sequence = Whole(required=True, validate=validate.Range(1, 2**53 - 1))
    kind = fields.String(
        required=True, validate=validate.OneOf([one.value for one in EventKind if one is not EventKind.PAPER])
    )
    payload = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={"description": "As the endpoint that takes it online: scan, encounter, quantity and so on."},
    )
    clock_at = fields.AwareDateTime(required=True, metadata={"description": "By the device's clock."})
    offset_ms = Whole(load_default=0, validate=validate.Range(-_MOST_MS, _MOST_MS))
    previous = fields.String(required=True, validate=_HASH, metadata={"description": "The hash of the event before."})
    hash = fields.String(required=True, validate=_HASH)
    actor = Text(metadata={"description": "Who was on, as a snapshot signed it; left out, whoever sends the batch."})
    ward = Text(metadata={"description": "The department it was done at; left out, that of the batch."})


class BatchIn(Schema):
    """Events of one device, in any order, as often as need be."""

    device = Text(required=True, longest=80)
    ward = Text(metadata={"description": "The department whose snapshot it works with."})
    events = fields.List(fields.Nested(BroughtIn), required=True, validate=validate.Length(0, 100))


class BroughtOut(Schema):
    """What became of one event."""

    event_id = fields.UUID()
    sequence = fields.Integer()
    verdict = fields.String(
        metadata={"description": "done, repeated, refused (it is a dispute now) or waiting for an earlier event."}
    )
    outcome = fields.String(metadata={"description": "Of a repeated one: what it came to the first time."})
    code = fields.String()
    detail = fields.String()
    dispute = fields.Integer(allow_none=True)
    flags = fields.List(fields.String())


class BatchOut(Schema):
    """One verdict for each event; what is still missing; our clock, for the device to set its own by."""

    verdicts = fields.List(fields.Nested(BroughtOut))
    missing = fields.List(fields.Integer())
    server_at = fields.AwareDateTime()


class SnapshotItemOut(Schema):
    """An item at the ward, by the keyed hash of its code."""

    key = fields.String()
    kind = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    for_patient = fields.Boolean()
    serial = fields.Boolean(metadata={"description": "Its label names it, by a serial."})
    open = fields.Boolean()
    until = fields.String(allow_none=True, metadata={"description": "The last instant it may be used, in UTC."})
    conflicts = fields.List(fields.String(), metadata={"description": "Of a patient, what speaks against it."})


class SnapshotDeniedOut(Schema):
    """An item that must not be used: recalled, held or expired."""

    key = fields.String()
    reason = fields.String()


class SnapshotPatientOut(Schema):
    """A patient at the ward: hashes of the wristband, a token that says nothing, bed and masked name."""

    keys = fields.List(fields.String())
    token = fields.String()
    label = fields.String()
    alerts = fields.List(fields.String(), metadata={"description": "What the patient must not get: latex, mri."})


class SnapshotProductOut(Schema):
    """A product that lies at the ward, by hashes of its device identifiers."""

    product = fields.String()
    keys = fields.List(fields.String())


class SnapshotPlaceOut(Schema):
    """A place of the ward, by hashes of its code and label."""

    keys = fields.List(fields.String())
    name = fields.String()
    name_en = fields.String()


class SnapshotThingOut(Schema):
    """A thing in a tote, by the keyed hash of its code."""

    key = fields.String()
    name = fields.String()
    name_en = fields.String()


class SnapshotToteOut(Schema):
    """A tote on its way to the ward."""

    code = fields.String()
    keys = fields.List(fields.String(), metadata={"description": "Hashes of its code and of its numbered seal."})
    place = fields.Nested(SnapshotPlaceOut)
    things = fields.List(fields.Nested(SnapshotThingOut))
    proof = fields.Boolean(
        metadata={"description": "Its receiver enters a password, which only the server checks: not signed offline."}
    )


class SnapshotCountOut(Schema):
    """A count that is on, with its places in this ward."""

    code = fields.String()
    title = fields.String()
    places = fields.List(fields.Nested(SnapshotPlaceOut))


class SnapshotTargetOut(Schema):
    """Goods that a recall means by what their label says; what is empty, or null, is all."""

    dis = fields.List(fields.String())
    lots = fields.List(fields.List(fields.String()), metadata={"description": "First and last of each range."})
    serials = fields.List(fields.List(fields.String()))
    produced = fields.List(fields.String(allow_none=True), metadata={"description": "From a day to a day."})
    expires = fields.List(fields.String(allow_none=True))


class SnapshotRecallsOut(Schema):
    """The recalls in force in the whole hospital: what they mean, and by keyed hashes what they hold and let go."""

    targets = fields.List(fields.Nested(SnapshotTargetOut))
    held = fields.List(fields.String())
    spared = fields.List(fields.String())


class SnapshotOut(Schema):
    """A ward at one moment."""

    ward = fields.String()
    name = fields.String()
    name_en = fields.String()
    salt = fields.String(metadata={"description": "Hex: a key is the first 12 bytes of SHA-256(salt + code), in hex."})
    actor = fields.String(metadata={"description": "Who is on, signed; goes into each event."})
    clock = fields.String(metadata={"description": "How far the hospital's clock is from UTC: +08:00."})
    outcomes = fields.Dict(
        keys=fields.String(), values=fields.String(),
        metadata={"description": "What follows from fefo, latex and mri: ok, warn, override, block."},
    )  # fmt: skip
    items = fields.List(fields.Nested(SnapshotItemOut))
    products = fields.List(fields.Nested(SnapshotProductOut))
    denied = fields.List(fields.Nested(SnapshotDeniedOut))
    patients = fields.List(fields.Nested(SnapshotPatientOut))
    gone = fields.List(
        fields.String(),
        metadata={"description": "Hashes of wristbands whose stay ended lately, or was merged into another."},
    )
    places = fields.List(fields.Nested(SnapshotPlaceOut))
    totes = fields.List(fields.Nested(SnapshotToteOut))
    counts = fields.List(fields.Nested(SnapshotCountOut))
    recalls = fields.Nested(SnapshotRecallsOut)
    tag = fields.String(metadata={"description": "Also the ETag: the same while nothing has changed."})
    taken_at = fields.AwareDateTime()


@uses.post("/batch")
@uses.arguments(BatchIn())
@uses.response(200, BatchOut())
def batch(said: dict[str, Any]) -> dict[str, Any]:
    """Bring a device's queue. Each event gets its own verdict, and the same one however often it is sent.

    What the rules refuse is kept as a dispute. Numbers that are skipped are told as missing; events behind them wait a
    few minutes for them.
    """
    return brought(said)


def brought(said: dict[str, Any]) -> dict[str, Any]:
    """The verdicts on a batch, for the interface and for a file that is imported."""
    me, now = person(), clock.now()
    tokens = {one["actor"]: actor_of(one["actor"]) for one in said["events"] if "actor" in one}
    actors = [tokens[one["actor"]] if "actor" in one else me.id for one in said["events"]]
    told_at = [one.get("ward", said.get("ward")) for one in said["events"]]
    places = [(actor or me.id, ward) for actor, ward in zip(actors, told_at, strict=True)]
    at = read(lambda session: {place: _at(session, *place) for place in set(places)}) if places else {}
    events = [
        _event(said["device"], one, actor, at[place])
        for one, actor, place in zip(said["events"], actors, places, strict=True)
    ]
    taken, queue = queued.bring(said["device"], events, Brought(by_id=me.id, at=now))
    if not events:
        queued.judge_waiting(said["device"], now)
    queued.judge_overdue(now)
    verdicts, missing = queued.told(queue, events, taken, short())
    return {"verdicts": verdicts, "missing": missing, "server_at": now}


def _at(session: Session, actor: int, ward: str | None) -> int | None:
    """Where it was done: as the device says, if who did it is of that ward, whoever brings it; else their only one."""
    if actor == person().id:
        return ward_of(session, ward, access.departments())
    did = find_person(session.connection(), actor)
    return ward_of(session, ward, did.departments() if did is not None else access.departments())


def _event(device: str, one: dict[str, Any], actor: int | None, department_id: int | None) -> Queued:
    return Queued(
        event_id=one["event_id"], device=device, sequence=one["sequence"], kind=one["kind"], payload=one["payload"],
        clock_at=one["clock_at"], offset_ms=one["offset_ms"], previous=bytes.fromhex(one["previous"]),
        hash=bytes.fromhex(one["hash"]), staff_id=person().id if actor is None else actor,
        actor_known=actor is not None, department_id=department_id,
    )  # fmt: skip


@wards.get("/<path:code>/snapshot")
@wards.response(200, SnapshotOut)
def snapshot(code: str) -> Response:
    """A ward as its devices keep it. Asked with `If-None-Match`, it is sent only where something has changed."""
    told = read(lambda session: snapshots.snapshot_of(session, code))
    answer = make_response(jsonify(SnapshotOut().dump(told)))
    answer.set_etag(told["tag"])
    return answer.make_conditional(request)
