"""This file is the page of print jobs: what waits for each printer, what jammed and why, sent again or given up."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api import access
from api.here import database, person, read, write_plain
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from spd import labelling
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.jobs import printing
from spd.labelling import JobState, Printer, PrintJob, QueuedLabel
from spd.staff import Staff

COLOURS = {"waiting": "queued", "printing": "info", "jammed": "stop", "done": "ok", "cancelled": "quiet"}


class NoForm(Schema):
    """A button that says all there is to say."""


def state_names() -> dict[str, str]:
    """How far a job is."""
    return {
        "waiting": _("waiting"),
        "printing": _("printing"),
        "jammed": _("jammed"),
        "done": _("printed"),
        "cancelled": _("given up"),
    }


def departments() -> frozenset[int] | None:
    """The departments whose jobs this person sees; None: all of the house."""
    return person().departments(*access.TABLE["pages.print_jobs"].roles)


@bp.get("/print-jobs")
def print_jobs() -> str | Response:
    """Print jobs, the last first; above them the printers with their last word."""
    names, trouble = state_names(), PrintJob.trouble_en if short() == "en" else PrintJob.trouble_zh
    base = (
        select(PrintJob.id.label("id"))
        .select_from(PrintJob)
        .join(Printer, Printer.id == PrintJob.printer_id)
        .join(Staff, Staff.id == PrintJob.staff_id)
    )
    if (mine := departments()) is not None:
        base = base.where(labelling.seen_by(mine))
    listing = Listing(
        name="print-jobs",
        base=base,
        columns=(
            Column("job", _("Job"), PrintJob.id, kind="code", href=_one),
            Column("printer", _("Printer"), func.coalesce(func.nullif(Printer.name, ""), Printer.code)),
            Column("state", _("State"), PrintJob.state, kind="pill", show=names, colour=COLOURS.get),
            Column("printed", _("Printed"), PrintJob.printed, kind="quantity"),
            Column("total", _("Labels"), PrintJob.total, kind="quantity"),
            Column("trouble", _("Trouble"), trouble),
            Column("by", _("Asked by"), Staff.name),
            Column("created", _("Asked"), PrintJob.created_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), _matching),
            Choice("state", _("State"), list(names.items()), lambda value: PrintJob.state == value),
        ),
        order="-created",
        tie=PrintJob.id,
    )
    return listed(
        listing, title=_("Print jobs"), template="print_jobs.html", printers=read(_printers), colours=COLOURS,
        names=names, crumbs=[(_("Print jobs"), None)],
    )  # fmt: skip


def _one(row: Any) -> str:
    return url_for("pages.print_job", number=row.id)


def _matching(words: str) -> ColumnElement[bool]:
    has = select(QueuedLabel.id).where(
        QueuedLabel.job_id == PrintJob.id, QueuedLabel.code.icontains(words, autoescape=True)
    )
    return or_(
        *(one.icontains(words, autoescape=True) for one in (Printer.code, Printer.name, Staff.name)), has.exists()
    )


_ONE = aliased(PrintJob)


def _printers(session: Session) -> list[tuple[Printer, PrintJob | None, int, bool]]:
    """Every printer in use, its last job, how many wait for it or jammed, and whether this person may see the job."""
    last = select(PrintJob.printer_id, func.max(PrintJob.id).label("id")).group_by(PrintJob.printer_id).subquery()
    unfinished = (
        select(func.count())
        .where(_ONE.printer_id == Printer.id, _ONE.state.in_([JobState.WAITING.value, JobState.JAMMED.value]))
        .correlate(Printer)
        .scalar_subquery()
    )
    query = (
        select(Printer, PrintJob, unfinished)
        .outerjoin(last, last.c.printer_id == Printer.id)
        .outerjoin(PrintJob, PrintJob.id == last.c.id)
        .where(~Printer.retired)
        .order_by(Printer.code)
    )
    mine = departments()
    seen = true() if mine is None else labelling.seen_by(mine)
    rows = session.execute(query.add_columns(seen)).all()
    return [(printer, job, waiting, bool(job and may)) for printer, job, waiting, may in rows]


@bp.get("/print-jobs/<int:number>")
def print_job(number: int) -> str:
    """One job label by label, and what can be done with it."""

    def ask(session: Session) -> dict[str, Any]:
        job = _may_see(session, number)
        labels = select(QueuedLabel).where(QueuedLabel.job_id == number).order_by(QueuedLabel.number)
        return {
            "job": job,
            "printer": session.get_one(Printer, job.printer_id),
            "by": session.get_one(Staff, job.staff_id),
            "labels": session.scalars(labels).all(),
            "own": _is_own(session, number),
        }

    form = office.blank()
    return render_template("print_job.html", **read(ask), names=state_names(), colours=COLOURS, key=form.key)


def _is_own(session: Session, number: int) -> bool:
    try:
        labelling.get_own(session, number, departments())
    except NotAllowed:
        return False
    return True


def _may_see(session: Session, number: int) -> PrintJob:
    return labelling.get_seen(session, number, departments())


@bp.post("/print-jobs/<int:number>/send")
def print_job_send(number: int) -> Response:
    """What is left is sent now, from the first label that the printer has not acknowledged."""
    form = office.filled(NoForm)
    with form.attempt():
        read(lambda session: _may_see(session, number))
        sent = printing.send(database(), number, now=clock.now, timeout_seconds=5)
        state = read(lambda session: labelling.get_job(session, number).state)
        if state == JobState.JAMMED or not sent:
            office.tell(_("It is not printed yet: see the trouble below."), "caution")
        else:
            office.tell(_("Every label is printed."))
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(url_for("pages.print_job", number=number))


@bp.post("/print-jobs/<int:number>/cancel")
def print_job_cancel(number: int) -> Response:
    """What is not printed is given up."""
    form = office.filled(NoForm)
    with form.attempt():

        def act(session: Session) -> None:
            labelling.get_own(session, number, departments())
            labelling.cancel(session, number)

        write_plain(act)
        office.tell(_("Given up: what was not printed will not be."))
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(url_for("pages.print_job", number=number))


def jammed(session: Session) -> int:
    """How many jobs stand still for somebody to look at the printer."""
    query = select(func.count()).select_from(PrintJob).where(PrintJob.state == JobState.JAMMED.value)
    if (mine := departments()) is not None:
        query = query.where(labelling.seen_by(mine))
    return session.scalar(query) or 0
