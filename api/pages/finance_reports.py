"""This file is the page of saved reports: those one keeps, when they go out and where, what became of the last."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import reporting
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import language
from api.pages import bp, office
from api.pages.report import frame, this_month
from api.pages.sheet_made import title_of
from api.v1.reports import REPORTS, ReportChoiceIn, to_save
from spd import costing, ledger
from spd.core.job_runs import JobRun
from spd.costing import saved
from spd.costing.saved import Months, SavedReport, Schedule


class SaveForm(ReportChoiceIn):
    """A report to save, with what is chosen in it."""

    name = Text(required=True, longest=80)
    report = fields.String(required=True, validate=validate.OneOf(REPORTS))
    months = fields.String(required=True, validate=validate.OneOf([one.value for one in Months]))
    format = fields.String(load_default="xlsx", validate=validate.OneOf(["xlsx", "csv"]))
    schedule = fields.String(required=True, validate=validate.OneOf([one.value for one in Schedule]))
    recipients = Text(load_default="", shortest=0, longest=2000)
    to_folder = fields.String(load_default="")


class StopForm(Schema):
    """A button that says all there is to say."""


def month_words() -> dict[str, str]:
    """Which months a report is of when it runs."""
    return {
        "closed": _("the last closed month"), "previous": _("the month before"), "this": _("this month so far"),
        "quarter": _("this quarter so far"), "year": _("this year so far"),
        "closed_quarter": _("its quarter up to the last closed month"),
        "closed_year": _("its year up to the last closed month"),
    }  # fmt: skip


def of_one_month() -> dict[str, str]:
    """What is not saved, as it is of one month alone, by its name in addresses."""
    words = {"week": _("week"), "version": _("version"), "as_of": _("as of"), "at": _("as of")}
    return {name: words[name] for name in reporting.OF_ONE_MONTH}


def schedule_words() -> dict[str, str]:
    """When a report goes out."""
    return {
        "never": _("only when I open it"), "daily": _("every day"), "weekly": _("every week"),
        "monthly": _("every month"), "closing": _("after each closing"),
    }  # fmt: skip


@bp.route("/finance/reports", methods=["GET", "POST"])
def finance_reports() -> str | Response:
    """The reports you saved; one more is saved."""
    asked = {name: request.args.get(name, "") for name in (*reporting.CHOSEN, "report")}
    if asked["report"] not in reporting.LISTS:
        asked["by"] = ""  # the report itself says how it tells cost apart
    form = office.filled(SaveForm) if request.method == "POST" else office.blank(asked)
    if form.sent:
        with form.attempt():
            said: dict[str, Any] = form.said | {
                "chosen": form.said, "recipients": form.said["recipients"].replace(",", " ").split(),
                "to_folder": bool(form.said["to_folder"]), "language": language(),
            }  # fmt: skip
            write(form.occasion, lambda session: saved.save(session, form.occasion, to_save(said)).id)
            office.tell(_("%(name)s is saved.") % {"name": form.said["name"]})
            return redirect(url_for("pages.finance_reports"))
    return read(lambda session: _page(session, form))


def _page(session: Session, form: office.Form) -> str:
    closed = ledger.closed_through(session)
    rows = []
    for report in saved.of_person(session, person().id):
        months = saved.months_of(report, this=this_month(), closed=closed)
        rows.append(
            (report, reporting.page_of(report, months), reporting.path_of(report, months), _last(session, report))
        )
    chosen = {name: form.value(name) for name in reporting.CHOSEN if form.value(name)}
    return render_template(
        "finance_reports.html",
        rows=rows,
        form=form,
        chosen=chosen,
        left=", ".join(
            f"{words} {request.args[name]}" for name, words in of_one_month().items() if request.args.get(name)
        ),
        titles={name: title_of(name) for name in REPORTS},
        month_words=month_words(),
        schedule_words=schedule_words(),
        outcomes={"sent": _("sent"), "failed": _("failed"), "": _("running")},
        mails=bool(settings().mail_host),
        folder=bool(settings().report_folder),
        domains=settings().mail_domains,
        **frame("finance_reports", costing.Filter(period=this_month())),
    )


def _last(session: Session, report: SavedReport) -> JobRun | None:
    """The last time it went out, or was to."""
    query = select(JobRun).where(JobRun.job == f"report {report.id}").order_by(JobRun.id.desc()).limit(1)
    return session.scalars(query).first()


@bp.post("/finance/reports/<int:number>/stop")
def finance_reports_stop(number: int) -> Response:
    """A report is stopped."""
    form = office.filled(StopForm)
    with form.attempt():
        write(form.occasion, lambda session: saved.stop(session, form.occasion, number).id)
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(url_for("pages.finance_reports"))
