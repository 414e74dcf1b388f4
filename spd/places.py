"""This file is where things are and who bears cost: locations and departments, each a tree."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Id, Name, Word
from spd.core.errors import NotFound
from spd.core.pasts import Past, known_at


class CostClass(StrEnum):
    """The four classes of departments in hospital cost accounting."""

    CLINICAL = "clinical"
    TECHNOLOGY = "medical_technology"
    AUXILIARY = "medical_auxiliary"
    ADMINISTRATIVE = "administrative"


class Department(Base):
    """Who bears cost."""

    __tablename__ = "departments"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    cost_class: Mapped[Word]
    campus: Mapped[Name] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    retired: Mapped[bool] = mapped_column(default=False)


class DepartmentPast(Past, Base):
    """How a department was called, and of which class and campus it was, until an instant."""

    __tablename__ = "department_pasts"
    __table_args__ = (Index("ix_department_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[Name]
    name_en: Mapped[Name]
    cost_class: Mapped[Word]
    campus: Mapped[Name]
    retired: Mapped[bool] = mapped_column()


def departments_at(at: datetime | None) -> Any:
    """Departments to ask, as `Department` is: as they are, or as they were known at an instant; none is left out."""
    return known_at(Department, DepartmentPast, at, gone="retired")


def told_of_departments(
    session: Session, at: datetime | None = None, *, numbers: Collection[int] | None = None
) -> dict[int, Any]:
    """What is known of departments, or was at an instant, by number in the order of their codes; retired ones too."""
    one = departments_at(at)
    names = ("id", "code", "name", "name_en", "cost_class", "campus", "parent_id", "retired")
    query = select(*(getattr(one, name) for name in names)).order_by(one.code)
    if numbers is not None:
        query = query.where(one.id.in_(numbers))
    return {row.id: row for row in session.execute(query)}


class LocationKind(StrEnum):
    """What a place is: the first four are inside the hospital, the rest where things come from and go to."""

    STORE = "store"
    WARD = "ward"
    THEATRE = "theatre"
    TRANSIT = "transit"
    SUPPLIER = "supplier"
    PROCESSING = "processing"
    PATIENT = "patient"
    LOSS = "loss"
    FOUND = "found"


class End(IntEnum):
    """The numbers of the places that are there since the first migration, one for each end of the house."""

    SUPPLIER = 1
    PROCESSING = 2
    PATIENT = 3
    LOSS = 4
    FOUND = 5
    TRANSIT = 6


OUTSIDE = frozenset({End.SUPPLIER, End.PROCESSING, End.PATIENT, End.LOSS, End.FOUND})
"""What is there is not in the hospital's hands. `TRANSIT` is inside: a tote on its way is still ours."""

INSIDE = (LocationKind.STORE, LocationKind.WARD, LocationKind.THEATRE, LocationKind.TRANSIT)
WARD_KINDS = (LocationKind.WARD, LocationKind.THEATRE)


class Location(Base):
    """A place that holds items; its department is the one that uses from it."""

    __tablename__ = "locations"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    label: Mapped[str | None] = mapped_column(unique=True)
    """The code on its shelf label."""
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    kind: Mapped[Word]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    retired: Mapped[bool] = mapped_column(default=False)


class UnknownDepartment(NotFound):
    """No department has this code."""

    code = "unknown-department"
    say = {"zh": "没有科室 {department}。核对编码。", "en": "There is no department {department}. Check the code."}


class UnknownLocation(NotFound):
    """No location has this code or label."""

    code = "unknown-location"
    say = {
        "zh": "没有货位 {location}。扫描货位标签重试。",
        "en": "There is no location {location}. Scan the label on the shelf.",
    }


def get_department(session: Session, code: str) -> Department:
    """The department with this code. Raises: UnknownDepartment."""
    found = session.scalars(select(Department).where(Department.code == code, ~Department.retired)).one_or_none()
    if found is None:
        raise UnknownDepartment(department=code)
    return found


def department_at(session: Session, code: str, at: datetime | None = None) -> Any:
    """What is known of the department with this code, or was at an instant; what a retired one cost is told still.

    Raises: UnknownDepartment.
    """
    number = session.scalar(select(Department.id).where(Department.code == code))
    if number is None:
        raise UnknownDepartment(department=code)
    return told_of_departments(session, at, numbers=[number])[number]


def get_location(session: Session, code: str) -> Location:
    """The place that holds things, with this code or shelf label; a tote on its way is none.

    Raises: UnknownLocation.
    """
    found = session.scalars(
        select(Location)
        .where((Location.code == code) | (Location.label == code), ~Location.retired)
        .order_by(Location.code == code)  # what was scanned before what somebody typed
    ).first()
    if found is None or found.kind not in INSIDE or found.id == End.TRANSIT:
        raise UnknownLocation(location=code)
    return found
