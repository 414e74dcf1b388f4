"""This file is what other systems tell of a month: other costs, revenue, and drivers of departments; and what they had
told before."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Money, Word
from spd.core.pasts import Past, known_at


class CostItem(StrEnum):
    """The seven items of hospital cost. Source: domain facts C1."""

    STAFF = "staff"
    MATERIALS = "materials"
    """From the ledger; what is imported beside it was bought outside."""
    DRUGS = "drugs"
    DEPRECIATION = "depreciation"
    AMORTISATION = "amortisation"
    RISK_FUND = "risk_fund"
    OTHER = "other"


class RevenueKind(StrEnum):
    """What revenue is for; the shares of material and drug revenue are reckoned from these."""

    DRUG = "drug"
    MATERIAL = "material"
    MONITORED_MATERIAL = "monitored_material"
    """High-value material under national monitoring: part of material revenue."""
    LABORATORY = "laboratory"
    EXAMINATION = "examination"
    SERVICE = "service"
    OTHER = "other"


class Setting(StrEnum):
    """Where patients were."""

    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"


class CostInput(Base):
    """What one item of cost came to on one department in a month."""

    __tablename__ = "cost_inputs"
    __table_args__ = (
        UniqueConstraint("period", "department_id", "item"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    item: Mapped[Word]
    amount: Mapped[Money]


class RevenueInput(Base):
    """What one department earned in a month for what another (or itself) ordered."""

    __tablename__ = "revenue_inputs"
    __table_args__ = (
        UniqueConstraint("period", "department_id", "ordered_by_id", "setting", "kind"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    """Who did the work."""
    ordered_by_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    """Whose patient it was."""
    setting: Mapped[Word]
    kind: Mapped[Word]
    amount: Mapped[Money]


class DriverInput(Base):
    """How much of a driver a department had in a month: people, packs, square metres, beds, bed-days."""

    __tablename__ = "driver_inputs"
    __table_args__ = (
        UniqueConstraint("period", "driver", "department_id"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    driver: Mapped[Word]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    amount: Mapped[Money]
    """At most four decimals; of a count a whole number."""


class CostInputPast(Past, Base):
    """Of other costs what was told before."""

    __tablename__ = "cost_input_pasts"
    __table_args__ = (Index("ix_cost_input_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("cost_inputs.id"))
    amount: Mapped[Money]


class RevenueInputPast(Past, Base):
    """Of revenue what was told before."""

    __tablename__ = "revenue_input_pasts"
    __table_args__ = (Index("ix_revenue_input_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("revenue_inputs.id"))
    amount: Mapped[Money]


class DriverInputPast(Past, Base):
    """Of a driver what was told before."""

    __tablename__ = "driver_input_pasts"
    __table_args__ = (Index("ix_driver_input_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("driver_inputs.id"))
    amount: Mapped[Money]


def costs_at(at: datetime | None) -> Any:
    """Other costs to ask, as they are told or were told at an instant."""
    return known_at(CostInput, CostInputPast, at)


def revenue_at(at: datetime | None) -> Any:
    """Revenue to ask, as `RevenueInput` is: as it is told, or as it was told at an instant."""
    return known_at(RevenueInput, RevenueInputPast, at)


def drivers_at(at: datetime | None) -> Any:
    """Drivers to ask, as they are told or were told at an instant."""
    return known_at(DriverInput, DriverInputPast, at)
