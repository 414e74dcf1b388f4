"""This file is /me: who I am to the service, and what my device needs for times without network."""

from __future__ import annotations

import base64
from typing import Any

from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, badge, enrolled, reading, snapshots
from api.actor import actor_token
from api.fields import Text, Write
from api.here import occasion, person, read
from api.noun import Noun
from spd.places import WARD_KINDS, Department, Location

bp = Noun("me", "Who I am to the service.")


class MeOut(Schema):
    """The person or system that asks."""

    code = fields.String()
    name = fields.String()
    language = fields.String()
    roles = fields.List(fields.String())


@bp.get("")
@bp.response(200, MeOut)
def show() -> dict[str, Any]:
    """The person or system that asks, and their roles."""
    me = person()
    return {"code": me.code, "name": me.name, "language": me.language, "roles": sorted(me.roles)}


class PinIn(Write):
    """A PIN, and the password that proves whose it is."""

    password = Text(required=True)
    pin = Text(required=True, longest=6, metadata={"description": "4 to 6 digits, none that is guessed first."})


class PinOut(Schema):
    """When it was set."""

    set_at = fields.AwareDateTime()


@bp.post("/pin")
@bp.arguments(PinIn())
@bp.response(201, PinOut)
def pin(said: dict[str, Any]) -> dict[str, Any]:
    """Set my PIN, which is taken with my badge at enrolled devices and nowhere else."""
    when = occasion({name: said[name] for name in said if name in ("request_key", "occurred_at")})
    badge.settle_pin(said["password"], said["pin"], when)
    return {"set_at": when.recorded_at}


class OfflineAsked(Schema):
    """For which device."""

    device = Text(required=True, longest=80)


class ScannerOut(Schema):
    """How this device's scanner writes, so that a code means the same without network."""

    code = fields.String(metadata={"description": "What the scanner calls itself; empty where it does not."})
    separators = fields.List(fields.String(), metadata={"description": "What it sends in place of GS."})
    prefix = fields.String()
    suffix = fields.String()
    fit = fields.Boolean(metadata={"description": "Whether it may read suppliers' codes where lots are booked."})


class OfflineOut(Schema):
    """What a device needs: the key of its own store, who is on, which wards."""

    key = fields.String(metadata={"description": "AES-256, base64; the same at every log-in on this device."})
    actor = fields.String(metadata={"description": "Who is on, signed; goes into each event."})
    wards = fields.List(fields.String())
    scanner = fields.Nested(ScannerOut)
    csrf = fields.String(metadata={"description": "For writes with this session's cookie; empty where there is none."})


@bp.get("/offline")
@bp.arguments(OfflineAsked, location="query")
@bp.response(200, OfflineOut)
def offline(asked: dict[str, Any]) -> dict[str, Any]:
    """What a device needs for times without network, released to who is on."""
    enrolled.touch(queue=asked["device"])
    return {
        "key": base64.b64encode(snapshots.storage_key(asked["device"])).decode(),
        "actor": actor_token(person()),
        "wards": read(_wards),
        "scanner": _scanner(),
        "csrf": generate_csrf() if "staff" in cookie else "",
    }


def _scanner() -> dict[str, Any]:
    code, profile, fit = reading.habits()
    return {
        "code": code, "separators": profile.separators, "prefix": profile.prefix, "suffix": profile.suffix.strip(),
        "fit": fit,
    }  # fmt: skip


def _wards(session: Session) -> list[str]:
    """The departments of this person with places of wards."""
    query = (
        select(Department.code)
        .where(Department.id.in_(select(Location.department_id).where(Location.kind.in_(WARD_KINDS))))
        .where(~Department.retired)
        .order_by(Department.code)
    )
    if (mine := access.departments()) is not None:
        query = query.where(Department.id.in_(mine))
    return list(session.scalars(query))
