"""This file is /interceptions: what the bedside caught, one by one, and the report of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from api import access
from api.fields import Page, Text
from api.here import read
from api.noun import Noun
from api.paging import paged
from spd import interceptions
from spd.interceptions import Interception, report
from spd.ledger import Item
from spd.places import Department
from spd.staff import Staff

bp = Noun("interceptions", "What the bedside caught.")


class DaysAsked(Schema):
    """Which days, the last included."""

    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)


class InterceptionsAsked(Page, DaysAsked):
    """Which interceptions."""

    rule = Text(longest=24)


class InterceptionOut(Schema):
    """One rule that found something at one scan."""

    id = fields.Integer()
    rule = fields.String()
    outcome = fields.String()
    severity = fields.Integer(metadata={"description": "4 fatal, 3 severe, 2 major, 1 minor, 0 none."})
    occurred_at = fields.AwareDateTime()
    staff = fields.String()
    department = fields.String(allow_none=True)
    item = fields.String(allow_none=True)
    movement_id = fields.Integer(allow_none=True)
    approved_by = fields.String(allow_none=True)
    reason = fields.String()
    fate = fields.String(metadata={"description": "What became of it: " + ", ".join(interceptions.FATES)})


class InterceptionsOut(Schema):
    """A page of interceptions."""

    interceptions = fields.List(fields.Nested(InterceptionOut))
    next = fields.Integer(allow_none=True)


class TotalsOut(Schema):
    """The figures of the days."""

    scans = fields.Integer()
    caught = fields.Integer()
    score = fields.Integer()
    stopped = fields.Integer(metadata={"description": "Stopped scans that two might have let pass, and did not."})
    overridden = fields.Integer()
    people = fields.Integer()
    per_thousand = fields.String()
    per_person = fields.String()
    override_permille = fields.String()


class ByRuleOut(Schema):
    """One rule."""

    rule = fields.String()
    caught = fields.Integer()
    score = fields.Integer()
    stopped = fields.Integer()
    overridden = fields.Integer()
    changed = fields.Integer(metadata={"description": "Times it changed what was done."})
    untraced = fields.Integer(metadata={"description": "Times nobody can say, since no thing was named."})
    changed_permille = fields.String(metadata={"description": "Of the times of which it is known."})


class ByPersonOut(Schema):
    """One person."""

    staff = fields.String()
    name = fields.String()
    scans = fields.Integer()
    caught = fields.Integer()
    score = fields.Integer()
    overridden = fields.Integer()
    per_thousand = fields.String()


class ReportOut(Schema):
    """The report."""

    totals = fields.Nested(TotalsOut)
    rules = fields.List(fields.Nested(ByRuleOut))
    people = fields.List(fields.Nested(ByPersonOut))


def _asked(said: dict[str, Any]) -> interceptions.Asked:
    return interceptions.Asked(
        first_on=said["first_on"], last_on=said["last_on"], departments=access.departments(), rule=said.get("rule", "")
    )


_SECOND = aliased(Staff)


@bp.get("")
@bp.arguments(InterceptionsAsked, location="query")
@bp.response(200, InterceptionsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The interceptions of some days, in the order kept."""
    one = Interception
    columns = [getattr(one, name) for name in ("rule", "outcome", "severity", "occurred_at", "movement_id", "reason")]
    names = (Staff.code.label("staff"), Department.code.label("department"), Item.code.label("item"))
    query = (
        select(one.id, *columns, *names, _SECOND.code.label("approved_by"), report.fate().label("fate"))
        .join(Staff, Staff.id == one.staff_id)
        .outerjoin(Department, Department.id == one.department_id)
        .outerjoin(Item, Item.id == one.item_id)
        .outerjoin(_SECOND, _SECOND.id == one.approved_by_id)
        .where(report.within(_asked(asked)), one.id > asked["after"])
        .order_by(one.id)
        .limit(asked["limit"] + 1)
    )
    rows = read(lambda session: session.execute(query).all())
    return paged("interceptions", rows, asked["limit"], lambda row: row.id)


@bp.get("/report")
@bp.arguments(DaysAsked, location="query")
@bp.response(200, ReportOut)
def figures(said: dict[str, Any]) -> dict[str, Any]:
    """The score per 1,000 scans and per person, overrides, and each rule with how often it changed what was done."""
    asked = _asked(said)

    def ask(session: Session) -> dict[str, Any]:
        return {
            "totals": interceptions.totals(session, asked),
            "rules": interceptions.by_rule(session, asked),
            "people": interceptions.by_person(session, asked),
        }

    return read(ask)
