"""This file is how stays, weights and rates stood until they were told anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core import pasts
from spd.core.base import Base
from spd.core.columns import BigInt, Instant, Money, Name, UtcDateTime, Word
from spd.encounters.models import DrgRate, DrgWeight, Encounter


class EncounterPast(pasts.Past, Base):
    """Of a stay what reports stand on: where it lay, from when to when, its group, and what it stood for."""

    __tablename__ = "encounter_pasts"
    __table_args__ = (Index("ix_encounter_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    encounter_class: Mapped[Word]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    admitted_at: Mapped[Instant]
    discharged_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    drg_code: Mapped[str | None] = mapped_column(String(16))
    lay_before: Mapped[str] = mapped_column(Text())
    cancelled: Mapped[bool] = mapped_column()
    merged_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    merged_into_id: Mapped[int | None] = mapped_column(BigInt, info={"of": "encounters"})


class DrgWeightPast(pasts.Past, Base):
    """Of a weight what it was, and what its group was called."""

    __tablename__ = "drg_weight_pasts"
    __table_args__ = (Index("ix_drg_weight_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("drg_weights.id"))
    name: Mapped[Name]
    weight: Mapped[Money]


class DrgRatePast(pasts.Past, Base):
    """Of a rate what it was."""

    __tablename__ = "drg_rate_pasts"
    __table_args__ = (Index("ix_drg_rate_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("drg_rates.id"))
    rate: Mapped[Money]


def stays_at(at: datetime | None) -> Any:
    """Stays to ask, as `Encounter` is: as they are, or as they were known at an instant; one that nobody had told of
    yet is as good as cancelled."""
    return pasts.known_at(Encounter, EncounterPast, at, gone="cancelled")


def stay_at(session: Session, stay: Encounter, at: datetime | None) -> Any:
    """What is known of a stay, or was known at an instant: its number, masked name, group, and from when to when."""
    if at is None:
        return stay
    then = stays_at(at)
    shown = (then.code, then.patient_name, then.drg_code, then.admitted_at, then.discharged_at)
    return session.execute(select(*shown).where(then.id == stay.id)).one()


def weights_at(at: datetime | None) -> Any:
    """Weights to ask, as they are or as they were known at an instant."""
    return pasts.known_at(DrgWeight, DrgWeightPast, at)


def rates_at(at: datetime | None) -> Any:
    """Rates to ask, as they are or as they were known at an instant."""
    return pasts.known_at(DrgRate, DrgRatePast, at)


def stands_for(stay: Any) -> Any:
    """The number of the stay that one stands for: its survivor where it was merged, else itself."""
    return func.coalesce(stay.merged_into_id, stay.id)
