"""This file is /printers and /print-jobs: the printers of the house, and what waits for each, label by label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Page, Text, Whole, Write
from api.here import database, occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.labels import CARRIERS, LabelTooSmall, SubjectIn, carried, subjects_of
from scanners import labels
from spd import labelling
from spd.core import clock
from spd.core.occasion import Occasion
from spd.jobs import printing
from spd.labelling import JobState, Printer, PrintJob, QueuedLabel
from spd.labelling.queue import find_same

bp = Noun("printers", "Label printers.")
jobs = Noun("print-jobs", "What waits for a printer, label by label.")


class PrinterSchema(Schema):
    """One printer, reached by raw TCP."""

    code = Text(required=True, longest=80)
    name = Text(load_default="", shortest=0)
    host = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[A-Za-z0-9][A-Za-z0-9.:\-]{0,198}\Z"),
        metadata={"description": "Name or address in the hospital's network."},
    )
    port = Whole(load_default=9100, validate=validate.Range(1, 65535))
    dpi = Whole(load_default=203, validate=validate.OneOf([203, 300, 600]))
    size = fields.String(load_default="60x40", validate=validate.OneOf([*labels.SIZES]))
    retired = fields.Boolean(load_default=False)


class PrinterIn(PrinterSchema, Write):
    """A printer to add, or to set anew by its name."""


class PrintersOut(Schema):
    """Every printer in use."""

    printers = fields.List(fields.Nested(PrinterSchema))


class JobIn(Write):
    """Labels for one printer. A label printed before needs a reason, and says that it is a reprint."""

    printer = Text(required=True, longest=80)
    labels = fields.List(fields.Nested(SubjectIn), required=True, validate=validate.Length(1, 1000))
    carrier = fields.String(
        validate=validate.OneOf(CARRIERS), metadata={"description": "Left out, what such a label is made with."}
    )
    reason = Text(load_default="", shortest=0)


class JobsAsked(Page):
    """Which jobs."""

    printer = Text(longest=80)
    state = fields.String(validate=validate.OneOf([str(state) for state in JobState]))


class JobOut(Schema):
    """One job. `printed` labels are acknowledged; the next to be sent is number `printed`, counted from 0."""

    id = fields.Integer()
    printer = fields.String()
    state = fields.String(metadata={"description": "waiting, printing, jammed, done, cancelled"})
    total = fields.Integer()
    printed = fields.Integer()
    trouble_zh = fields.String()
    trouble_en = fields.String()
    created_at = fields.AwareDateTime()
    staff_id = fields.Integer()


class QueuedOut(Schema):
    """One label of a job."""

    number = fields.Integer()
    code = fields.String()
    printed_at = fields.AwareDateTime(allow_none=True)


class JobWhole(JobOut):
    """One job, label by label."""

    labels = fields.List(fields.Nested(QueuedOut))


class JobsOut(Schema):
    """A page of jobs."""

    jobs = fields.List(fields.Nested(JobOut))
    next = fields.Integer(allow_none=True)


@bp.get("")
@bp.response(200, PrintersOut)
def listing() -> dict[str, Any]:
    """Every printer in use."""
    query = select(Printer).where(~Printer.retired).order_by(Printer.code)
    return {"printers": read(lambda session: session.scalars(query).all())}


@bp.post("")
@bp.arguments(PrinterIn)
@bp.response(200, PrinterSchema)
def settle(said: dict[str, Any]) -> Printer:
    """Add a printer, or set one anew by its name. Safe to send again."""

    def act(session: Session) -> Printer:
        found = session.scalars(select(Printer).where(Printer.code == said["code"])).one_or_none()
        if found is None:
            found = Printer(code=said["code"])
            session.add(found)
        for name in ("name", "host", "port", "dpi", "size", "retired"):
            setattr(found, name, said[name])
        session.flush()  # told as the database has it
        session.refresh(found)
        session.expunge(found)
        return found

    return write(occasion(said), act)


@jobs.get("")
@jobs.arguments(JobsAsked, location="query")
@jobs.response(200, JobsOut)
def listed(asked: dict[str, Any]) -> dict[str, Any]:
    """Print jobs, oldest first: of a ward its own, and what jammed at a printer it prints at."""
    query = select(PrintJob, Printer.code).join(Printer).where(PrintJob.id > asked["after"]).order_by(PrintJob.id)
    if (mine := access.departments()) is not None:
        query = query.where(labelling.seen_by(mine))
    if "printer" in asked:
        query = query.where(Printer.code == asked["printer"])
    if "state" in asked:
        query = query.where(PrintJob.state == asked["state"])
    query = query.limit(asked["limit"] + 1)
    rows = read(lambda session: [_told(job, code) for job, code in session.execute(query)])
    return paged("jobs", rows, asked["limit"], lambda row: int(row["id"]))


@jobs.post("")
@jobs.arguments(JobIn)
@jobs.response(201, JobOut)
def ask(said: dict[str, Any]) -> dict[str, Any]:
    """Put labels into a printer's queue; the worker sends them. Safe to send again with the same key."""
    when = occasion(said)
    return write(when, lambda session: queued(session, when, said))


