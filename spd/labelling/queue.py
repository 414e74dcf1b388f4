"""This file is the queue of each printer: jobs in order, and of each label whether the printer acknowledged it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session, aliased

from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.labelling.models import JobState, Printer, PrintJob, QueuedLabel
from spd.ledger import KeyReused

ABANDONED = timedelta(minutes=2)  # a sender that has said nothing for so long has died: another may go on


class UnknownPrinter(NotFound):
    """No printer has this name."""

    code = "unknown-printer"
    error = "E13"
    say = {
        "zh": "没有打印机 {printer}。换一台, 或请管理员登记。",
        "en": "There is no printer {printer}. Choose another, or ask the administrator to add it.",
    }


class PrinterJammed(Conflict):
    """The printer said no to its last job, and nobody has said since that it is well."""

    code = "printer-jammed"
    error = "E13"
    say = {
        "zh": "打印机 {printer} 无响应 (任务 {job}), 未做任何登记。换一台, 或处理好后重发该任务。",
        "en": "Printer {printer} is not answering (job {job}); nothing was booked. Choose another, or mend it and send "
        "the job again.",
    }


class UnknownPrintJob(NotFound):
    """No print job has this number."""

    code = "unknown-print-job"
    say = {"zh": "没有打印任务 {job}。刷新列表。", "en": "There is no print job {job}. Reload the list."}


class NotWaiting(Conflict):
    """The job is being sent, or is over."""

    code = "not-waiting"
    say = {
        "zh": "打印任务 {job} 状态为 {state}, 现在不能操作。刷新列表。",
        "en": "Print job {job} is {state}, so this cannot be done now. Reload the list.",
    }


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A job claimed for sending: what to send, where, and how many labels the printer has already acknowledged."""

    job: int
    host: str
    port: int
    formats: tuple[str, ...]
    first: int


def get_printer(session: Session, code: str) -> Printer:
    """The printer with this name. Raises: UnknownPrinter."""
    found = session.scalars(select(Printer).where(Printer.code == code, ~Printer.retired)).one_or_none()
    if found is None:
        raise UnknownPrinter(printer=code)
    return found


def refuse_jammed(session: Session, printer: Printer) -> None:
    """Refuse a printer with a jammed job, before anything is made that it should label. Raises: PrinterJammed."""
    jammed = select(PrintJob.id).where(PrintJob.printer_id == printer.id, PrintJob.state == JobState.JAMMED.value)
    if (job := session.scalar(jammed.order_by(PrintJob.id.desc()).limit(1))) is not None:
        raise PrinterJammed(printer=printer.name or printer.code, job=job)


def get_job(session: Session, number: int) -> PrintJob:
    """The job with this number. Raises: UnknownPrintJob."""
    found = session.get(PrintJob, number)
    if found is None:
        raise UnknownPrintJob(job=number)
    return found


def find_same(session: Session, occasion: Occasion) -> PrintJob | None:
    """The job that this request made before. Raises: KeyReused."""
    found = session.scalars(select(PrintJob).where(PrintJob.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.content != occasion.content:
        raise KeyReused(key=occasion.request_key)
    return found


def enqueue(session: Session, occasion: Occasion, printer: Printer, labels: Sequence[tuple[str, str]]) -> PrintJob:
    """A job of these labels, each a code and its ZPL, in this order."""
    job = PrintJob(
        request_key=occasion.request_key,
        content=occasion.content,
        printer_id=printer.id,
        staff_id=occasion.staff_id,
        created_at=occasion.recorded_at,
        state=JobState.WAITING.value,
        total=len(labels),
    )
    session.add(job)
    session.flush()  # its number goes into its labels
    session.execute(
        insert(QueuedLabel),
        [{"job_id": job.id, "number": n, "code": code, "zpl": zpl} for n, (code, zpl) in enumerate(labels)],
    )
    return job


def waiting_jobs(session: Session, *, at: datetime, limit: int = 50) -> list[int]:
    """The jobs to be sent, oldest first: those that wait, and those whose sender died.

    What jammed waits for somebody to say that the printer is well.
    """
    query = select(PrintJob.id).where((PrintJob.state == JobState.WAITING.value) | _abandoned(at))
    return list(session.scalars(query.order_by(PrintJob.id).limit(limit)))


def _abandoned(at: datetime) -> ColumnElement[bool]:
    return (PrintJob.state == JobState.PRINTING.value) & (PrintJob.claimed_at < at - ABANDONED)


_OTHER = aliased(PrintJob)


def claim(session: Session, number: int, *, at: datetime) -> Batch | None:
    """The job, for whoever gets it; None where somebody is sending it, or another to its printer, or nothing is left.

    Raises: UnknownPrintJob.
    """
    job = get_job(session, number)
    busy = (
        select(_OTHER.id)
        .where(
            _OTHER.printer_id == job.printer_id,
            _OTHER.id != number,
            _OTHER.state == JobState.PRINTING.value,
            _OTHER.claimed_at >= at - ABANDONED,
        )
        .exists()
    )
    ready = PrintJob.state.in_([JobState.WAITING.value, JobState.JAMMED.value])
    taken = session.execute(
        update(PrintJob)
        .where(PrintJob.id == number, ready | _abandoned(at), ~busy)
        .values(state=JobState.PRINTING.value, claimed_at=at, trouble_zh="", trouble_en="")
        .returning(PrintJob.printed)
    ).first()
    if taken is None:
        return None
    printer = session.get_one(Printer, job.printer_id)
    query = select(QueuedLabel.zpl).where(QueuedLabel.job_id == number).order_by(QueuedLabel.number)
    formats = tuple(session.scalars(query))
    return Batch(job=number, host=printer.host, port=printer.port, formats=formats, first=taken[0])


def acknowledge(session: Session, number: int, printed: int, *, at: datetime) -> None:
    """So many labels count as printed; with the last one the job is done."""
    session.execute(
        update(QueuedLabel)
        .where(QueuedLabel.job_id == number, QueuedLabel.number < printed, QueuedLabel.printed_at.is_(None))
        .values(printed_at=at)
    )
    session.execute(
        update(PrintJob).where(PrintJob.id == number, PrintJob.printed < printed).values(printed=printed, claimed_at=at)
    )
    session.execute(
        update(PrintJob)
        .where(PrintJob.id == number, PrintJob.printed == PrintJob.total)
        .values(state=JobState.DONE.value)
    )


def jam(session: Session, number: int, trouble_zh: str, trouble_en: str) -> None:
    """The printer stopped: the job waits for somebody, and goes on at the first label that does not count."""
    session.execute(
        update(PrintJob)
        .where(PrintJob.id == number, PrintJob.state == JobState.PRINTING.value)
        .values(state=JobState.JAMMED.value, trouble_zh=trouble_zh[:200], trouble_en=trouble_en[:200])
    )


def cancel(session: Session, number: int) -> PrintJob:
    """Give up what is not printed. Raises: UnknownPrintJob, NotWaiting."""
    job = get_job(session, number)
    if job.state == JobState.CANCELLED:
        return job
    stopped = session.execute(
        update(PrintJob)
        .where(PrintJob.id == number, PrintJob.state.in_([JobState.WAITING.value, JobState.JAMMED.value]))
        .values(state=JobState.CANCELLED.value)
        .returning(PrintJob.id)
    ).first()
    session.refresh(job)
    if stopped is None:
        raise NotWaiting(job=number, state=job.state)
    return job
