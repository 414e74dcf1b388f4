"""This file is /devices: scanners, how each behaves, and the test card that each must pass."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import reading
from api.fields import Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from scanners import Profile, proving_card
from spd import devices
from spd.devices import Device

bp = Noun("devices", "Scanners and their test card.")
_TASKS = [task.name for task in proving_card.TASKS]


class DeviceIn(Write):
    """A scanner and its habits. Other settings than before mean that it must pass the card again."""

    code = Text(required=True, longest=80, metadata={"description": "What it calls itself in the header X-Device."})
    name = Text(load_default="", shortest=0)
    separators = fields.List(
        Text(longest=16),
        load_default=list,
        validate=validate.Length(0, 8),
        metadata={"description": "Texts it sends in place of the group separator."},
    )
    prefix = Text(load_default="", shortest=0, longest=20)
    suffix = Text(load_default="", shortest=0, longest=20)
    swaps_case = fields.Boolean(load_default=False)
    rfid = fields.Boolean(load_default=False)


class DeviceOut(Schema):
    """One scanner. `passed_at` is null until it has read the whole card rightly with the settings it has now."""

    code = fields.String()
    name = fields.String()
    separators = fields.List(fields.String())
    prefix = fields.String()
    suffix = fields.String()
    swaps_case = fields.Boolean()
    rfid = fields.Boolean()
    tested_at = fields.AwareDateTime(allow_none=True)
    passed_at = fields.AwareDateTime(allow_none=True)


class DevicesOut(Schema):
    """Every scanner that is registered."""

    devices = fields.List(fields.Nested(DeviceOut))


class TestIn(Write):
    """What the scanner sent for each symbol of the card."""

    readings = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_TASKS)),
        values=Text(longest=4000),
        required=True,
        metadata={"description": f"By the name of the symbol: {', '.join(_TASKS)}."},
    )


class FindingOut(Schema):
    """What one symbol showed. `faults`: no-identifier, no-separator, caps-lock, layout, cut …"""

    task = fields.String()
    passed = fields.Boolean()
    faults = fields.List(fields.String())


class TestOut(Schema):
    """Whether the scanner passed, symbol by symbol."""

    passed = fields.Boolean()
    findings = fields.List(fields.Nested(FindingOut))


@bp.get("")
@bp.response(200, DevicesOut)
def listing() -> dict[str, Any]:
    """Every scanner that is registered."""
    query = select(Device).order_by(Device.code)
    return {"devices": read(lambda session: [_told(one) for one in session.scalars(query)])}


@bp.post("")
@bp.arguments(DeviceIn)
@bp.response(200, DeviceOut)
def settle(said: dict[str, Any]) -> dict[str, Any]:
    """Register a scanner, or set one anew by its name. Safe to send again."""
    profile = Profile(
        name=said["code"],
        separators=tuple(said["separators"]),
        prefix=said["prefix"],
        suffix=said["suffix"],
        swaps_case=said["swaps_case"],
        rfid=said["rfid"],
    )
    told = write(occasion(said), lambda session: _told(devices.settle(session, profile, name=said["name"])))
    reading.forget()
    return told


@bp.post("/<path:code>/tests")
@bp.arguments(TestIn)
@bp.response(200, TestOut)
def test(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Judge what the scanner sent for the card, and keep it. Until it passes it may read internal codes only."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        device = devices.get_device(session, code)
        findings = judged(device, said["readings"])
        kept = devices.keep_test(session, device, findings, staff_id=when.staff_id, at=when.recorded_at)
        return {"passed": kept.passed, "findings": findings}

    told = write(when, act)
    reading.forget()
    return told


def judged(device: Device, readings: dict[str, str]) -> list[proving_card.Finding]:
    """What the readings show, in the order of the card; a symbol that was not read is no finding."""
    profile = device.profile
    return [proving_card.judge(task, profile.ended(readings[task]), profile) for task in _TASKS if task in readings]


def _told(device: Device) -> dict[str, Any]:
    names = ("code", "name", "prefix", "suffix", "swaps_case", "rfid", "tested_at", "passed_at")
    return {name: getattr(device, name) for name in names} | {"separators": json.loads(device.separators)}