def queued(session: Session, when: Occasion, said: dict[str, Any]) -> dict[str, Any]:
    """The job of these labels at a printer, each print counted.

    Raises: KeyReused, UnknownPrinter, NotAllowed, ReasonMissing, LabelTooSmall, and what a label's kind raises.
    """
    if same := find_same(session, when):
        return _whole(session, same)
    printer = labelling.get_printer(session, said["printer"])
    subjects = subjects_of(session, said["labels"])
    wanted = labelling.print_subjects(session, when, subjects, medium="printer", reason=said["reason"])
    wanted = carried(wanted, said.get("carrier"))
    return _whole(session, enqueued(session, when, printer, wanted))


def enqueued(session: Session, when: Occasion, printer: Printer, wanted: Sequence[labels.Label]) -> PrintJob:
    """The job of these labels as the printer prints them. Raises: LabelTooSmall."""
    try:
        made = [(one.code[:80], labels.zpl(one, labels.SIZES[printer.size], dpi=printer.dpi)) for one in wanted]
    except labels.DoesNotFit as trouble:
        raise LabelTooSmall() from trouble
    return labelling.enqueue(session, when, printer, made)


@jobs.get("/<int:number>")
@jobs.response(200, JobWhole)
def show(number: int) -> dict[str, Any]:
    """One job, and of each label whether the printer acknowledged it."""
    return read(lambda session: _whole(session, _seen(session, number)))


@jobs.post("/<int:number>/send")
@jobs.response(200, JobOut)
def send(number: int) -> dict[str, Any]:
    """Send what is left now, after a jam from the first label that was not acknowledged. Safe to send again."""
    read(lambda session: _seen(session, number))
    printing.send(database(), number, now=clock.now, timeout_seconds=5)
    return read(lambda session: _whole(session, labelling.get_job(session, number)))


@jobs.post("/<int:number>/cancel")
@jobs.response(200, JobOut)
def cancel(number: int) -> dict[str, Any]:
    """Give up what is not printed, by those who asked for it. Cancelling again changes nothing."""

    def act(session: Session) -> dict[str, Any]:
        labelling.get_own(session, number, access.departments())
        return _whole(session, labelling.cancel(session, number))

    return write(occasion({}), act)


def _seen(session: Session, number: int) -> PrintJob:
    return labelling.get_seen(session, number, access.departments())


def _told(job: PrintJob, printer: str) -> dict[str, Any]:
    names = ("id", "state", "total", "printed", "trouble_zh", "trouble_en", "created_at", "staff_id")
    return {name: getattr(job, name) for name in names} | {"printer": printer}


def _whole(session: Session, job: PrintJob) -> dict[str, Any]:
    query = select(QueuedLabel).where(QueuedLabel.job_id == job.id).order_by(QueuedLabel.number)
    rows = [{"number": one.number, "code": one.code, "printed_at": one.printed_at} for one in session.scalars(query)]
    return _told(job, session.get_one(Printer, job.printer_id).code) | {"labels": rows}
