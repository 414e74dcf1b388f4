"""This file is the stays and visits that uses are charged to, with their DRG, its weight and what the payer pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Id, Instant, Money, Name, UtcDateTime, Word
from spd.core.errors import NotFound, Refused


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


@dataclass(frozen=True, kw_only=True)
class Stay:
    """Of an encounter, what an act on its patient must know."""

    id: int
    code: str
    patient_name: str
    admitted_at: datetime
    discharged_at: datetime | None
    department_id: int = 0
    encounter_class: str = ""

    @classmethod
    def of(cls, encounter: Encounter) -> Stay:
        """What an act must know of an encounter."""
        return cls(
            id=encounter.id,
            code=encounter.code,
            patient_name=encounter.patient_name,
            admitted_at=encounter.admitted_at,
            discharged_at=encounter.discharged_at,
            department_id=encounter.department_id,
            encounter_class=encounter.encounter_class,
        )

    def open_at(self, instant: datetime) -> bool:
        """Whether the patient was here at that instant."""
        return self.admitted_at <= instant and (self.discharged_at is None or instant <= self.discharged_at)


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


class UnknownEncounter(NotFound):
    """No encounter has this number or wristband."""

    code = "unknown-encounter"
    error = "E18"
    say = {
        "zh": "找不到就诊 {encounter}。扫描患者腕带重试。",
        "en": "There is no encounter {encounter}. Scan the patient's wristband.",
    }


class EncounterClosed(Refused):
    """The patient was not here when the item was used: not yet admitted, or already discharged."""

    code = "encounter-closed"
    error = "E18"
    say = {
        "zh": "患者 {patient} 此时不在院 (出院 {closed})。改扫新腕带, 或走补录。",
        "en": "Patient {patient} was not here then (discharged {closed}). Scan the new wristband, or enter it late.",
    }


def get_encounter(session: Session, code: str) -> Encounter:
    """The encounter with this number or wristband. Raises: UnknownEncounter."""
    found = session.scalars(
        select(Encounter)
        .where((Encounter.code == code) | (Encounter.wristband == code))
        .order_by(Encounter.code == code)  # what was scanned before what somebody typed
    ).first()
    if found is None:
        raise UnknownEncounter(encounter=code)
    return found


def refuse_closed(stay: Stay, *, at: datetime) -> None:
    """Refuse an act on a patient who was not here at that instant. Raises: EncounterClosed."""
    if (found := find_closed(stay, at=at)) is not None:
        raise found


def find_closed(stay: Stay, *, at: datetime) -> EncounterClosed | None:
    """Whether the patient was not here at that instant."""
    if stay.open_at(at):
        return None
    closed = stay.discharged_at.isoformat(timespec="minutes") if stay.discharged_at else "-"
    return EncounterClosed(patient=stay.patient_name, closed=closed)


def active(session: Session, department_id: int, *, at: datetime) -> list[Encounter]:
    """The patients of a department at an instant, by bed."""
    query = (
        select(Encounter)
        .where(
            Encounter.department_id == department_id,
            Encounter.admitted_at <= at,
            (Encounter.discharged_at.is_(None)) | (Encounter.discharged_at >= at),
        )
        .order_by(Encounter.bed, Encounter.code)
    )
    return list(session.scalars(query))
