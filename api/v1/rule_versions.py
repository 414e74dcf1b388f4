"""This file is /rule-versions: the chart of accounts with its rules from event to lines, in versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Month, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from spd.accounting import RuleVersion
from spd.accounting import versions as chart
from spd.accounting.checking import KINDS, Finding
from spd.accounting.rules import rules_of
from spd.places import CostClass

bp = Noun("rule-versions", "The chart of accounts with its rules from event to lines, in versions.")


class RuleVersionOut(Schema):
    """One version: a draft until it is activated. An empty `from_period` is ever since."""

    number = fields.Integer()
    based_on = fields.Integer()
    note = fields.String()
    made_at = fields.AwareDateTime()
    from_period = fields.String(allow_none=True)
    active_at = fields.AwareDateTime(allow_none=True)


class ChartAccountOut(Schema):
    """One account."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()


class RuleLineOut(Schema):
    """One line of an event: debit is 1, credit -1."""

    event = fields.String()
    line = fields.Integer()
    cost_class = fields.String()
    account = fields.String()
    sign = fields.Integer()
    names_department = fields.Boolean()
    names_supplier = fields.Boolean()


class RuleVersionWholeOut(Schema):
    """A version with its accounts and lines."""

    number = fields.Integer()
    accounts = fields.List(fields.Nested(ChartAccountOut))
    lines = fields.List(fields.Nested(RuleLineOut))


class RuleFaultOut(Schema):
    """One thing that is wrong with a version."""

    fault = fields.String()
    event = fields.String()
    cost_class = fields.String()
    account = fields.String()


class RuleChangeOut(Schema):
    """What differs between two versions: an account or an event."""

    what = fields.String()
    key = fields.String()
    before = fields.String()
    after = fields.String()


class RuleDraftIn(Write):
    """A draft is to begin."""

    note = Text(load_default="", shortest=0)


class ChartAccountIn(Write):
    """An account as it is to be; without a name it goes."""

    code = Text(required=True, longest=16)
    name = Text(load_default="", shortest=0)
    name_en = Text(load_default="", shortest=0)
    kind = fields.String(load_default="asset", validate=validate.OneOf(KINDS))


class RuleLineIn(Schema):
    """One line."""

    line = Whole(required=True, validate=validate.Range(1, 20))
    account = Text(required=True, longest=16)
    sign = Whole(required=True, validate=validate.OneOf([1, -1]))
    cost_class = fields.String(load_default="", validate=validate.OneOf(["", *(one.value for one in CostClass)]))
    names_department = fields.Boolean(load_default=False)
    names_supplier = fields.Boolean(load_default=False)


class RuleLinesIn(Write):
    """All lines of one event."""

    event = Text(required=True, longest=24)
    lines = fields.List(fields.Nested(RuleLineIn), required=True, validate=validate.Length(0, 40))


class RuleActivationIn(Write):
    """The version is to hold from a month to come."""

    from_period = Month(required=True)


class RulesComparedAsked(Schema):
    """Against which version."""

    against = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))


@bp.get("")
@bp.response(200, RuleVersionOut(many=True))
def listing() -> Sequence[RuleVersion]:
    """All versions, the newest first."""
    return read(chart.versions)


@bp.post("")
@bp.arguments(RuleDraftIn)
@bp.response(201, RuleVersionOut)
def draft(said: dict[str, Any]) -> RuleVersion:
    """A draft that begins with what holds. Safe to send again with the same key."""
    when = occasion(said)
    return write(when, lambda session: chart.draft(session, when, note=said["note"]))


@bp.get("/<int:number>")
@bp.response(200, RuleVersionWholeOut)
def show(number: int) -> dict[str, Any]:
    """A version with its accounts and lines."""
    return read(lambda session: _whole(session, number))


@bp.post("/<int:number>/accounts")
@bp.arguments(ChartAccountIn)
@bp.response(200, RuleVersionWholeOut)
def account(said: dict[str, Any], number: int) -> dict[str, Any]:
    """An account of a draft."""

    def act(session: Session) -> dict[str, Any]:
        set_or_drop(session, number, said)
        return _whole(session, number)

    return write(occasion(said), act)


def set_or_drop(session: Session, number: int, said: dict[str, Any]) -> None:
    """The account as it is said; without a name it goes. Raises: UnknownVersion, NotADraft, BadAccount."""
    if said["name"]:
        names = {name: said[name] for name in ("code", "name", "name_en", "kind")}
        chart.set_account(session, number, chart.AccountSaid(**names))
    else:
        chart.drop_account(session, number, said["code"])


@bp.post("/<int:number>/lines")
@bp.arguments(RuleLinesIn)
@bp.response(200, RuleVersionWholeOut)
def lines(said: dict[str, Any], number: int) -> dict[str, Any]:
    """All lines of one event of a draft."""
    wanted = [chart.LineSaid(**one) for one in said["lines"]]

    def act(session: Session) -> dict[str, Any]:
        chart.set_lines(session, number, said["event"], wanted)
        return _whole(session, number)

    return write(occasion(said), act)


@bp.get("/<int:number>/check")
@bp.response(200, RuleFaultOut(many=True))
def check(number: int) -> list[Finding]:
    """What is wrong with a version; nothing is sound."""
    return read(lambda session: chart.check(session, number))


@bp.get("/<int:number>/changes")
@bp.arguments(RulesComparedAsked, location="query")
@bp.response(200, RuleChangeOut(many=True))
def changes(asked: dict[str, Any], number: int) -> list[chart.Change]:
    """What differs from another version."""
    return read(lambda session: chart.compare(session, asked["against"], number))


@bp.post("/<int:number>/activate")
@bp.arguments(RuleActivationIn)
@bp.response(200, RuleVersionOut)
def activate(said: dict[str, Any], number: int) -> RuleVersion:
    """The version holds from a month to come; another than who made it says so."""
    when = occasion(said)
    return write(when, lambda session: chart.activate(session, when, number, from_period=said["from_period"]))


def _whole(session: Session, number: int) -> dict[str, Any]:
    chart.get_version(session, number)
    rules = rules_of(session, number)
    return {
        "number": number,
        "accounts": chart.chart_of(session, number),
        "lines": [{"event": event, **vars(rule)} for event, some in rules.items() for rule in some],
    }
