"""This file is /step-downs: the cost of a month passed down to the clinical departments, and where every cent went."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Month, Page, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from spd.costing import CostItem, StepCell, StepDown, step_run, step_sheet

bp = Noun("step-downs", "The cost of a month passed down, level by level, to the clinical departments.")


class StepDownsAsked(Page):
    """Runs of a month, or all."""

    month = Month()
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "Those made until then."})


class StepDownIn(Write):
    """Step a month down."""

    month = Month(required=True)


class StepDownOut(Schema):
    """One run. `total` is `posted` and `imported`, rounded to the cent."""

    id = fields.Integer()
    month = fields.String(attribute="period")
    version = fields.Integer()
    posted = Money(metadata={"description": "Materials, as the ledger has them."})
    imported = Money()
    total = Money()
    made_at = fields.AwareDateTime()


class StepDownsOut(Schema):
    """A page of runs."""

    step_downs = fields.List(fields.Nested(StepDownOut))
    next = fields.Integer(allow_none=True)


class StepCellOut(Schema):
    """What one department passed to another; at level 0 what is its own."""

    id = fields.Integer()
    level = fields.Integer()
    item = fields.String()
    source = fields.String()
    target = fields.String()
    amount = Money()
    driver = fields.String()
    weight = Money(metadata={"description": "How much of the driver the taker has, of `of_weight`."})
    of_weight = Money()


class StepCellsAsked(Page):
    """Of one item where it is named; of the last run where no version is."""

    item = fields.String(validate=validate.OneOf([str(one) for one in CostItem]))
    version = fields.Integer(validate=validate.Range(1, 1_000_000))
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "The last version of then."})


class StepCellsOut(Schema):
    """A page of what was passed."""

    cells = fields.List(fields.Nested(StepCellOut))
    next = fields.Integer(allow_none=True)


class StepFullOut(Schema):
    """A clinical department's full cost. `own` and `received` are `final`."""

    department = fields.String()
    name = fields.String()
    own = Money()
    received = Money()
    passed = Money()
    final = Money()


class StepSheetOut(StepDownOut):
    """A run by department; `tie_out` is 0.00: all of it arrived."""

    departments = fields.List(fields.Nested(StepFullOut))
    tie_out = Money()


@bp.get("")
@bp.arguments(StepDownsAsked, location="query")
@bp.response(200, StepDownsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Runs in the order they were made."""

    def ask(session: Session) -> list[StepDown]:
        query = select(StepDown).where(StepDown.id > asked["after"]).order_by(StepDown.id)
        if "month" in asked:
            query = query.where(StepDown.period == asked["month"])
        if "as_of" in asked:
            query = query.where(StepDown.made_at <= asked["as_of"])
        return list(session.scalars(query.limit(asked["limit"] + 1)))

    return paged("step_downs", read(ask), asked["limit"], lambda row: row.id)


@bp.post("")
@bp.arguments(StepDownIn)
@bp.response(200, StepDownOut)
def run(said: dict[str, Any]) -> StepDown:
    """Step a month down; where nothing has changed since the last run, that run is the answer."""
    when, zone = occasion(said), settings().zone
    return write(when, lambda session: step_run.run(session, when, said["month"], zone=zone))


@bp.get("/<month>")
@bp.arguments(StepCellsAsked, location="query")
@bp.response(200, StepSheetOut)
def show(asked: dict[str, Any], month: str) -> dict[str, Any]:
    """A run by department: own cost, what it received and passed on, what lies on it at the end."""

    def ask(session: Session) -> dict[str, Any]:
        made = step_run.get(session, month, asked.get("version"), at=asked.get("as_of"))
        sheet = step_sheet.matrix(session, made, asked.get("item"))
        rows = [
            {
                "department": row.department.code, "name": row.department.name, "own": row.own,
                "received": sum(row.received.values(), start=0), "passed": row.passed, "final": row.final,
            }
            for row in sheet.rows
        ]  # fmt: skip
        names = ("id", "period", "version", "posted", "imported", "total", "made_at")
        told = {name: getattr(made, name) for name in names}
        return told | {"departments": rows, "tie_out": sheet.difference}

    return read(ask)


@bp.get("/<month>/cells")
@bp.arguments(StepCellsAsked, location="query")
@bp.response(200, StepCellsOut)
def cells(asked: dict[str, Any], month: str) -> dict[str, Any]:
    """Everything that went from one department to another, with by how much of which driver."""

    def ask(session: Session) -> list[dict[str, Any]]:
        made = step_run.get(session, month, asked.get("version"), at=asked.get("as_of"))
        query, source, target = step_sheet.select_cells(made)
        query = query.add_columns(
            StepCell.level, StepCell.item, source.code.label("source"), target.code.label("target"), StepCell.amount,
            StepCell.driver, StepCell.weight, StepCell.of_weight,
        )  # fmt: skip
        if "item" in asked:
            query = query.where(StepCell.item == asked["item"])
        query = query.where(StepCell.id > asked["after"]).order_by(StepCell.id).limit(asked["limit"] + 1)
        return [dict(row._mapping) for row in session.execute(query)]

    return paged("cells", read(ask), asked["limit"], lambda row: int(row["id"]))
