"""This file is the tables of stays and visits that uses are charged to, with their DRG, weights and rates."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, func, or_
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import BigInt, Code, Id, Instant, Money, Name, UtcDateTime, Word


class EncounterClass(StrEnum):
    """What kind of stay it is; an import may bring others, which are kept as they come."""

    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"
    EMERGENCY = "emergency"


class Encounter(Base):
    """One stay or visit of one patient: number, bed, masked name; nothing more of the person is kept."""

    __tablename__ = "encounters"
    __table_args__ = (
        Index("ix_encounters_active", "department_id", "discharged_at"),
        Index("ix_encounters_drg", "drg_code", "discharged_at"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    wristband: Mapped[str | None] = mapped_column(String(80), unique=True)
    patient: Mapped[Code] = mapped_column(index=True)
    """The patient's number."""
    patient_name: Mapped[Name]
    """Masked, as 王*明."""
    bed: Mapped[Word] = mapped_column(default="")
    encounter_class: Mapped[Word]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    admitted_at: Mapped[Instant]
    discharged_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    drg_code: Mapped[str | None] = mapped_column(String(16))
    alerts: Mapped[Name] = mapped_column(default="")
    """What the patient must not get, as was told last: of `Alert`, with blanks between."""
    cancelled: Mapped[bool] = mapped_column(default=False)
    """The admission was cancelled: the patient never was here."""
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When the patient last came from another department."""
    moved_from_id: Mapped[int | None] = mapped_column(BigInt)
    """The department they came from then."""
    lay_before: Mapped[str] = mapped_column(Text(), default="[]", server_default="[]")
    """The departments the patient lay in before, in order, each with the instant until which: see `spells_before`."""
    merged_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    merged_into_id: Mapped[int | None] = mapped_column(BigInt, index=True)
    """The stay this one stands for since then, at the end of all merges."""


def spells_before(lay_before: str) -> list[tuple[int, datetime]]:
    """(department, until when) of where a stay lay before, in order."""
    return [(number, datetime.fromisoformat(until)) for number, until in json.loads(lay_before)]


STANDS_FOR: Any = func.coalesce(Encounter.merged_into_id, Encounter.id)
"""The number of the stay that a row stands for: its survivor where it was merged, else itself."""


def here(at: datetime) -> ColumnElement[bool]:
    """Whether a stay's patient is here at an instant, under this number."""
    return and_(
        Encounter.admitted_at <= at,
        or_(Encounter.discharged_at.is_(None), Encounter.discharged_at >= at),
        Encounter.merged_into_id.is_(None),
        ~Encounter.cancelled,
    )


LATELY = timedelta(days=3)
"""How long somebody who has left is still looked for."""


def left_lately(at: datetime) -> ColumnElement[bool]:
    """Whether a stay ended shortly before an instant: discharged, merged into another, its admission cancelled."""
    since = at - LATELY
    return or_(
        Encounter.discharged_at.between(since, at),
        Encounter.merged_at >= since,
        and_(Encounter.cancelled, Encounter.admitted_at >= since),
    )


class DrgWeight(Base):
    """The weight of a group in one payer region's set for one year."""

    __tablename__ = "drg_weights"
    __table_args__ = (UniqueConstraint("region", "year", "drg_code"),)

    id: Mapped[Id]
    region: Mapped[Word]
    year: Mapped[int]
    drg_code: Mapped[str] = mapped_column(String(16))
    name: Mapped[Name]
    weight: Mapped[Money]
    """Relative weight, at most four decimals."""


class DrgRate(Base):
    """What one unit of weight pays in one payer region and year, in yuan."""

    __tablename__ = "drg_rates"
    __table_args__ = (UniqueConstraint("region", "year"),)

    id: Mapped[Id]
    region: Mapped[Word]
    year: Mapped[int]
    rate: Mapped[Money]
