"""This file is /trace-codes: what is done with 20-digit trace codes, and the alarms that somebody must look into."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Page, Scan, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from scanners import Scan as Scanned
from spd import trace_codes
from spd.core.errors import Refused
from spd.trace_codes import REASONS, Act, TraceAlarm, TraceEvent

bp = Noun("trace-codes", "20-digit trace codes of drugs and reagents.")


class NotATraceCode(Refused):
    """The scan is no trace code."""

    code = "not-a-trace-code"
    error = "E01"
    say = {
        "zh": "此码不是 20 位追溯码。扫描包装上的追溯码。",
        "en": "This is no trace code of twenty digits. Scan the trace code on the package.",
    }


class ActIn(Write):
    """What was done with a package, and so with all that is in it."""

    scan = Scan(required=True)
    act = fields.String(required=True, validate=validate.OneOf([str(act) for act in Act]))
    reference = Text(load_default="", shortest=0, longest=80)


class AlarmedOut(Schema):
    """A code that did what a genuine one cannot."""

    code = fields.String()
    reason = fields.String()
    zh = fields.String()
    en = fields.String()


class ActOut(Schema):
    """How many codes it concerned, and the alarms it raised; the act is kept either way."""

    pieces = fields.Integer()
    alarms = fields.List(fields.Nested(AlarmedOut))
    repeated = fields.Boolean()


class AlarmOut(AlarmedOut):
    """One line of the worklist."""

    id = fields.Integer()
    act = fields.String()
    reference = fields.String()
    raised_at = fields.AwareDateTime()
    staff_id = fields.Integer()


class AlarmsOut(Schema):
    """A page of open alarms."""

    alarms = fields.List(fields.Nested(AlarmOut))
    next = fields.Integer(allow_none=True)


class ResolveIn(Write):
    """What the alarm turned out to be."""

    note = Text(required=True)


@bp.post("/acts")
@bp.arguments(ActIn)
@bp.response(200, ActOut)
def act(said: dict[str, Any]) -> dict[str, Any]:
    """Note that a package came in, was sold, came back, or was sent back. Safe to send again with the same key."""
    scan: Scanned = said["scan"]
    found = next((one for one in (scan, *scan.alternatives) if one.kind == "trace"), None)
    if found is None:
        raise NotATraceCode()
    when, done = (
        occasion(said),
        trace_codes.Done(codes=(found.data,), act=Act(said["act"]), reference=said["reference"]),
    )
    answer = write(when, lambda session: trace_codes.act(session, when, done))
    return asdict(answer) | {"alarms": [_alarm(code, reason) for code, reason in answer.alarms]}


@bp.get("/alarms")
@bp.arguments(Page, location="query")
@bp.response(200, AlarmsOut)
def alarms(asked: dict[str, Any]) -> dict[str, Any]:
    """The alarms nobody has looked into yet, oldest first."""

    def ask(session: Session) -> list[dict[str, Any]]:
        found = trace_codes.open_alarms(session, after=asked["after"], limit=asked["limit"] + 1)
        return [_told(alarm, event) for alarm, event in found]

    return paged("alarms", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.post("/alarms/<int:alarm>/resolve")
@bp.arguments(ResolveIn)
@bp.response(200, AlarmedOut)
def resolve(said: dict[str, Any], alarm: int) -> dict[str, Any]:
    """Say what an alarm was; it leaves the worklist and stays on record."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        found = trace_codes.resolve(session, when, alarm, note=said["note"])
        return _alarm(found.code, found.reason)

    return write(when, act)


def _alarm(code: str, reason: str) -> dict[str, Any]:
    zh, en = REASONS[reason]
    return {"code": code, "reason": reason, "zh": zh, "en": en}


def _told(alarm: TraceAlarm, event: TraceEvent) -> dict[str, Any]:
    return _alarm(alarm.code, alarm.reason) | {
        "id": alarm.id, "act": event.act, "reference": event.reference, "raised_at": alarm.raised_at,
        "staff_id": event.staff_id,
    }  # fmt: skip
