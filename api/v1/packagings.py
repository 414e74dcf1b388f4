"""This file is /packagings and /mappings: binding a code to a product, and the codes that mean one thing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Scan, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from scanners import Scan as Scanned
from spd.catalog import get_product
from spd.catalog.changes import PackageSaid, bind_code
from spd.catalog.mapping import find_named
from spd.core.errors import Refused

bp = Noun("packagings", "Codes of trade units, bound to products.")
mappings = Noun("mappings", "Device identifier, insurance code and charge code of one thing.")


class NoIdentifier(Refused):
    """The scan names no trade unit."""

    code = "no-identifier"
    error = "E01"
    say = {
        "zh": "此码不含产品标识, 不能绑定。扫描带产品标识 (DI) 的码。",
        "en": "This code has no device identifier and cannot be bound. Scan the code that has one.",
    }


class BindIn(Write):
    """A code and the product it is of. The number inside is needed where nothing else tells it."""

    scan = Scan(required=True)
    product = Text(required=True, longest=80)
    level = fields.String(load_default="", validate=validate.OneOf(["", "unit", "box", "case"]))
    base_units = Whole(load_default=None, allow_none=True, validate=validate.Range(1, 1_000_000))


class BoundOut(Schema):
    """One trade unit of a product."""

    code = fields.String()
    issuer = fields.String()
    level = fields.String()
    base_units = fields.Integer()
    product = fields.String()
    repeated = fields.Boolean(metadata={"description": "It was bound so before; nothing was done again."})


class CodeAsked(Schema):
    """A device identifier, insurance code or charge code."""

    code = Text(required=True, longest=80)


class NamedOut(Schema):
    """One thing under its three codes; `product` where the hospital stocks it."""

    di = fields.String()
    insurance_code = fields.String()
    charge_code = fields.String()
    product = fields.String(allow_none=True)
    name = fields.String()
    specification = fields.String()
    level = fields.String()
    base_units = fields.Integer(allow_none=True)
    registration_number = fields.String()
    manufacturer = fields.String()


class MappingsOut(Schema):
    """What the code names, at most fifty things."""

    mappings = fields.List(fields.Nested(NamedOut))


@bp.post("")
@bp.arguments(BindIn)
@bp.response(201, BoundOut)
def bind(said: dict[str, Any]) -> dict[str, Any]:
    """Bind a scanned code to a product, and with it every level of its family that is listed. Safe to send again."""
    scan: Scanned = said["scan"]
    if not scan.bound_by or scan.ambiguous:
        raise NoIdentifier()
    when = occasion(said)
    package = PackageSaid(
        code=scan.bound_by, issuer=scan.issuer or "", level=said["level"], base_units=said["base_units"]
    )

    def act(session: Session) -> dict[str, Any]:
        product = get_product(session, said["product"])
        made, new = bind_code(session, when, product, package)
        return {"code": made.code, "issuer": made.issuer, "level": made.level, "base_units": made.base_units,
                "product": product.code, "repeated": not new}  # fmt: skip

    return write(when, act)


@mappings.get("")
@mappings.arguments(CodeAsked, location="query")
@mappings.response(200, MappingsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """What a device identifier, a national insurance code or a HIS charge code names."""
    return {"mappings": read(lambda session: [asdict(one) for one in find_named(session, asked["code"])])}
