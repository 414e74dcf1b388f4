"""This file is /budgets: what departments may use, how that stands, and letting refills through."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access, budget
from api.fields import AGES, Money, Month, Price, Text, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from spd.catalog import ProductClass
from spd.core.errors import NotAllowed
from spd.costing import Filter, budgets, measured, standing
from spd.costing.budgets import Basis, BudgetVersion, LineSaid
from spd.places import department_at

bp = Noun("budgets", "What departments may use, and how that stands.")
_CLASSES = ["", *(one.value for one in ProductClass)]


class BudgetMonthAsked(Schema):
    """Which month, as of when."""

    month = Month(required=True)
    as_of = fields.AwareDateTime(
        validate=AGES, metadata={"description": "By what was approved, told and recorded until then."}
    )


class StandingOut(Schema):
    """One line of the budget in a month. `measured` is bed-days or revenue; `allowed` is none where it is not known."""

    department = fields.String()
    name = fields.String()
    name_en = fields.String()
    product_class = fields.String()
    basis = fields.String()
    amount = Money()
    measured = Money(allow_none=True)
    allowed = Money(allow_none=True)
    used = Money()
    percent = Money(allow_none=True)
    stands = fields.String()
    released = fields.Boolean()


class MeasuredAsked(BudgetMonthAsked):
    """Of which department, and of what: the bed-days or the revenue that amounts are for."""

    department = Text(required=True, longest=80)
    basis = fields.String(required=True, validate=validate.OneOf([Basis.BED_DAY.value, Basis.REVENUE.value]))


class MeasuredOut(Schema):
    """One stay with its days, or what was earned of one kind; no code where one figure was told of all."""

    code = fields.String(metadata={"description": "Of the stay, or of the department whose patients it was."})
    setting = fields.String()
    kind = fields.String()
    amount = Money(metadata={"description": "Days or yuan."})


class BudgetVersionOut(Schema):
    """One version: a draft until it is approved."""

    number = fields.Integer()
    from_period = fields.String()
    note = fields.String()
    made_at = fields.AwareDateTime()
    approved_at = fields.AwareDateTime(allow_none=True)


class BudgetDraftIn(Write):
    """A new version, from a month on."""

    from_period = Month(required=True)
    note = Text(load_default="", shortest=0)


class BudgetLineIn(Schema):
    """What one department may use, of one class or (empty) of all. Zero takes the line away."""

    department = Text(required=True, longest=80)
    basis = fields.String(required=True, validate=validate.OneOf([one.value for one in Basis]))
    product_class = fields.String(load_default="", validate=validate.OneOf(_CLASSES))
    amount = Price(required=True)


class BudgetLinesIn(Write):
    """Lines of a draft."""

    lines = fields.List(fields.Nested(BudgetLineIn), required=True, validate=validate.Length(1, 2000))


class BudgetApprovalIn(Write):
    """The version is to hold."""


class BudgetReleaseIn(Write):
    """Refills of a department go on this month though its budget is used up, and why."""

    month = Month(required=True)
    department = Text(required=True, longest=80)
    reason = Text(required=True)


class BudgetLineOut(Schema):
    """What one department may use, of one class or (empty) of all."""

    department = fields.String()
    basis = fields.String()
    product_class = fields.String()
    amount = Money()


class BudgetWholeOut(BudgetVersionOut):
    """A version with its lines."""

    lines = fields.List(fields.Nested(BudgetLineOut))


class BudgetReleasedOut(Schema):
    """Refills of a department that were let through in a month."""

    department = fields.String()
    reason = fields.String()
    released_at = fields.AwareDateTime()
    who = fields.String()


class BudgetReleaseOut(Schema):
    """A release that stands."""

    period = fields.String()
    reason = fields.String()
    released_at = fields.AwareDateTime()


@bp.get("")
@bp.arguments(BudgetMonthAsked, location="query")
@bp.response(200, StandingOut(many=True))
def stand(asked: dict[str, Any]) -> list[standing.Standing]:
    """How every line of the budget stands in a month."""
    mine = access.departments()
    return read(lambda session: budget.standings(session, asked["month"], mine, asked.get("as_of")))


@bp.get("/measured")
@bp.arguments(MeasuredAsked, location="query")
@bp.response(200, MeasuredOut(many=True))
def measured_parts(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """What the bed-days or the revenue of a department in a month are, one by one: they come to what is `measured`."""
    mine = access.departments()
    said = Filter(period=asked["month"], at=asked.get("as_of"))

    def ask(session: Session) -> list[dict[str, Any]]:
        department = department_at(session, asked["department"], said.at)
        if mine is not None and department.id not in mine:
            raise NotAllowed()
        if asked["basis"] == Basis.BED_DAY:
            stays = measured.stays_behind(session, said, department, zone=settings().zone)
            return [{"code": one.encounter, "setting": "", "kind": "", "amount": one.days} for one in stays]
        earned = measured.earned_behind(session, said, department)
        return [
            {"code": one.ordered_by, "setting": one.setting, "kind": one.kind, "amount": one.amount} for one in earned
        ]

    return read(ask)


@bp.get("/versions")
@bp.response(200, BudgetVersionOut(many=True))
def versions() -> list[BudgetVersion]:
    """All versions, the newest first."""
    return read(budgets.versions)


@bp.post("/versions")
@bp.arguments(BudgetDraftIn)
@bp.response(201, BudgetVersionOut)
def draft(said: dict[str, Any]) -> BudgetVersion:
    """A draft that begins with the lines of the last approved version. Safe to send again with the same key."""
    when = occasion(said)
    return write(when, lambda session: budgets.draft(session, when, from_period=said["from_period"], note=said["note"]))


@bp.get("/versions/<int:number>")
@bp.response(200, BudgetWholeOut)
def version(number: int) -> dict[str, Any]:
    """One version with its lines."""

    def ask(session: Session) -> dict[str, Any]:
        found = budgets.get_version(session, number)
        lines = [
            {"department": whose.code, "basis": line.basis, "product_class": line.product_class, "amount": line.amount}
            for line, whose in budgets.lines_of(session, found)
        ]
        names = ("number", "from_period", "note", "made_at", "approved_at")
        return {name: getattr(found, name) for name in names} | {"lines": lines}

    return read(ask)


@bp.post("/versions/<int:number>/lines")
@bp.arguments(BudgetLinesIn)
@bp.response(200, BudgetVersionOut)
def lines(said: dict[str, Any], number: int) -> BudgetVersion:
    """Lines of a draft, as they are to be."""
    when = occasion(said)

    def act(session: Session) -> BudgetVersion:
        wanted = [LineSaid(**line | {"basis": Basis(line["basis"])}) for line in said["lines"]]
        budgets.set_lines(session, when, number, wanted)
        return budgets.get_version(session, number)

    return write(when, act)


@bp.post("/versions/<int:number>/approve")
@bp.arguments(BudgetApprovalIn)
@bp.response(200, BudgetVersionOut)
def approve(said: dict[str, Any], number: int) -> BudgetVersion:
    """The version holds from its month on; another than who made it says so."""
    when = occasion(said)
    return write(when, lambda session: budgets.approve(session, when, number))


@bp.get("/releases")
@bp.arguments(BudgetMonthAsked, location="query")
@bp.response(200, BudgetReleasedOut(many=True))
def releases(asked: dict[str, Any]) -> list[standing.Released]:
    """Whose refills were let through in a month, why and by whom."""
    return read(lambda session: standing.releases(session, asked["month"], at=asked.get("as_of")))


@bp.post("/releases")
@bp.arguments(BudgetReleaseIn)
@bp.response(201, BudgetReleaseOut)
def release(said: dict[str, Any]) -> standing.BudgetRelease:
    """Refills of a department go on this month."""
    when = occasion(said)
    return write(
        when,
        lambda session: standing.release(
            session, when, period=said["month"], department=said["department"], reason=said["reason"]
        ),
    )
