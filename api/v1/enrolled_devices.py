"""This file is /enrolled-devices and /sign-ons: the devices that people share, and who came on at them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import limits
from api.fields import Page, Text, Write
from api.here import occasion, read, write, write_plain
from api.noun import Noun
from api.paging import paged
from spd import signing_on
from spd.core import clock
from spd.core.errors import Refusal
from spd.devices import Device
from spd.places import Location
from spd.signing_on import DeviceProfile, DeviceState, EnrolledDevice, Said, SignOn
from spd.staff import Staff

bp = Noun("enrolled-devices", "Devices that people share: enrolled by a one-time code, and revoked.")
sign_ons = Noun("sign-ons", "Who came on at shared devices by badge and PIN, locked them, left, or tried in vain.")


class EnrolledDevicesAsked(Page):
    """Which devices."""

    state = fields.String(validate=validate.OneOf([one.value for one in DeviceState]))


class EnrolledDeviceOut(Schema):
    """One device. `queue`: what its queue for times without network calls itself."""

    code = fields.String()
    name = fields.String()
    location = fields.String(allow_none=True)
    profile = fields.String()
    state = fields.String()
    queue = fields.String()
    enrolled_at = fields.AwareDateTime(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    passed_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When it passed the test card."})


class EnrolledDevicesOut(Schema):
    """A page of them."""

    devices = fields.List(fields.Nested(EnrolledDeviceOut))
    next = fields.Integer(allow_none=True)


class EnrolledDeviceIn(Write):
    """A device, or what is said of it anew."""

    code = Text(required=True, longest=80, metadata={"description": "As its label says; its scanner's name too."})
    name = Text(load_default="", shortest=0)
    location = Text()
    profile = fields.String(
        load_default=DeviceProfile.HANDHELD.value, validate=validate.OneOf([one.value for one in DeviceProfile])
    )


class EnrolmentCodeIn(Write):
    """A one-time code is wanted."""


class EnrolmentCodeOut(Schema):
    """The code, told this once: only its digest is kept."""

    code = fields.String()
    minutes = fields.Integer(metadata={"description": "How long it is good."})


class EnrolmentClaimIn(Schema):
    """The code as it was typed or read."""

    code = Text(required=True, longest=40)


class EnrolmentClaimOut(Schema):
    """The device that the asker is now, and the secret it keeps as the cookie `enrolled`; told this once."""

    device = fields.String()
    secret = fields.String()


class DeviceRevokedIn(Write):
    """Why."""

    reason = Text(required=True)


class DeviceStepOut(Schema):
    """One thing that happened to a device."""

    act = fields.String()
    words = fields.String()
    staff = fields.String(allow_none=True)
    at = fields.AwareDateTime()


class DeviceStepsOut(Schema):
    """All that happened to a device, in order."""

    steps = fields.List(fields.Nested(DeviceStepOut))


class SignOnOut(Schema):
    """One time somebody came on, locked, left, set a PIN, or gave one: `tried` with nothing after it was wrong."""

    id = fields.Integer()
    staff = fields.String()
    device = fields.String(allow_none=True)
    act = fields.String()
    at = fields.AwareDateTime()


class SignOnsOut(Schema):
    """A page of them."""

    sign_ons = fields.List(fields.Nested(SignOnOut))
    next = fields.Integer(allow_none=True)


def _told(session: Session, row: EnrolledDevice) -> dict[str, Any]:
    device = session.get_one(Device, row.device_id)
    place = session.get(Location, row.location_id) if row.location_id else None
    names = ("profile", "state", "queue", "enrolled_at", "seen_at", "revoked_at")
    return {name: getattr(row, name) for name in names} | {
        "id": row.id, "code": device.code, "name": device.name, "passed_at": device.passed_at,
        "location": place.code if place else None,
    }  # fmt: skip


@bp.get("")
@bp.arguments(EnrolledDevicesAsked, location="query")
@bp.response(200, EnrolledDevicesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Every shared device, in the order registered."""
    query = select(EnrolledDevice).where(EnrolledDevice.id > asked["after"])
    if "state" in asked:
        query = query.where(EnrolledDevice.state == asked["state"])
    query = query.order_by(EnrolledDevice.id).limit(asked["limit"] + 1)
    rows = read(lambda session: [_told(session, row) for row in session.scalars(query)])
    return paged("devices", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(EnrolledDeviceIn())
@bp.response(201, EnrolledDeviceOut)
def register(said: dict[str, Any]) -> dict[str, Any]:
    """Register a device by its name, or say anew what it is. Safe to send again with the same key."""
    when = occasion(said)
    device = Said(
        code=said["code"], name=said["name"], location=said.get("location"), profile=DeviceProfile(said["profile"])
    )
    return write(when, lambda session: _told(session, signing_on.register(session, when, device)))


@bp.post("/<path:code>/codes")
@bp.arguments(EnrolmentCodeIn())
@bp.response(201, EnrolmentCodeOut)
def code(said: dict[str, Any], code: str) -> dict[str, Any]:
    """A one-time code for the device; an earlier one ends. A revoked device begins anew by it."""
    when = occasion(said)
    made = write(when, lambda session: signing_on.new_code(session, when, code))
    return {"code": made, "minutes": signing_on.CODE_MINUTES}


@bp.post("/claims")
@bp.arguments(EnrolmentClaimIn())
@bp.response(201, EnrolmentClaimOut)
def claim(said: dict[str, Any]) -> signing_on.Claimed:
    """Become the device that the code was made for; whichever was it before no longer is."""
    limits.refuse_too_many("enrolment")
    try:
        return write_plain(lambda session: signing_on.claim(session, said["code"], at=clock.now()))
    except Refusal:
        limits.count_failure("enrolment")
        raise


@bp.post("/<path:code>/revoke")
@bp.arguments(DeviceRevokedIn())
@bp.response(201, EnrolledDeviceOut)
def revoke(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Nobody comes on at the device any more; what its queue holds is handed in as a file."""
    when = occasion(said)
    return write(when, lambda session: _told(session, signing_on.revoke(session, when, code, said["reason"])))


@bp.get("/<path:code>/history")
@bp.response(200, DeviceStepsOut)
def history(code: str) -> dict[str, Any]:
    """All that happened to a device: registered, codes made, enrolled, revoked."""

    def ask(session: Session) -> list[dict[str, Any]]:
        row = signing_on.get_enrolled(session, code)
        return [
            {
                "act": step.act, "words": step.words, "at": step.at,
                "staff": session.get_one(Staff, step.staff_id).code if step.staff_id is not None else None,
            }
            for step in signing_on.history(session, row.id)
        ]  # fmt: skip

    return {"steps": read(ask)}


@sign_ons.get("")
@sign_ons.arguments(Page, location="query")
@sign_ons.response(200, SignOnsOut)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """Who came on where, in the order it happened."""
    query = (
        select(SignOn.id, SignOn.act, SignOn.at, Staff.code.label("staff"), Device.code.label("device"))
        .join(Staff, Staff.id == SignOn.staff_id)
        .outerjoin(EnrolledDevice, EnrolledDevice.id == SignOn.enrolled_id)
        .outerjoin(Device, Device.id == EnrolledDevice.device_id)
        .where(SignOn.id > asked["after"])
        .order_by(SignOn.id)
        .limit(asked["limit"] + 1)
    )
    rows = read(lambda session: session.execute(query).all())
    return paged("sign_ons", rows, asked["limit"], lambda row: int(row.id))
