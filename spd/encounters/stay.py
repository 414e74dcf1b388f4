"""This file is a stay as acts on its patient must know it: open, moved, merged; and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.errors import NotFound, Refused
from spd.encounters.models import Encounter, here


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
    cancelled: bool = False
    moved_at: datetime | None = None
    moved_from_id: int | None = None
    merged_at: datetime | None = None
    merged_into_id: int | None = None

    @classmethod
    def of(cls, encounter: Encounter) -> Stay:
        """What an act must know of an encounter."""
        return cls(**{name: getattr(encounter, name) for name in STAY})

    def open_at(self, instant: datetime) -> bool:
        """Whether the patient was here at that instant."""
        there = self.admitted_at <= instant and (self.discharged_at is None or instant <= self.discharged_at)
        return there and not self.cancelled

    def department_at(self, instant: datetime) -> int:
        """The department the patient lay in at that instant, as far back as their last transfer."""
        if self.moved_at is not None and self.moved_from_id is not None and instant < self.moved_at:
            return self.moved_from_id
        return self.department_id

    def survivor_at(self, instant: datetime) -> int | None:
        """The stay that this one had been merged into by that instant."""
        return None if self.merged_at is None or instant < self.merged_at else self.merged_into_id


STAY = tuple(one.name for one in fields(Stay))
"""What an act must know of an encounter, by the names of its columns."""


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


class EncounterCancelled(EncounterClosed):
    """The admission was cancelled."""

    code = "encounter-cancelled"
    say = {
        "zh": "患者 {patient} 的入院已取消。核对身份, 改扫新腕带, 或走补录。",
        "en": "The admission of {patient} was cancelled. Check who it is, scan the new wristband, or enter it late.",
    }


class EncounterMerged(Refused):
    """The encounter was merged into another."""

    code = "encounter-merged"
    error = "E18"
    say = {
        "zh": "此就诊已合并到 {survivor}。打印并改扫新腕带。",
        "en": "This encounter was merged into {survivor}. Print the new wristband and scan that.",
    }


class NotTheWristband(Refused):
    """The number of a stay was scanned, which stands on papers too."""

    code = "chart-label"
    error = "E04"
    say = {
        "zh": "这是住院号, 不是腕带。请扫描患者手腕上的腕带。",
        "en": "This is the number of the stay, not the wristband. Scan the wristband on the patient.",
    }


class StayNumber(str):
    """The number of a stay that is known: no wristband, though that of somebody else may say the same."""

    __slots__ = ()


def band_of(code: str | None) -> str | None:
    """The wristband that this may be; none where it is known to be a number."""
    return None if isinstance(code, StayNumber) else code


def get_encounter(session: Session, code: str) -> Encounter:
    """The encounter with this number or wristband. Raises: UnknownEncounter."""
    is_number = Encounter.code == str(code)
    meant = is_number if band_of(code) is None else is_number | (Encounter.wristband == code)
    query = select(Encounter).where(meant).order_by(is_number)  # what was scanned before what somebody typed
    found = session.scalars(query).first()
    if found is None:
        raise UnknownEncounter(encounter=code)
    return found


def refuse_closed(stay: Stay, *, at: datetime) -> None:
    """Refuse an act on a patient who was not here at that instant. Raises: EncounterCancelled, EncounterClosed."""
    if (found := find_closed(stay, at=at)) is not None:
        raise found


def refuse_merged(session: Session, stay: Stay, *, at: datetime) -> None:
    """Refuse an act on a stay that stood for another by then. Raises: EncounterMerged."""
    if survivor := merged_into(session, stay, at=at):
        raise EncounterMerged(survivor=survivor)


def merged_into(session: Session, stay: Stay, *, at: datetime) -> str:
    """The number of the stay that this one had been merged into by then; empty for none."""
    survivor = stay.survivor_at(at)
    return "" if survivor is None else session.scalars(select(Encounter.code).where(Encounter.id == survivor)).one()


def survivors(session: Session) -> dict[int, int]:
    """Of stays that were merged, by their numbers: the number of the stay that each stands for."""
    query = select(Encounter.id, Encounter.merged_into_id).where(Encounter.merged_into_id.is_not(None))
    return {merged: survivor for merged, survivor in session.execute(query) if survivor is not None}


def find_closed(stay: Stay, *, at: datetime) -> Refused | None:
    """Whether the patient was not here at that instant."""
    if stay.open_at(at):
        return None
    if stay.cancelled:
        return EncounterCancelled(patient=stay.patient_name)
    return EncounterClosed(patient=stay.patient_name, closed=stay.discharged_at or "-")


def active(session: Session, department_id: int, *, at: datetime) -> list[Encounter]:
    """The patients of a department at an instant, by bed."""
    query = select(Encounter).where(Encounter.department_id == department_id, here(at))
    return list(session.scalars(query.order_by(Encounter.bed, Encounter.code)))


def masked_name(name: str) -> str:
    """A name as it is kept: 王小明 is 王*明, 王明 is 王*; a masked one stays as it is, of none nothing is known.

    Of one in which a mark stands for nothing (王小明*) no more is kept than of any other.
    """
    said = name.replace("＊", "*").strip()
    letters = said.replace("*", "")
    if not letters or ("*" in said and len(letters) <= 2):
        return said or "*"
    return f"{letters[0]}*{letters[-1]}" if len(letters) > 2 else f"{letters[0]}*"
