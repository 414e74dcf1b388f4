"""This file is /unscanned: what could not be scanned, why, and who puts it right."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select

from api import access, unable
from api.fields import Page, Text, Write
from api.here import occasion, person, read, write
from api.noun import Noun
from api.paging import paged
from spd import unscanned
from spd.ledger import Item
from spd.places import Department
from spd.unscanned import Unscanned

bp = Noun("unscanned", "What could not be scanned, and why.")


class UnscannedOut(Schema):
    """One report."""

    id = fields.Integer()
    reason = fields.String()
    page = fields.String()
    role = fields.String(metadata={"description": "Whose worklist it is on."})
    occurred_at = fields.AwareDateTime()
    fixed_at = fields.AwareDateTime(allow_none=True)


class UnscannedRowOut(UnscannedOut):
    """One report, with what it was about."""

    department = fields.String(allow_none=True)
    item = fields.String(allow_none=True)


class UnscannedAsked(Page):
    """Which reports."""

    reason = Text()
    open = fields.Boolean(load_default=True)


class UnscannedListOut(Schema):
    """A page of reports."""

    unscanned = fields.List(fields.Nested(UnscannedRowOut))
    next = fields.Integer(allow_none=True)


class FixIn(Write):
    """It was put right."""


@bp.post("")
@bp.arguments(unable.UnableIn())
@bp.response(201, UnscannedOut)
def report(said: dict[str, Any]) -> Unscanned:
    """Say that something cannot be scanned. Sent again with its key and a typed code, the report gains the item."""
    return unable.reported(said)


@bp.get("")
@bp.arguments(UnscannedAsked, location="query")
@bp.response(200, UnscannedListOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The reports of one's departments, and those that name none, in the order they came."""
    query = (
        select(Unscanned, Department.code, Item.code)
        .outerjoin(Department, Department.id == Unscanned.department_id)
        .outerjoin(Item, Item.id == Unscanned.item_id)
        .where(Unscanned.id > asked["after"])
        .order_by(Unscanned.id)
        .limit(asked["limit"] + 1)
    )
    if asked["open"]:
        query = query.where(Unscanned.fixed_at.is_(None))
    if "reason" in asked:
        query = query.where(Unscanned.reason == asked["reason"])
    query = query.where(unscanned.is_for(access.departments()))
    names = UnscannedOut().fields
    rows = read(
        lambda session: [
            {name: getattr(row, name) for name in names} | {"department": department, "item": item}
            for row, department, item in session.execute(query)
        ]
    )
    return paged("unscanned", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("/<int:number>/fix")
@bp.arguments(FixIn())
@bp.response(201, UnscannedOut)
def fix(said: dict[str, Any], number: int) -> Unscanned:
    """Say that it is put right: a new label, a repaired device, a code bound."""
    when, roles, mine = occasion(said), person().roles, access.departments()
    return write(when, lambda session: unscanned.fix(session, when, number, roles=roles, departments=mine))
