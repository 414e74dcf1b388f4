"""This file is what a patient must not get, as it was told of a stay: kept each time it is told, the last one holds."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Uuid, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Name
from spd.core.occasion import Occasion
from spd.encounters.models import Encounter
from spd.encounters.stay import get_encounter


class Alert(StrEnum):
    """What speaks against some products in a patient. Source: domain facts E5."""

    LATEX = "latex"
    """Allergic to latex."""
    MRI = "mri"
    """Has to go near a magnet."""


class EncounterAlert(AppendOnly, Base):
    """What was told of a patient once, all of it: an empty one takes back what was told before."""

    __tablename__ = "encounter_alerts"

    id: Mapped[Id]
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"), index=True)
    alerts: Mapped[Name]
    """With blanks between, in the order of their names."""
    told_at: Mapped[Instant]
    told_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)


def tell_alerts(session: Session, occasion: Occasion, code: str, alerts: Collection[Alert]) -> Encounter:
    """The stay, with these alerts from now on; told again under its key, the first stands.

    Raises: UnknownEncounter.
    """
    stay = get_encounter(session, code)
    key = occasion.request_key
    if session.scalar(select(EncounterAlert.id).where(EncounterAlert.request_key == key)) is None:
        said = " ".join(sorted(set(alerts)))
        session.add(
            EncounterAlert(
                encounter_id=stay.id, alerts=said, told_at=occasion.recorded_at, told_by_id=occasion.staff_id,
                request_key=key,
            )
        )  # fmt: skip
        stay.alerts = said
        session.flush()  # the next scan reads it
    return stay


_AT_ONCE = 500


def alerts_of(session: Session, patients: Collection[str]) -> dict[str, frozenset[str]]:
    """What patients must not get, by their numbers: as told at any of their stays, as the rules read it at a use."""
    found: dict[str, frozenset[str]] = {}
    numbers = sorted(set(patients))
    for start in range(0, len(numbers), _AT_ONCE):
        theirs = Encounter.patient.in_(numbers[start : start + _AT_ONCE]) & (Encounter.alerts != "")
        for patient, said in session.execute(select(Encounter.patient, Encounter.alerts).where(theirs)):
            found[patient] = found.get(patient, frozenset()) | frozenset(said.split())
    return found
