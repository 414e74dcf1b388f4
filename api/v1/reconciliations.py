"""This file is /reconciliations: charged against used, by department and day; the differences, and what is done."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import AGES, Money, Month, Page, Text, Write
from api.here import occasion, read, write
from api.months import days_of
from api.noun import Noun
from api.paging import paged
from spd import reconciliation
from spd.reconciliation import Asked, CaseAct, Resolution, Verdict

bp = Noun("reconciliations", "What HIS charged against what was used, and what is done about the differences.")


AS_OF = fields.AwareDateTime(
    validate=AGES, metadata={"description": "As charges and uses stood in their cases then; the same for ever."}
)


class TalliesAsked(Schema):
    """Which month."""

    month = Month(required=True)
    daily = fields.Boolean(load_default=False, metadata={"description": "A row for each day of a department."})
    as_of = AS_OF


class TallyOut(Schema):
    """One department, or a day of it. `difference` is charged less used, and the sum of `by`: `tie_out` is 0.00."""

    department = fields.String()
    name = fields.String()
    name_en = fields.String()
    day = fields.Date(allow_none=True)
    charged = Money()
    used = Money()
    difference = Money()
    by = fields.Dict(keys=fields.String(), values=Money(), metadata={"description": "The difference by verdict."})
    tie_out = Money()
    lost = Money(metadata={"description": "Used and not charged (漏费), with what was charged in part."})
    facts = fields.Integer()
    settled = fields.Integer()
    rate = fields.String(allow_none=True, metadata={"description": "Settled by itself, in percent."})


class TalliesOut(Schema):
    """A month."""

    month = fields.String()
    rows = fields.List(fields.Nested(TallyOut))
    last_run_at = fields.AwareDateTime(allow_none=True)


class RunIn(Write):
    """Match what is new; `again` also every open difference, as after a change of codes."""

    again = fields.Boolean(load_default=False)


class RanOut(Schema):
    """What a reconciliation changed; nothing where nothing was new."""

    facts = fields.Integer()
    opened = fields.Integer()
    ended = fields.Integer()


class CasesAsked(Page):
    """Which differences; those still to be resolved, unless said otherwise."""

    verdict = fields.String(validate=validate.OneOf([str(one) for one in Verdict]))
    encounter = Text(longest=80)
    state = fields.String(load_default="open", validate=validate.OneOf(["open", "resolved", "all"]))
    as_of = AS_OF


class CaseAsOf(Schema):
    """The case as it stood at an instant; now, where nothing is said."""

    as_of = AS_OF


class ChargeCaseOut(Schema):
    """Charges and uses that belong together."""

    id = fields.Integer()
    verdict = fields.String()
    rule = fields.String(metadata={"description": "By what they were put together."})
    encounter = fields.String()
    department = fields.String()
    charge_code = fields.String()
    name = fields.String()
    day_on = fields.Date()
    charged_quantity = fields.Integer()
    used_quantity = fields.Integer()
    charged = Money()
    used = Money()
    difference = Money()
    owner = fields.String(metadata={"description": "Who has taken it on."})
    resolution = fields.String()
    resolved_at = fields.AwareDateTime(allow_none=True)


class ChargeCasesOut(Schema):
    """A page of cases."""

    cases = fields.List(fields.Nested(ChargeCaseOut))
    next = fields.Integer(allow_none=True)


class CaseFactOut(Schema):
    """One charge or use of a case; `movement_id` and `item` lead to the scan."""

    charge = fields.Boolean()
    number = fields.String()
    refund_of = fields.String()
    movement_id = fields.Integer(allow_none=True)
    item = fields.String()
    department = fields.String()
    encounter = fields.String()
    day_on = fields.Date()
    quantity = fields.Integer()
    amount = Money()


class CaseActOut(Schema):
    """What somebody did about it."""

    act = fields.String()
    resolution = fields.String()
    reason = fields.String()
    at = fields.AwareDateTime()


class ChargeCaseWholeOut(ChargeCaseOut):
    """A case with its charges and uses, and its history."""

    facts = fields.List(fields.Nested(CaseFactOut))
    acts = fields.List(fields.Nested(CaseActOut))


class CaseResolveIn(Write):
    """What was done; a reason, where the difference stays."""

    resolution = fields.String(required=True, validate=validate.OneOf([str(one) for one in Resolution]))
    reason = Text(load_default="", shortest=0)


class CaseReopenIn(Write):
    """Why it is not done."""

    reason = Text(required=True)


class StandOut(Schema):
    """How a case stands."""

    id = fields.Integer()
    resolution = fields.String()
    resolved_at = fields.AwareDateTime(allow_none=True)


@bp.get("")
@bp.arguments(TalliesAsked, location="query")
@bp.response(200, TalliesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Charged, used and the difference by verdict, of each department in a month."""
    since, until = days_of(asked["month"])
    which = Asked(since=since, until=until, departments=access.departments(), at=asked.get("as_of"))

    def ask(session: Session) -> dict[str, Any]:
        last = reconciliation.last_run(session, which.at)
        rows = reconciliation.tallies(session, which, daily=asked["daily"])
        return {"month": asked["month"], "rows": rows, "last_run_at": last.started_at if last else None}

    return read(ask)


