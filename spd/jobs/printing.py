"""This file is sending print jobs: label by label, each acknowledgement kept before the next label leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from scanners.labels.printer import Jam, print_labels
from spd import labelling
from spd.core.database import Database
from spd.core.transaction import reading, transaction

_log = structlog.get_logger()


def send(database: Database, job: int, *, now: Callable[[], datetime], timeout_seconds: float = 10) -> bool:
    """Send what is left of a job; whether it was ours to send. How it went stands with the job.

    Raises: UnknownPrintJob.
    """
    with transaction(database) as session:
        batch = labelling.claim(session, job, at=now())
    if batch is None:
        return False
    try:
        sent = print_labels(
            batch.host, batch.formats, port=batch.port, first=batch.first, timeout_seconds=timeout_seconds
        )
        for printed in sent:
            with transaction(database) as session:
                labelling.acknowledge(session, job, printed, at=now())
    except Jam as trouble:
        _log.warning("printer jammed", job=job, printed=trouble.done, why=trouble.reason_en)
        with transaction(database) as session:
            labelling.jam(session, job, trouble.reason_zh, trouble.reason_en)
    return True


def send_waiting(database: Database, *, now: Callable[[], datetime]) -> int:
    """Send every job that waits, oldest first; how many were sent here."""
    with reading(database) as session:
        jobs = labelling.waiting_jobs(session, at=now())
    return sum(send(database, job, now=now) for job in jobs)
