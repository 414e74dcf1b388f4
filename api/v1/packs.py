"""This file is /packs: fixed-quantity packs made from bulk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from api.fields import Scan, Whole, Write
from api.here import occasion, write
from api.noun import Noun
from spd import packing

bp = Noun("packs", "Fixed-quantity packs.")


class PacksIn(Write):
    """Packs of a fixed quantity from scanned bulks; no count means as many as there are."""

    sources = fields.List(Scan(), required=True, validate=validate.Length(1, 50))
    quantity = Whole(required=True, validate=validate.Range(1, 1_000_000))
    count = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 2000))


class PackOut(Schema):
    """One pack and what its label says."""

    code = fields.String()
    quantity = fields.Integer()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)


class PacksOut(Schema):
    """The packs, and what stays loose."""

    packs = fields.List(fields.Nested(PackOut))
    loose = fields.Integer()
    repeated = fields.Boolean()


@bp.post("")
@bp.arguments(PacksIn)
@bp.response(201, PacksOut)
def make(said: dict[str, Any]) -> dict[str, Any]:
    """Make packs, each with a code of its own. Safe to send again with the same key."""
    asked = packing.PacksAsked(
        occasion=occasion(said), sources=said["sources"], quantity=said["quantity"], count=said["count"]
    )
    return asdict(write(asked.occasion, lambda session: packing.make_packs(session, asked)))
