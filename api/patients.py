"""This file is who is told of patients: those who care for them, and those who look after how it is done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.here import person
from spd.places import Department
from spd.staff import Role

SEE_PATIENTS = (Role.NURSE, Role.HEAD_NURSE, Role.QUALITY, Role.AUDITOR)


def sees_patients() -> bool:
    """Whether this reader's work needs to know who a wristband belongs to."""
    return not person().roles.isdisjoint((*SEE_PATIENTS, Role.INTEGRATION))


def of_departments(session: Session) -> frozenset[str] | None:
    """The departments whose patients this reader is told of; None is all of them."""
    mine = person().departments(*SEE_PATIENTS)
    if mine is None:
        return None
    return frozenset(session.scalars(select(Department.code).where(Department.id.in_(mine))))


def hide(hops: Iterable[dict[str, Any]], departments: frozenset[str] | None) -> None:
    """Take the patients out of movements that were not for these departments."""
    if departments is None:
        return
    for hop in hops:
        if hop["department"] not in departments:
            hop["patient_name"] = None
            hop["encounter"] = None
