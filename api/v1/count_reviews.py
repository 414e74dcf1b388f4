"""This file is the review under /counts: what differs, why, and the approval by one who did not count."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.counted import own_count, refuse_blind, today, whole_count
from api.fields import Money, Text, Write
from api.here import occasion, read, write
from api.v1.count_facts import CountDifferenceOut, CountOut, differences_decided, differences_judged, told_count
from api.v1.counts import bp
from spd import counting
from spd.counting import CountState, Explained, Reason


class CountDifferencesOut(Schema):
    """What differs. `seen` is the mark of these figures: send it with the approval."""

    differences = fields.List(fields.Nested(CountDifferenceOut))
    seen = fields.String()


class CountReasonIn(Schema):
    """Why one thing differs, or what became of an exception."""

    subject = Text(required=True)
    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in Reason]))
    note = Text(load_default="", shortest=0)


class CountReasonsIn(Write):
    """Reasons of differences."""

    reasons = fields.List(fields.Nested(CountReasonIn), required=True, validate=validate.Length(1, 1000))


class CountApproveIn(Write):
    """An approval of the figures that were looked at; who owes for the losses, where somebody does."""

    seen = Text(load_default="", shortest=0)
    charged_to = Text(
        load_default="", shortest=0, metadata={"description": "Code or badge of the person who owes what losses cost."}
    )


class CountApprovedOut(Schema):
    """What was booked."""

    count = fields.String()
    gains = fields.Integer()
    losses = fields.Integer()
    gained = Money()
    lost = Money()
    charged = Money(metadata={"description": "What of the losses a person owes."})
    left = fields.Integer()
    repeated = fields.Boolean()


class CountStepIn(Write):
    """The end of a count."""


@bp.get("/<path:code>/differences")
@bp.response(200, CountDifferencesOut)
def differences(code: str) -> dict[str, Any]:
    """What differs, as it stands; once approved, as it was approved. While a blind count is on nobody is told."""
    on = today()

    def ask(session: Session) -> dict[str, Any]:
        count = own_count(session, code)
        refuse_blind(count)
        if count.state in (CountState.APPROVED, CountState.CLOSED):
            return {"differences": differences_decided(session, count), "seen": ""}
        judged = counting.judge(session, count, on=on)
        found = differences_judged(session, counting.to_settle(judged))
        return {"differences": found, "seen": counting.figures(judged)}

    return read(ask)


@bp.post("/<path:code>/reasons")
@bp.arguments(CountReasonsIn)
@bp.response(201, CountOut)
def explain(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say why things differ; of an approved count, what became of its exceptions."""
    when = occasion(said)
    reasons = [Explained(subject=o["subject"], reason=Reason(o["reason"]), note=o["note"]) for o in said["reasons"]]

    def act(session: Session) -> dict[str, Any]:
        whole_count(session, code)
        return told_count(session, counting.explain(session, when, code, reasons))

    return write(when, act)


@bp.post("/<path:code>/approve")
@bp.arguments(CountApproveIn)
@bp.response(201, CountApprovedOut)
def approve(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Approve a count: its differences become movements. Not by one who counted."""
    asked = counting.ToApprove(
        occasion=occasion(said), count=code, seen=said["seen"], charged_to=said["charged_to"]
    )  # fmt: skip

    def act(session: Session) -> counting.Approved:
        whole_count(session, code)
        return counting.approve(session, asked)

    return asdict(write(asked.occasion, act))


@bp.post("/<path:code>/close")
@bp.arguments(CountStepIn)
@bp.response(201, CountOut)
def close(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Close an approved count, all its exceptions settled."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        whole_count(session, code)
        return told_count(session, counting.close(session, when, code))

    return write(when, act)


@bp.post("/<path:code>/cancel")
@bp.arguments(CountStepIn)
@bp.response(201, CountOut)
def cancel(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give a count up; nothing comes of it."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        whole_count(session, code)
        return told_count(session, counting.cancel(session, when, code))

    return write(when, act)
