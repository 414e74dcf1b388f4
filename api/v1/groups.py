"""This file is /groups: DRG and DIP by a payer's set, what its cases cost and are paid."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Money, Month, Text
from api.here import read
from api.months import instants_of
from api.noun import Noun
from spd.costing import Payer, group_cases, groups
from spd.costing.groups import GroupsAsked

bp = Noun("groups", "DRG and DIP by a payer's groups: cost, payment, margin, outliers.")


class PayerAsked(Schema):
    """Which cases, by whose groups: discharged from the first month up to the last, both included."""

    region = Text(required=True, longest=24)
    year = fields.Integer(required=True, validate=validate.Range(1900, 2999))
    method = fields.String(load_default="drg", validate=validate.OneOf(["drg", "dip"]))
    month = Month(required=True)
    until = Month(metadata={"description": "The last month; `month` where left out."})
    version = fields.Integer(validate=validate.Range(1, 1_000_000))


class GroupCasesAsked(PayerAsked):
    """The cases of one group; of the empty code the ungrouped."""

    code = Text(load_default="", shortest=0, longest=80)


class PayerOut(Schema):
    """Whose groups were imported."""

    region = fields.String()
    year = fields.Integer()
    method = fields.String()


class GroupOut(Schema):
    """One group; the empty code is the ungrouped. `deviation` is the mean less the standard."""

    code = fields.String()
    name = fields.String()
    cases = fields.Integer()
    cost = Money()
    mean = Money()
    fee = Money()
    weight = Money(allow_none=True)
    payment = Money(allow_none=True)
    margin = Money(allow_none=True)
    low = fields.Integer()
    high = fields.Integer()
    standard = Money(allow_none=True)
    deviation = Money(allow_none=True)


class GroupsOut(Schema):
    """All groups, the dearest first; their cases and cost add up to `cases` and `cost`."""

    groups = fields.List(fields.Nested(GroupOut), attribute="rows")
    cases = fields.Integer()
    cost = Money()
    payment = Money()
    margin = Money()
    ungrouped = fields.Integer()
    case_mix = Money(allow_none=True)


class GroupCaseOut(Schema):
    """One case against its group."""

    encounter = fields.String()
    department = fields.String()
    discharged_at = fields.AwareDateTime()
    said = fields.String(metadata={"description": "What the grouper said it was."})
    status = fields.String()
    cost = Money()
    fee = Money()
    payment = Money(allow_none=True)
    margin = Money(allow_none=True)
    outlier = fields.String()
    deviation = Money(allow_none=True)


def chosen(asked: dict[str, Any]) -> GroupsAsked:
    """What was asked."""
    since, until = instants_of(asked["month"], asked.get("until"))
    payer = Payer(region=asked["region"], year=asked["year"], method=asked["method"])
    return GroupsAsked(since=since, until=until, payer=payer, version=asked.get("version"))


@bp.get("")
@bp.arguments(PayerAsked, location="query")
@bp.response(200, GroupsOut)
def report(asked: dict[str, Any]) -> groups.GroupReport:
    """Groups of the cases discharged in a span: cost, payment, margin, outliers, standard and deviation."""
    return read(lambda session: groups.report(session, chosen(asked)))


@bp.get("/cases")
@bp.arguments(GroupCasesAsked, location="query")
@bp.response(200, GroupCaseOut(many=True))
def cases(asked: dict[str, Any]) -> list[group_cases.CaseOfGroup]:
    """The cases of one group, the dearest first."""
    return read(lambda session: group_cases.cases_in(session, chosen(asked), asked["code"]))


@bp.get("/payers")
@bp.response(200, PayerOut(many=True))
def payers() -> list[Payer]:
    """Whose groups were imported, the newest year first."""

    def ask(session: Session) -> list[Payer]:
        return groups.payers(session)

    return read(ask)
