"""This file is /reviews: what stands out against its DRG peers, the verdicts, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Month, Page, Text, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from spd import ledger, reviewing
from spd.costing import Payer
from spd.reviewing import LookedAt, ReviewAct, Subject, UsageReview, Verdict

bp = Noun("reviews", "Usage review: what stands out against DRG peers, and what was said to it.")


_AS_OF = fields.AwareDateTime(
    validate=AGES, metadata={"description": "What was found by then, with the verdicts that had been given."}
)
MOST_CASES = 500
_TOLD = (
    "id", "period", "payer", "subject", "group_code", "of", "cases", "peers", "value", "median", "deviation",
    "score", "why",
)  # fmt: skip


class ReviewsAsked(Page):
    """Which reviews."""

    month = Month()
    payer = Text(longest=80, metadata={"description": "As reviews tell it: region|year|method."})
    subject = fields.String(validate=validate.OneOf([str(one) for one in Subject]))
    waiting = fields.Boolean(metadata={"description": "Only those without a verdict."})
    as_of = _AS_OF


class ReviewAsked(Schema):
    """As of when."""

    as_of = _AS_OF


class LookIn(Write):
    """Look for what stands out among the cases discharged in a month, by a payer's groups."""

    month = Month(required=True)
    region = Text(required=True, longest=24)
    year = fields.Integer(required=True, validate=validate.Range(1900, 2999))
    method = fields.String(load_default="drg", validate=validate.OneOf(["drg", "dip"]))


class LookedOut(Schema):
    """What came of it; looking again adds only what is new."""

    cases = fields.Integer()
    found = fields.Integer()


class ReviewOut(Schema):
    """One thing that stands out. `value` of a department or physician is how many times the median of its groups."""

    id = fields.Integer()
    month = fields.String(attribute="period")
    payer = fields.String(metadata={"description": "By whose groups: region|year|method."})
    subject = fields.String()
    group = fields.String(attribute="group_code")
    of = fields.String()
    cases = fields.Integer()
    peers = fields.Integer()
    value = Money()
    median = Money()
    deviation = Money()
    score = Money(allow_none=True)
    why = fields.String()
    verdict = fields.String()


class ReviewsOut(Schema):
    """A page of reviews."""

    reviews = fields.List(fields.Nested(ReviewOut))
    next = fields.Integer(allow_none=True)


class ReviewActOut(Schema):
    """What somebody said; an empty verdict opened it again."""

    verdict = fields.String()
    note = fields.String()
    done_at = fields.AwareDateTime()


class ReviewCaseOut(Schema):
    """One case of a subject, in its month or the month after. `value` is measured as the subject is."""

    month = fields.String()
    encounter = fields.String()
    group = fields.String()
    department = fields.String()
    physician = fields.String()
    discharged_at = fields.AwareDateTime()
    value = Money()


class ReviewWhole(ReviewOut):
    """A review with its history, what became of it in the month after, and the cases of both, at most 500."""

    acts = fields.List(fields.Nested(ReviewActOut))
    before = Money(allow_none=True)
    after = Money(allow_none=True)
    group_now = fields.String(
        allow_none=True,
        metadata={"description": "Of a case that was grouped otherwise since: its group; empty where it has none."},
    )
    measured = fields.List(fields.Nested(ReviewCaseOut))


class VerdictIn(Write):
    """What is said, and why."""

    verdict = fields.String(required=True, validate=validate.OneOf([str(one) for one in Verdict]))
    note = Text(required=True)


class ReviewReopenIn(Write):
    """Why it is opened again."""

    note = Text(required=True)


def looked_at(month: str, payer: Payer, at: datetime | None = None) -> LookedAt:
    """A month with its peers, as they are or were known at an instant."""
    zone = settings().zone
    return read(lambda session: reviewing.month_looked_at(session, month, payer, zone=zone, at=at))


