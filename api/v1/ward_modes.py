"""This file is /ward-modes: what opening means, how long it is good then, what is charged first."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from api import access, modes
from api.fields import Page, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd.catalog import Product
from spd.places import Department
from spd.policies.wards import MOST_DAYS, Charging, Opening, WardModeRow

bp = Noun("ward-modes", "How wards use products: whole packs or loose, open for how long, charged before or after.")


class ModeIn(Write):
    """A mode said of a product, a ward, or both."""

    product = Text(longest=80, metadata={"description": "Left out: every product of the ward."})
    department = Text(longest=80, metadata={"description": "Left out: every ward that uses the product."})
    opening = fields.String(load_default="used", validate=validate.OneOf([str(one) for one in Opening]))
    open_days = Whole(
        load_default=0, validate=validate.Range(0, MOST_DAYS),
        metadata={"description": "Days after the day of opening on which it may be used; 0 is no limit."},
    )  # fmt: skip
    charging = fields.String(load_default="after_use", validate=validate.OneOf([str(one) for one in Charging]))
    withdraw = fields.Boolean(
        load_default=False, metadata={"description": "Take back what was said of this product and ward."}
    )
    reason = Text(load_default="", shortest=0)


class ModeOut(Schema):
    """One mode."""

    id = fields.Integer()
    product = fields.String(allow_none=True, metadata={"description": "None: every product."})
    department = fields.String(allow_none=True, metadata={"description": "None: every ward."})
    opening = fields.String()
    open_days = fields.Integer()
    charging = fields.String()


class ModesOut(Schema):
    """A page of modes."""

    modes = fields.List(fields.Nested(ModeOut))
    next = fields.Integer(allow_none=True)


class SettledOut(Schema):
    """Whether it was said by this request, or before."""

    repeated = fields.Boolean()


@bp.get("")
@bp.arguments(Page, location="query")
@bp.response(200, ModesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """What is said; the nearest holds: of product and ward, then of the product, then of the ward, then the default."""
    query = (
        select(*WardModeRow.__table__.columns, Product.code.label("product"), Department.code.label("department"))
        .outerjoin(Product, Product.id == WardModeRow.product_id)
        .outerjoin(Department, Department.id == WardModeRow.department_id)
        .where(WardModeRow.id > asked["after"])
        .order_by(WardModeRow.id)
        .limit(asked["limit"] + 1)
    )
    return paged("modes", read(lambda session: session.execute(query).all()), asked["limit"], lambda row: row.id)


@bp.post("")
@bp.arguments(ModeIn)
@bp.response(201, SettledOut)
def settle(said: dict[str, Any]) -> dict[str, Any]:
    """Say a mode. A head nurse says those of her own ward."""
    when, mine = occasion(said), access.departments()
    return {"repeated": not write(when, lambda session: modes.settle(session, when, said, mine))}
