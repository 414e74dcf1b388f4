"""This file is the page of the newest proof of the books: what it found, and a button that proves them now."""

from __future__ import annotations

import json
from collections import namedtuple
from typing import Any

from flask import redirect, request, url_for
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import proving as doors
from api.access import may_open
from api.fields import MONTH, Write
from api.here import person, read
from api.i18n import gettext as _
from api.i18n import instant
from api.pages import bp, office
from api.pages.listing import Column, Listing, listed
from api.pages.report import tabs, this_month
from spd.core.job_runs import JobRun
from spd.jobs import proving

Found = namedtuple("Found", ("check", "table", "row", "says"))


class ProveForm(Write):
    """A button; `month` is whose closing list it was pressed on."""

    month = fields.String(load_default="")


def newest(session: Session) -> JobRun | None:
    """The newest proof that ended."""
    query = select(JobRun).where(JobRun.job == "verify", JobRun.finished_at.is_not(None))
    return session.scalars(query.order_by(JobRun.finished_at.desc()).limit(1)).one_or_none()


@bp.get("/finance/proof")
def finance_proof() -> str | Response:
    """What the newest proof found."""
    run, going = read(lambda session: (newest(session), proving.under_way(session)))
    found = [Found(**one) for one in json.loads(run.detail or "[]")] if run and run.outcome == "problems" else []
    listing = Listing(
        name="proof",
        base=found,
        columns=(
            Column("check", _("Rule")),
            Column("table", _("Table"), kind="code"),
            Column("row", _("Row"), kind="code"),
            Column("says", _("What is wrong"), sortable=False),
        ),
        order="check",
    )
    return listed(
        listing, title=_("Proof of the books"), sub=_told(run), template="proof.html",
        tabs=tabs("closing", this_month()),
        empty=_("Nothing is wrong") if run and run.outcome == "clean" else _("Nothing is known"),
        crumbs=[(_("Closing of months"), url_for("pages.closing")), (_("Proof of the books"), None)],
        going=going, mine=going is not None and going.asked_by_id == person().id, form=office.blank(),
        may_prove=may_open("pages.finance_prove", person()),
    )  # fmt: skip


def _told(run: JobRun | None) -> str:
    if run is None or run.finished_at is None:
        return _("The books were not proved yet.")
    said = {"clean": _("clean"), "problems": _("problems"), "failed": _("broke off")}
    outcome = said.get(run.outcome, run.outcome)
    return _("Newest proof %(at)s: %(outcome)s.") % {"at": instant(run.finished_at), "outcome": outcome}


@bp.post("/finance/proof")
def finance_prove() -> Response:
    """The books are proved now; on to how far it is."""
    form = office.filled(ProveForm)
    month: Any = request.form.get("month", "")
    page = url_for("pages.closing_month", period=month) if MONTH.fullmatch(month) else url_for("pages.finance_proof")
    if "request_key" not in request.form:  # the button says it
        return redirect(page)
    with form.attempt():
        task = doors.begin(form.occasion, page=page)
        if task.asked_by_id == person().id:
            return redirect(url_for("pages.task", number=task.id))
        office.tell(_("A colleague's proof is under way: it counts for you too."), "info")
    return redirect(page)
