"""This file is /reports: reports of cost that somebody saved, and when they go out where."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api import reporting
from api.fields import Text, Write
from api.here import occasion, person, read, settings, write
from api.noun import Noun
from spd.catalog import ProductClass
from spd.core.addresses import domains_of
from spd.costing import CaseMethod, saved
from spd.costing.saved import Months, SavedReport, Schedule, ToSave

bp = Noun("reports", "Reports of cost, charges and what is owed that are saved, and go out by themselves.")
REPORTS = (
    "departments", "products", "movements", "stock", "campus", "product_class", "chargeable", "lot", "week",
    "encounter", "encounters", "drgs", *reporting.LISTS,
)  # fmt: skip


class ReportChoiceIn(Schema):
    """What is chosen in a report."""

    campus = Text(longest=200)
    department = Text(longest=80)
    product_class = fields.String(validate=validate.OneOf([one.value for one in ProductClass]))
    chargeable = fields.String(validate=validate.OneOf(["0", "1"]))
    product = Text(longest=80)
    lot = Text(longest=80)
    encounter = Text(longest=80)
    compare = fields.String(validate=validate.OneOf(["prior", "year", "budget"]))
    payer = Text(longest=80, metadata={"description": "Of groups: region|year|drg or dip."})
    span = fields.String(validate=validate.OneOf(["month", "quarter", "year"]))
    cost = fields.String(validate=validate.OneOf([str(one) for one in CaseMethod]))
    method = fields.String(
        validate=validate.OneOf([str(one) for one in CaseMethod]), metadata={"description": "Of case costs."}
    )
    item = Text(longest=24)
    what = fields.String(validate=validate.OneOf(["costs", "revenue", "drivers"]))
    kind = Text(longest=24)
    driver = Text(longest=24)
    by = Text(longest=24)
    group = Text(longest=200)
    stands = Text(longest=24)
    state = Text(longest=24)
    subject = Text(longest=24)
    q = Text(longest=200)


class SavedReportIn(Write):
    """A report to save. Without a schedule it is only kept."""

    name = Text(required=True, longest=80)
    report = fields.String(required=True, validate=validate.OneOf(REPORTS))
    chosen = fields.Nested(ReportChoiceIn, load_default=dict)
    months = fields.String(load_default="closed", validate=validate.OneOf([one.value for one in Months]))
    format = fields.String(load_default="xlsx", validate=validate.OneOf(["xlsx", "csv"]))
    schedule = fields.String(load_default="never", validate=validate.OneOf([one.value for one in Schedule]))
    recipients = fields.List(Text(longest=200), load_default=list, validate=validate.Length(0, 20))
    to_folder = fields.Boolean(load_default=False)
    language = fields.String(load_default="zh-Hans", validate=validate.OneOf(["zh-Hans", "en"]))


class SavedReportOut(Schema):
    """A saved report."""

    id = fields.Integer()
    name = fields.String()
    report = fields.String()
    chosen = fields.Dict(keys=fields.String(), values=fields.String())
    months = fields.String()
    format = fields.String()
    schedule = fields.String()
    recipients = fields.List(fields.String(), attribute="addresses")
    to_folder = fields.Boolean()
    saved_at = fields.AwareDateTime()
    stopped_at = fields.AwareDateTime(allow_none=True)


class SavedReportStopIn(Write):
    """The report goes out no more."""


@bp.get("")
@bp.response(200, SavedReportOut(many=True))
def mine() -> list[SavedReport]:
    """The reports you saved."""
    who = person().id
    return read(lambda session: saved.of_person(session, who))


@bp.post("")
@bp.arguments(SavedReportIn)
@bp.response(201, SavedReportOut)
def save(said: dict[str, Any]) -> SavedReport:
    """Save a report; with a schedule it goes out by itself. Safe to send again with the same key."""
    when = occasion(said)
    asked = to_save(said)
    return write(when, lambda session: saved.save(session, when, asked))


@bp.post("/<int:number>/stop")
@bp.arguments(SavedReportStopIn)
@bp.response(200, SavedReportOut)
def stop(said: dict[str, Any], number: int) -> SavedReport:
    """The report is listed and sent no more."""
    when = occasion(said)
    return write(when, lambda session: saved.stop(session, when, number))


def to_save(said: dict[str, Any]) -> ToSave:
    """What was said, as it is to be saved."""
    domains = domains_of(settings().mail_domains)
    return ToSave(
        name=said["name"], report=said["report"], chosen=reporting.chosen_in(said["chosen"]),
        months=Months(said["months"]), format=said["format"], schedule=Schedule(said["schedule"]),
        recipients=tuple(said["recipients"]), to_folder=said["to_folder"], language=said["language"], domains=domains,
    )  # fmt: skip
