"""This file is the nightly look at licences: what newly came within a window of its end is noted, and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import structlog

from spd import policies
from spd.core.addresses import domains_of, refuse_foreign
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.jobs.nightly import JobFailed, run_once
from spd.jobs.reporting import mail, put, waits
from spd.licensing.telling import Ending, days_noted, noted_on, told
from spd.licensing.warning import note_warnings

JOB, TELLING = "licences", "licences told"
KEPT_DAYS = 7  # for so long what could not be told is tried again
_log = structlog.get_logger()


def warn_of_licences(database: Database, day: date, *, now: Callable[[], datetime]) -> bool:
    """Note the licences that are newly in a window on a hospital day, once. Whether it ran here."""

    def work() -> tuple[str, str]:
        with transaction(database) as session:
            counts = note_warnings(session, on=day, at=now())
        return ("noted", json.dumps(counts)) if counts else ("clean", "")

    return run_once(database, JOB, day.isoformat(), now=now, work=work)


def tell_of_licences(database: Database, settings: Settings, *, now: Callable[[], datetime]) -> int:
    """Tell those whom the policy names what came near its end, once for each day; how many days were told from here.

    What could not be told is tried again, and kept as a failure of the job.
    """
    today = day_of(now(), settings.zone)
    with reading(database) as session:
        to = str(policies.get(session, "licence.warn_mail")).split()
        folder = bool(policies.get(session, "licence.warn_folder"))
        days = days_noted(session, since=today - timedelta(KEPT_DAYS)) if to or folder else []
    return sum(_tell(database, settings, day, to, folder, now) for day in days)


def _tell(
    database: Database, settings: Settings, day: date, to: list[str], folder: bool, now: Callable[[], datetime]
) -> bool:
    if waits(database, TELLING, day.isoformat(), now()):
        return False

    def work() -> tuple[str, str]:
        with reading(database) as session:
            endings = noted_on(session, day)
        return ("sent", _send(settings, endings, day, to, folder)) if endings else ("clean", "")

    try:
        return run_once(database, TELLING, day.isoformat(), now=now, work=work)
    except JobFailed as failed:
        _log.warning("licences not told", day=day.isoformat(), why=str(failed))
        return False


def _send(settings: Settings, endings: list[Ending], day: date, to: list[str], folder: bool) -> str:
    """Where it went. Raises: BadRecipient, OSError and smtplib's errors, where it could not go."""
    text, went = told(endings, day), []
    if folder:
        if not settings.report_folder:
            raise FileNotFoundError("SPD_REPORT_FOLDER is not set")
        name = f"licences_{day.isoformat()}.txt"
        went.append(str(put(Path(settings.report_folder), name, text.encode("utf-8-sig"))))
    if to:
        if not settings.mail_host:
            raise ConnectionError("SPD_MAIL_HOST is not set")
        refuse_foreign(to, domains_of(settings.mail_domains))
        mail(settings, _message(settings, text, len(endings), day, to))
        went += to
    return ", ".join(went)[:1000]


def _message(settings: Settings, text: str, count: int, day: date, to: list[str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, ", ".join(to)
    message["Subject"] = f"证照到期提醒 {day.isoformat()}: {count} / Licences near their end: {count}"
    message.set_content(text, cte="base64")  # which every server on the way takes
    return message
