"""This file is whose print jobs are: a ward's are those its people asked for.

A printer that stands still (E13) stops everybody who prints at it. So a ward also sees what jammed at a printer that it
has printed at, and may go on with it; giving it up is for those whose labels they are.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from spd.core.errors import NotAllowed
from spd.labelling.models import JobState, PrintJob
from spd.labelling.queue import get_job
from spd.staff import Grant

Departments = frozenset[int] | None
"""The departments somebody acts for; None is all of them."""


def asked_by(departments: frozenset[int]) -> ColumnElement[bool]:
    """Whether somebody of these departments asked for a job."""
    return PrintJob.staff_id.in_(_people(departments))


_OTHER = aliased(PrintJob)


def seen_by(departments: frozenset[int]) -> ColumnElement[bool]:
    """Whether these departments see a job: their own, and what stops a printer they have printed at."""
    theirs = select(_OTHER.printer_id).where(_OTHER.staff_id.in_(_people(departments)))
    return asked_by(departments) | ((PrintJob.state == JobState.JAMMED.value) & PrintJob.printer_id.in_(theirs))


def get_seen(session: Session, number: int, departments: Departments) -> PrintJob:
    """The job, for whoever sees it. Raises: UnknownPrintJob, NotAllowed."""
    return _get(session, number, None if departments is None else seen_by(departments))


def get_own(session: Session, number: int, departments: Departments) -> PrintJob:
    """The job, for those who asked for it. Raises: UnknownPrintJob, NotAllowed."""
    return _get(session, number, None if departments is None else asked_by(departments))


def _get(session: Session, number: int, whose: ColumnElement[bool] | None) -> PrintJob:
    job = get_job(session, number)
    if whose is not None and session.scalar(select(PrintJob.id).where(PrintJob.id == number, whose)) is None:
        raise NotAllowed()
    return job


def _people(departments: frozenset[int]) -> ColumnElement[int]:
    return select(Grant.staff_id).where(Grant.department_id.in_(departments))  # type: ignore[return-value]