def effect_of(session: Session, review: UsageReview, at: datetime | None = None) -> reviewing.Effect:
    """What became of a review in the month after, as far as is known, or was at an instant."""
    after = ledger.shifted(review.period, 1)
    payer = Payer.of(review.payer)
    return reviewing.effect(session, review, looked_at(review.period, payer, at), looked_at(after, payer, at))


def _told(review: UsageReview, verdict: str, of: str) -> dict[str, Any]:
    return {name: getattr(review, name) for name in _TOLD} | {"verdict": verdict, "of": of}


def _whole(session: Session, number: int, at: datetime | None) -> dict[str, Any]:
    review, verdict = reviewing.get_seen(session, number, at)
    found = effect_of(session, review, at)
    acts = [act for act, _name in session.execute(reviewing.select_acts(review.id, at))]
    cases = [_case(one) for one in found.cases[:MOST_CASES]]
    more = {
        "acts": [_act(act) for act in acts],
        "before": found.before,
        "after": found.after,
        "measured": cases,
        "group_now": found.group_now,
    }
    return _told(review, verdict, reviewing.code_of(session, review)) | more


def _case(one: reviewing.Measured) -> dict[str, Any]:
    case = one.case
    return {
        "month": one.period, "encounter": case.encounter, "group": case.group, "department": case.department,
        "physician": case.physician, "discharged_at": case.discharged_at, "value": one.value,
    }  # fmt: skip


def _act(act: ReviewAct) -> dict[str, Any]:
    return {"verdict": act.verdict, "note": act.note, "done_at": act.done_at}


@bp.get("")
@bp.arguments(ReviewsAsked, location="query")
@bp.response(200, ReviewsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The worklist in the order it was found, as it is or as of an instant."""
    seen = reviewing.reviews_seen(asked.get("as_of"))

    def ask(session: Session) -> list[dict[str, Any]]:
        query = seen.select.with_only_columns(UsageReview, seen.verdict, seen.of)
        query = query.where(UsageReview.id > asked["after"]).order_by(UsageReview.id)
        if "month" in asked:
            query = query.where(UsageReview.period == asked["month"])
        if "payer" in asked:
            query = query.where(UsageReview.payer == asked["payer"])
        if "subject" in asked:
            query = query.where(UsageReview.subject == asked["subject"])
        if asked.get("waiting"):
            query = query.where(seen.verdict == "")
        return [_told(*row) for row in session.execute(query.limit(asked["limit"] + 1))]

    return paged("reviews", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.post("/look")
@bp.arguments(LookIn)
@bp.response(200, LookedOut)
def look(said: dict[str, Any]) -> reviewing.Looked:
    """Look for what stands out in a month; what is on the worklist already stays as it is."""
    when = occasion(said)
    at = looked_at(said["month"], Payer(region=said["region"], year=said["year"], method=said["method"]))
    return write(when, lambda session: reviewing.look(session, when, at))


@bp.get("/<int:number>")
@bp.arguments(ReviewAsked, location="query")
@bp.response(200, ReviewWhole)
def show(asked: dict[str, Any], number: int) -> dict[str, Any]:
    """One review: what was said to it, and the same measure in the month after; as it is or as of an instant."""
    return read(lambda session: _whole(session, number, asked.get("as_of")))


@bp.post("/<int:number>/verdict")
@bp.arguments(VerdictIn)
@bp.response(200, ReviewOut)
def decide(said: dict[str, Any], number: int) -> UsageReview:
    """Say what it is, and why."""
    when, verdict = occasion(said), Verdict(said["verdict"])
    return write(when, lambda session: reviewing.decide(session, when, number, verdict, said["note"]))


@bp.post("/<int:number>/reopen")
@bp.arguments(ReviewReopenIn)
@bp.response(200, ReviewOut)
def reopen(said: dict[str, Any], number: int) -> UsageReview:
    """Open it again, and say why."""
    when = occasion(said)
    return write(when, lambda session: reviewing.reopen(session, when, number, said["note"]))
