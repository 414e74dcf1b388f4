"""This file is /me: who I am to the service."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.here import person
from api.noun import Noun

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
