"""This file is saved reports going out: made as for whoever saved them, mailed or put into a folder.

Each goes once for each due day, or for each lock of a month. A door says how it is made (`made_by`). A delivery that
failed is tried again.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import structlog
from sqlalchemy import select

from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.settings import Settings
from spd.core.transaction import reading
from spd.costing import saved
from spd.costing.saved import SavedReport
from spd.jobs.nightly import JobFailed, run_once
from spd.ledger import accounting_month, last_locks

Made = tuple[str, bytes]
"""The name of a file, and what is in it."""
Maker = Callable[[SavedReport, dict[str, str]], Made]
_AGAIN = timedelta(minutes=30)
_PATIENCE_S = 30
_MAKERS: list[Maker] = []
_log = structlog.get_logger()


def made_by(maker: Maker) -> None:
    """Say who makes a report of what is chosen and these months. A door says it when it begins."""
    _MAKERS[:] = [maker]


def deliver_due(database: Database, settings: Settings, *, now: Callable[[], datetime]) -> int:
    """How many reports went out from here."""
    if not _MAKERS:
        return 0
    at = now()
    today = day_of(at, settings.zone)
    with reading(database) as session:
        locks, this = last_locks(session), accounting_month(session, today)
        due = [
            (report, name, saved.months_of(report, this=this, closed=closed))
            for report in saved.scheduled(session)
            for name, closed in saved.due_of(report, today=today, locks=locks)
        ]
        session.expunge_all()  # they are read outside of this look
    return sum(_deliver(database, settings, *one, now=now) for one in due)


def _deliver(
    database: Database, settings: Settings, report: SavedReport, due: str, months: dict[str, str], *,
    now: Callable[[], datetime],
) -> bool:  # fmt: skip
    job = f"report {report.id}"
    if waits(database, job, due, now()):
        return False

    def work() -> tuple[str, str]:
        name, content = _MAKERS[0](report, months)
        return "sent", send(settings, report, name, content)

    try:
        return run_once(database, job, due, now=now, work=work)
    except JobFailed as failed:
        _log.warning("report not delivered", report=report.id, due=due, why=str(failed))
        return False


def waits(database: Database, job: str, due: str, at: datetime) -> bool:
    """Whether it went out, or failed so lately that it is too early to try again."""
    with reading(database) as session:
        last = session.scalars(select(JobRun).where(JobRun.job == job, JobRun.period == due)).one_or_none()
        if last is None:
            return False
        return last.outcome != "failed" or (last.finished_at is not None and at - last.finished_at < _AGAIN)


def send(settings: Settings, report: SavedReport, name: str, content: bytes) -> str:
    """Where it went. Raises: OSError and smtplib's errors, where it could not go."""
    went = []
    if report.to_folder:
        if not settings.report_folder:
            raise FileNotFoundError("SPD_REPORT_FOLDER is not set")
        went.append(str(put(Path(settings.report_folder), name, content)))
    if report.addresses:
        if not settings.mail_host:
            raise ConnectionError("SPD_MAIL_HOST is not set")
        mail(settings, _message(settings, report, name, content))
        went += report.addresses
    return ", ".join(went)[:1000]


def put(folder: Path, name: str, content: bytes) -> Path:
    """The file in the folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    goal = folder / Path(name).name
    partly = goal.with_name(f".{goal.name}.part")
    partly.write_bytes(content)
    partly.replace(goal)
    return goal


def _message(settings: Settings, report: SavedReport, name: str, content: bytes) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = ", ".join(report.addresses)
    message["Subject"] = " ".join(f"{report.name} {name}".split())
    message.set_content(f"{report.name}\n{name}\n")
    kind = ("text", "csv") if name.endswith(".csv") else (
        "application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )  # fmt: skip
    message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return message


def mail(settings: Settings, message: EmailMessage) -> None:
    """The message, handed to the mail server."""
    host, port = settings.mail_host, int(settings.mail_port)
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.mail_security == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE_S, context=secure)
    else:
        server = smtplib.SMTP(host, port, timeout=_PATIENCE_S)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=secure)
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.send_message(message)
