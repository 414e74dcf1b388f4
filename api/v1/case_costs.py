"""This file is /case-costs: the cases of a month costed by a method, and the file that a costing system imports."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Month, Page, Write
from api.here import occasion, read, settings, write
from api.months import instants_of
from api.noun import Noun
from api.paging import paged
from spd.costing import DRIVERS, CaseMethod, CaseRest, CaseRun, case_run
from spd.costing import Month as CostMonth
from spd.costing.case_services import unpriced_of
from spd.places import Department

bp = Noun("case-costs", "What the cases of a month cost, by several methods.")


_AS_OF = fields.AwareDateTime(validate=AGES, metadata={"description": "The last version of then."})


class CaseRunsAsked(Page):
    """Runs of a month, or all."""

    month = Month()
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "Those made until then."})


class CaseRunIn(Write):
    """Cost the cases of a month."""

    month = Month(required=True)
    method = fields.String(required=True, validate=validate.OneOf([str(one) for one in CaseMethod]))
    driver = fields.String(
        load_default="bed_days", validate=validate.OneOf(DRIVERS),
        metadata={"description": "By what cost on no case is shared; cost_to_charge and bottom_up need none."},
    )  # fmt: skip


class CaseRunOut(Schema):
    """One run with its control totals: `total` is `assigned` and `unassigned`."""

    id = fields.Integer()
    month = fields.String(attribute="period")
    method = fields.String()
    driver = fields.String()
    version = fields.Integer()
    cases = fields.Integer()
    lines = fields.Integer()
    total = Money()
    assigned = Money()
    unassigned = Money()
    made_at = fields.AwareDateTime()


class CaseRunsOut(Schema):
    """A page of runs."""

    runs = fields.List(fields.Nested(CaseRunOut))
    next = fields.Integer(allow_none=True)


class CaseRestOut(Schema):
    """What of a department came on no case, and why."""

    department = fields.String(allow_none=True)
    why = fields.String()
    amount = Money()


class CaseItemOut(Schema):
    """What the lines of one item of cost come to."""

    item = fields.String()
    amount = Money()


class UnpricedOut(Schema):
    """A service that was left out, for no unit cost of it was known: on how many cases, and how often."""

    service = fields.String()
    cases = fields.Integer()
    quantity = fields.Integer()


class CaseRunWhole(CaseRunOut):
    """A run with what its lines come to by item, what came on no case, and what services have no unit cost."""

    items = fields.List(fields.Nested(CaseItemOut))
    rests = fields.List(fields.Nested(CaseRestOut))
    unpriced = fields.List(fields.Nested(UnpricedOut))


class CaseLinesAsked(Page):
    """Of the last version where none is named."""

    version = fields.Integer(validate=validate.Range(1, 1_000_000))
    as_of = _AS_OF


class CaseLineOut(Schema):
    """One item of cost of one case."""

    id = fields.Integer()
    encounter = fields.String()
    item = fields.String()
    amount = Money()


class CaseLinesOut(Schema):
    """A page of lines."""

    lines = fields.List(fields.Nested(CaseLineOut))
    next = fields.Integer(allow_none=True)


class CaseVersionAsked(Schema):
    """The last version where none is named."""

    version = fields.Integer(validate=validate.Range(1, 1_000_000))
    as_of = _AS_OF


def month_of(month: str) -> CostMonth:
    """A month and the instants it runs from and up to."""
    since, until = instants_of(month)
    return CostMonth(period=month, since=since, until=until, zone=settings().zone)


@bp.get("")
@bp.arguments(CaseRunsAsked, location="query")
@bp.response(200, CaseRunsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Runs in the order they were made."""

    def ask(session: Session) -> list[CaseRun]:
        query = select(CaseRun).where(CaseRun.id > asked["after"]).order_by(CaseRun.id)
        if "month" in asked:
            query = query.where(CaseRun.period == asked["month"])
        if "as_of" in asked:
            query = query.where(CaseRun.made_at <= asked["as_of"])
        return list(session.scalars(query.limit(asked["limit"] + 1)))

    return paged("runs", read(ask), asked["limit"], lambda row: row.id)


@bp.post("")
@bp.arguments(CaseRunIn)
@bp.response(200, CaseRunOut)
def run(said: dict[str, Any]) -> CaseRun:
    """Cost the cases of a month; where nothing has changed since the last run, that run is the answer."""
    when = occasion(said)
    asked = case_run.CaseAsked(month=month_of(said["month"]), method=CaseMethod(said["method"]), driver=said["driver"])
    return write(when, lambda session: case_run.run(session, when, asked))


@bp.get("/<month>/<method>")
@bp.arguments(CaseVersionAsked, location="query")
@bp.response(200, CaseRunWhole)
def show(asked: dict[str, Any], month: str, method: str) -> dict[str, Any]:
    """A run with its control totals and what came on no case."""

    def ask(session: Session) -> dict[str, Any]:
        found = case_run.get(session, month, method, asked.get("version"), at=asked.get("as_of"))
        query = (
            select(Department.code.label("department"), CaseRest.why, CaseRest.amount)
            .outerjoin(Department, Department.id == CaseRest.department_id)
            .where(CaseRest.run_id == found.id)
            .order_by(CaseRest.id)
        )
        names = ("id", "period", "method", "driver", "version", "cases", "lines", "total", "assigned", "unassigned")
        told = {name: getattr(found, name) for name in (*names, "made_at")}
        items = [{"item": item, "amount": amount} for item, amount in case_run.totals(session, found).items()]
        rests = [dict(row._mapping) for row in session.execute(query)]
        return told | {"items": items, "rests": rests, "unpriced": unpriced_of(session, found)}

    return read(ask)


@bp.get("/<month>/<method>/lines")
@bp.arguments(CaseLinesAsked, location="query")
@bp.response(200, CaseLinesOut)
def lines(asked: dict[str, Any], month: str, method: str) -> dict[str, Any]:
    """The case-cost file: one line for each case and item of cost."""

    def ask(session: Session) -> list[dict[str, Any]]:
        found = case_run.get(session, month, method, asked.get("version"), at=asked.get("as_of"))
        its = case_run.lines_of(found, asked.get("as_of"))
        query = (
            its.select.add_columns(its.stay.code.label("encounter"), its.item, its.amount)
            .where(its.id > asked["after"])
            .order_by(its.id)
            .limit(asked["limit"] + 1)
        )
        return [dict(row._mapping) for row in session.execute(query)]

    return paged("lines", read(ask), asked["limit"], lambda row: int(row["id"]))
