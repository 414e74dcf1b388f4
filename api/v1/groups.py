"""This file is /groups: DRG and DIP by a payer's set, what its cases cost and are paid."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Month, Text, Whole, Write
from api.here import occasion, read, settings, write
from api.months import instants_of
from api.noun import Noun
from api.v1.indicators import FiguresKeptOut
from spd.costing import CaseMethod, Payer, group_cases, group_sets, groups, kept_groups
from spd.costing.case_run import UnknownCaseRun
from spd.costing.group_costs import cost_by
from spd.costing.groups import GroupsAsked

bp = Noun("groups", "DRG and DIP by a payer's groups: cost, payment, margin, outliers.")


class PayerAsked(Schema):
    """Which cases, by whose groups: discharged from the first month up to the last, both included. Each is grouped and
    paid by the sets of the year it was discharged in; by those of `year` where that one has none."""

    region = Text(required=True, longest=24)
    year = fields.Integer(required=True, validate=validate.Range(1900, 2999))
    method = fields.String(load_default="drg", validate=validate.OneOf(["drg", "dip"]))
    month = Month(required=True)
    until = Month(metadata={"description": "The last month; `month` where left out."})
    version = fields.Integer(validate=validate.Range(1, 1_000_000))
    cost = fields.String(
        validate=validate.OneOf([str(one) for one in CaseMethod]),
        metadata={"description": "By costings of this method, of whatever months; else what was used on it, whenever."},
    )
    as_of = fields.AwareDateTime(
        validate=AGES, metadata={"description": "As it was kept at that instant, else by what was told until then."}
    )


class GroupCasesAsked(PayerAsked):
    """The cases of one group; of the empty code the ungrouped."""

    code = Text(load_default="", shortest=0, longest=80)


class GroupsKeepIn(Write):
    """Which report is kept."""

    region = Text(required=True, longest=24)
    year = Whole(required=True, validate=validate.Range(1900, 2999))
    method = fields.String(load_default="drg", validate=validate.OneOf(["drg", "dip"]))
    month = Month(required=True)
    until = Month(metadata={"description": "The last month; `month` where left out."})
    version = Whole(validate=validate.Range(1, 1_000_000))
    cost = fields.String(validate=validate.OneOf([str(one) for one in CaseMethod]))


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
    encounter_class = fields.String()
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
    """What was asked. Raises: UnknownCaseRun."""
    since, until = instants_of(asked["month"], asked.get("until"))
    payer = Payer(region=asked["region"], year=asked["year"], method=asked["method"])
    method, through = asked.get("cost"), asked.get("until", asked["month"])
    cost = read(lambda session: cost_by(session, method, through, asked.get("as_of"))) if method else None
    if method and cost is None:
        raise UnknownCaseRun(period=through, method=method)
    return GroupsAsked(
        since=since, until=until, zone=settings().zone, payer=payer, version=asked.get("version"), cost=cost
    )


@bp.get("")
@bp.arguments(PayerAsked, location="query")
@bp.response(200, GroupsOut)
def report(asked: dict[str, Any]) -> groups.GroupReport:
    """Groups of the cases discharged in a span: cost, payment, margin, outliers, standard and deviation."""
    at, which = asked.get("as_of"), chosen(asked)
    return read(lambda session: groups.report(session, which) if at is None else kept_groups.report(session, which, at))


@bp.get("/cases")
@bp.arguments(GroupCasesAsked, location="query")
@bp.response(200, GroupCaseOut(many=True))
def cases(asked: dict[str, Any]) -> list[group_cases.CaseOfGroup]:
    """The cases of one group, the dearest first."""
    at, which, code = asked.get("as_of"), chosen(asked), asked["code"]
    if at is not None:
        return read(lambda session: kept_groups.cases_in(session, which, code, at))
    return read(lambda session: group_cases.cases_in(session, which, code))


@bp.post("", endpoint="keep")
@bp.arguments(GroupsKeepIn)
@bp.response(201, FiguresKeptOut)
def keep_report(said: dict[str, Any]) -> Any:
    """Keep a report with its cases as it is now, to be asked for later with `as_of`. Safe to send again."""
    when, which = occasion(said), chosen(said)
    return write(when, lambda session: kept_groups.keep(session, when, which))


@bp.get("/payers")
@bp.response(200, PayerOut(many=True))
def payers() -> list[Payer]:
    """Whose groups were imported, the newest year first."""

    def ask(session: Session) -> list[Payer]:
        return group_sets.payers(session)

    return read(ask)
