"""This file is /disputes and /device-gaps: what devices brought and was refused, and what they have not brought."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import aliased

from api import access, queued
from api.fields import Page, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import offline
from spd.offline import DeviceEvent, DeviceGap, Dispute, Resolution
from spd.places import Department
from spd.staff import Staff

bp = Noun("disputes", "What happened at a device and the rules refused.")
gaps = Noun("device-gaps", "Events of devices that have not come.")


class DisputesAsked(Page):
    """Which disputes."""

    state = fields.String(validate=validate.OneOf(["open", "resolved"]))


class DisputeOut(Schema):
    """One dispute."""

    id = fields.Integer()
    state = fields.String()
    kind = fields.String()
    code = fields.String(metadata={"description": "Of the refusal."})
    scanned = fields.String()
    department = fields.String(allow_none=True)
    device = fields.String()
    staff = fields.String()
    owner = fields.String(allow_none=True)
    occurred_at = fields.AwareDateTime()
    opened_at = fields.AwareDateTime()
    resolution = fields.String()
    resolved_at = fields.AwareDateTime(allow_none=True)


class DisputesOut(Schema):
    """A page of disputes."""

    disputes = fields.List(fields.Nested(DisputeOut))
    next = fields.Integer(allow_none=True)


class DisputeOwnIn(Write):
    """Who looks after it: whoever asks."""


class DisputeResolvedIn(Write):
    """What it was."""

    resolution = fields.String(required=True, validate=validate.OneOf([one.value for one in Resolution]))
    reason = Text(required=True)


class DisputeStateOut(Schema):
    """The dispute as it stands."""

    id = fields.Integer()
    state = fields.String()
    resolution = fields.String()


class DeviceGapOut(Schema):
    """One event that has not come."""

    id = fields.Integer()
    device = fields.String()
    sequence = fields.Integer()
    opened_at = fields.AwareDateTime()


class DeviceGapsOut(Schema):
    """A page of them."""

    gaps = fields.List(fields.Nested(DeviceGapOut))
    next = fields.Integer(allow_none=True)


class DeviceGapLostIn(Write):
    """It will not come, and why."""

    device = Text(required=True, longest=80)
    sequence = Whole(required=True, validate=validate.Range(1, 2**53 - 1))
    reason = Text(required=True)


@bp.get("")
@bp.arguments(DisputesAsked, location="query")
@bp.response(200, DisputesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The disputes of one's departments, in the order they came."""
    query = disputes_of(access.departments()).where(Dispute.id > asked["after"])
    if "state" in asked:
        query = query.where(Dispute.state == asked["state"])
    query = query.order_by(Dispute.id).limit(asked["limit"] + 1)
    rows = read(lambda session: session.execute(query).all())
    return paged("disputes", rows, asked["limit"], lambda row: int(row.id))


_OWNER = aliased(Staff)


def disputes_of(departments: frozenset[int] | None) -> Any:
    """Disputes as they are listed."""
    query = (
        select(
            Dispute.id, Dispute.state, Dispute.kind, Dispute.code, Dispute.scanned, Dispute.opened_at,
            Dispute.resolution, Dispute.resolved_at, Department.code.label("department"), DeviceEvent.device,
            DeviceEvent.occurred_at, Staff.code.label("staff"), _OWNER.code.label("owner"),
        )
        .join(DeviceEvent, DeviceEvent.id == Dispute.event_id)
        .join(Staff, Staff.id == DeviceEvent.staff_id)
        .outerjoin(_OWNER, _OWNER.id == Dispute.owner_id)
        .outerjoin(Department, Department.id == Dispute.department_id)
    )  # fmt: skip
    return query if departments is None else query.where(Dispute.department_id.in_(departments))


@bp.post("/<int:number>/own")
@bp.arguments(DisputeOwnIn())
@bp.response(201, DisputeStateOut)
def own(said: dict[str, Any], number: int) -> Dispute:
    """Look after a dispute."""
    when, mine = occasion(said), access.departments()
    return write(when, lambda session: offline.own(session, when, number, mine))


@bp.post("/<int:number>/resolve")
@bp.arguments(DisputeResolvedIn())
@bp.response(201, DisputeStateOut)
def resolve(said: dict[str, Any], number: int) -> Dispute:
    """Say what a dispute was, and why. Safe to send again with the same key."""
    when, mine = occasion(said), access.departments()
    kind = Resolution(said["resolution"])
    return write(
        when, lambda session: offline.resolve(session, when, number, kind, reason=said["reason"], departments=mine)
    )


@gaps.get("")
@gaps.arguments(Page, location="query")
@gaps.response(200, DeviceGapsOut)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """The events that have not come, by device and number."""
    query = (
        select(DeviceGap)
        .where(DeviceGap.closed_at.is_(None), DeviceGap.id > asked["after"])
        .order_by(DeviceGap.id)
        .limit(asked["limit"] + 1)
    )
    rows = read(lambda session: session.scalars(query).all())
    return paged("gaps", rows, asked["limit"], lambda row: row.id)


@gaps.post("/lost")
@gaps.arguments(DeviceGapLostIn())
@gaps.response(201, DeviceGapOut)
def lost(said: dict[str, Any]) -> DeviceGap:
    """Give up an event that will not come; what waited for it is judged at once."""
    when = occasion(said)
    gap = write(
        when, lambda session: offline.call_lost(session, when, said["device"], said["sequence"], said["reason"])
    )
    queued.judge_waiting(said["device"], when.recorded_at)
    return gap
