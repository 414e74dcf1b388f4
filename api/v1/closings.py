"""This file is /closings: accounting months, the list of what must be done first, locking and opening again."""

from __future__ import annotations

from typing import Any

from flask import abort
from marshmallow import Schema, fields, validate

from api import closing as doors
from api.fields import MONTH, Money, Text, Whole, Write
from api.here import occasion, person, read, write
from api.noun import Noun
from spd import closing
from spd.closing import Asking, Check
from spd.ledger import PeriodStep

bp = Noun("closings", "Accounting months: what must be done first, the lock, and opening again by two people.")


class ClosingYearAsked(Schema):
    """Which year."""

    year = fields.Integer(required=True, validate=validate.Range(2000, 2099))


class ClosingMonthOut(Schema):
    """A month. state: future, open, closed, asked (to be opened again), reopened."""

    period = fields.String()
    state = fields.String()
    closed_at = fields.AwareDateTime(allow_none=True)
    closed_by = fields.String(allow_none=True)
    as_of = fields.AwareDateTime(
        allow_none=True, metadata={"description": "What was recorded until then is what the month was closed with."}
    )
    until_at = fields.AwareDateTime(allow_none=True)


class ClosingCheckOut(Schema):
    """One line of the list. state: done, open, waived or told. rule: block, wave or tell."""

    check = fields.String()
    count = fields.Integer()
    amount = Money()
    rule = fields.String()
    state = fields.String()
    reason = fields.String()
    known_at = fields.AwareDateTime(allow_none=True)


class PeriodStepOut(Schema):
    """One step of the log of a month: closed, asked, refused, withdrawn, reopened."""

    step = fields.String()
    version = fields.Integer()
    reason = fields.String()
    done_at = fields.AwareDateTime()
    done_by = fields.String()
    until_at = fields.AwareDateTime(allow_none=True)


class ClosingOut(Schema):
    """A month with its list as it stands and its log."""

    period = fields.String()
    state = fields.String()
    may_lock = fields.Boolean()
    checks = fields.List(fields.Nested(ClosingCheckOut))
    steps = fields.List(fields.Nested(PeriodStepOut))


class ClosingWaiverIn(Write):
    """A line of the list is let through as it stands."""

    check = fields.String(required=True, validate=validate.OneOf([one.value for one in Check]))
    reason = Text(required=True)


class MonthLockIn(Write):
    """The month is to be locked."""


class ReopeningIn(Write):
    """A closed month is to be open again for so many hours, and why."""

    hours = Whole(required=True, validate=validate.Range(1, 1000))
    reason = Text(required=True)


class ReopeningDecisionIn(Write):
    """Whether it is agreed to."""

    agrees = fields.Boolean(required=True)
    reason = Text(load_default="", shortest=0)


class MonthStepOut(Schema):
    """What was done."""

    period = fields.String()
    step = fields.String()
    version = fields.Integer()


class ClosingWaiverOut(Schema):
    """What was let through."""

    period = fields.String()
    check = fields.String()
    count = fields.Integer()
    amount = Money()
    reason = fields.String()


@bp.get("")
@bp.arguments(ClosingYearAsked, location="query")
@bp.response(200, ClosingMonthOut(many=True))
def months(asked: dict[str, Any]) -> list[doors.MonthState]:
    """The months of a year, and how they stand."""
    return read(lambda session: doors.year_of_months(session, asked["year"]))


@bp.get("/<period>")
@bp.response(200, ClosingOut)
def show(period: str) -> doors.MonthView:
    """The month with its list as it stands and its log."""
    return read(lambda session: doors.month_view(session, _month(period)))


@bp.post("/<period>/waivers")
@bp.arguments(ClosingWaiverIn)
@bp.response(201, ClosingWaiverOut)
def waive(said: dict[str, Any], period: str) -> closing.Waiver:
    """Let a line of the list through, with the reason: so much of it as there is now. Safe to send again."""
    when = occasion(said)
    check, reason = Check(said["check"]), said["reason"]
    return write(
        when,
        lambda session: closing.wave_through(
            session, when, doors.month_of(session, _month(period)), check, reason=reason
        ),
    )


@bp.post("/<period>/lock")
@bp.arguments(MonthLockIn)
@bp.response(201, MonthStepOut)
def lock(said: dict[str, Any], period: str) -> PeriodStep:
    """Lock the month: it takes no more entries. Months are locked in order, and once they are over."""
    when = occasion(said)
    return write(when, lambda session: closing.lock(session, when, doors.month_of(session, _month(period))))


@bp.post("/<period>/reopenings")
@bp.arguments(ReopeningIn)
@bp.response(201, MonthStepOut)
def ask(said: dict[str, Any], period: str) -> PeriodStep:
    """Ask to open the last closed month again. Finance or an administrator asks; the other role agrees."""
    when = occasion(said)
    asked = Asking(period=_month(period), reason=said["reason"], hours=said["hours"], roles=person().roles)
    return write(when, lambda session: closing.ask(session, when, asked))


@bp.post("/<period>/reopenings/decision")
@bp.arguments(ReopeningDecisionIn)
@bp.response(201, MonthStepOut)
def decide(said: dict[str, Any], period: str) -> PeriodStep:
    """Agree, or not; whoever asked may take it back by not agreeing."""
    when, roles = occasion(said), person().roles
    return write(
        when,
        lambda session: closing.decide(
            session, when, _month(period), agrees=said["agrees"], reason=said["reason"], roles=roles
        ),
    )


def _month(period: str) -> str:
    if not MONTH.fullmatch(period):
        abort(404)
    return period