@bp.post("")
@bp.arguments(RunIn)
@bp.response(201, RanOut)
def run(said: dict[str, Any]) -> dict[str, Any]:
    """Reconcile now; the worker does it every few minutes. Run again, it changes nothing."""
    when = occasion(said)
    return asdict(
        write(when, lambda session: reconciliation.reconcile(session, at=when.recorded_at, again=said["again"]))
    )


@bp.get("/cases")
@bp.arguments(CasesAsked, location="query")
@bp.response(200, ChargeCasesOut)
def cases(asked: dict[str, Any]) -> dict[str, Any]:
    """Cases in the order they were opened."""
    at = asked.get("as_of")
    rows = reconciliation.select_cases(access.departments(), at).subquery()
    query = select(rows).where(rows.c.id > asked["after"]).order_by(rows.c.id).limit(asked["limit"] + 1)
    if asked["state"] != "all":
        done = rows.c.resolved_at.is_not(None) if asked["state"] == "resolved" else rows.c.resolved_at.is_(None)
        query = query.where(done, rows.c.id.in_(select(reconciliation.ChargeCase.id).where(reconciliation.wanting(at))))
    for name in ("verdict", "encounter"):
        if name in asked:
            query = query.where(rows.c[name] == asked[name])

    def ask(session: Session) -> Any:
        reconciliation.refuse_unkept(session, at)
        return session.execute(query).all()

    return paged("cases", read(ask), asked["limit"], lambda row: row.id)


@bp.get("/cases/<int:number>")
@bp.arguments(CaseAsOf, location="query")
@bp.response(200, ChargeCaseWholeOut)
def case(asked: dict[str, Any], number: int) -> dict[str, Any]:
    """One case with its charges and uses, and what was done about it."""
    at = asked.get("as_of")

    def ask(session: Session) -> dict[str, Any]:
        reconciliation.refuse_unkept(session, at)
        query = reconciliation.select_cases(access.departments(), at)
        row = session.execute(query.where(reconciliation.ChargeCase.id == number)).one_or_none()
        if row is None:
            raise reconciliation.UnknownCase(case=number)
        return dict(row._mapping) | {
            "facts": reconciliation.facts_of(session, number, row.encounter, at),
            "acts": reconciliation.acts_of(session, number, at),
        }

    return read(ask)


@bp.post("/cases/<int:number>/take")
@bp.arguments(Write)
@bp.response(201, StandOut)
def take(said: dict[str, Any], number: int) -> Any:
    """Take a difference on: from now on it is yours."""
    act = _act(said, number)
    return write(act.occasion, lambda session: _stand(reconciliation.take(session, act)))


@bp.post("/cases/<int:number>/resolve")
@bp.arguments(CaseResolveIn)
@bp.response(201, StandOut)
def resolve(said: dict[str, Any], number: int) -> Any:
    """Say what was done about a difference."""
    act = _act(said, number, resolution=Resolution(said["resolution"]), reason=said["reason"])
    return write(act.occasion, lambda session: _stand(reconciliation.resolve(session, act)))


@bp.post("/cases/<int:number>/reopen")
@bp.arguments(CaseReopenIn)
@bp.response(201, StandOut)
def reopen(said: dict[str, Any], number: int) -> Any:
    """Put a difference back on the worklist."""
    act = _act(said, number, reason=said["reason"])
    return write(act.occasion, lambda session: _stand(reconciliation.reopen(session, act)))


def _act(said: dict[str, Any], number: int, **more: Any) -> CaseAct:
    return CaseAct(occasion=occasion(said), case=number, departments=access.departments(), **more)


def _stand(row: reconciliation.ChargeCase) -> dict[str, Any]:
    return {"id": row.id, "resolution": row.resolution, "resolved_at": row.resolved_at}
