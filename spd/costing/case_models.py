"""This file is the tables of cases: what a payer's groups are and pay, how cases were grouped, what they cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Money, Name, Quantity, Scaled, Word
from spd.core.pasts import Past, known_at


class PaymentGroup(AppendOnly, Base):
    """One group of a payer's set: a DRG with its weight, or a DIP disease with its points."""

    __tablename__ = "payment_groups"
    __table_args__ = (UniqueConstraint("table_id", "code"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    code: Mapped[Code]
    name: Mapped[Name]
    weight: Mapped[Decimal | None] = mapped_column(Scaled())
    """Relative weight or points; none where the payer has not said."""
    mean_fee: Mapped[Decimal | None] = mapped_column(Scaled())
    """What a case of it costs on average in the region: outliers are told by it."""


class PaymentTerms(AppendOnly, Base):
    """What one unit of weight, or one point, pays, and the hospital's coefficient."""

    __tablename__ = "payment_terms"
    __table_args__ = (UniqueConstraint("table_id"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    rate: Mapped[Money]
    coefficient: Mapped[Money]


class OutlierBand(AppendOnly, Base):
    """For groups of a band of weight: below and above how many times the mean a case is paid otherwise, and how."""

    __tablename__ = "outlier_bands"
    __table_args__ = (UniqueConstraint("table_id", "weight_from"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    weight_from: Mapped[Money]
    """The band begins here and ends where the next one begins."""
    low_below: Mapped[Money]
    high_above: Mapped[Money]
    low_pays: Mapped[Word]
    high_pays: Mapped[Word]


class GroupStandard(AppendOnly, Base):
    """What the consumables of a case of a group should cost (定标准)."""

    __tablename__ = "group_standards"
    __table_args__ = (UniqueConstraint("table_id", "code"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    code: Mapped[Code]
    standard: Mapped[Money]


class ServiceUnitCost(AppendOnly, Base):
    """What one of a service costs, drugs and chargeable consumables not included."""

    __tablename__ = "service_unit_costs"
    __table_args__ = (UniqueConstraint("table_id", "service"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    service: Mapped[Code]
    unit_cost: Mapped[Money]


class Grouping(Base):
    """The group of one case by one payer's set, as the insurer or HIS found it; empty where it found none."""

    __tablename__ = "groupings"
    __table_args__ = (
        UniqueConstraint("encounter_id", "region", "year", "method"),
        Index("ix_groupings_payer", "region", "year", "method", "code"),
    )

    id: Mapped[Id]
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    region: Mapped[Word]
    year: Mapped[int]
    method: Mapped[Word]
    code: Mapped[Code]
    status: Mapped[Name]
    """What the grouper said of it."""


class CaseRevenue(Base):
    """What a case was billed in a month for the work of one department, by kind."""

    __tablename__ = "case_revenues"
    __table_args__ = (
        UniqueConstraint("encounter_id", "period", "department_id", "kind"),
        Index("ix_case_revenues_period", "period", "department_id"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[Word]
    amount: Mapped[Money]


class GroupingPast(Past, Base):
    """Of a case what its group was said to be before."""

    __tablename__ = "grouping_pasts"
    __table_args__ = (Index("ix_grouping_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("groupings.id"))
    code: Mapped[Code]
    status: Mapped[Name]


class CaseRevenuePast(Past, Base):
    """Of what a case was billed what was told before."""

    __tablename__ = "case_revenue_pasts"
    __table_args__ = (Index("ix_case_revenue_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("case_revenues.id"))
    amount: Mapped[Money]


def groupings_at(at: datetime | None) -> Any:
    """Groups of cases to ask, as `Grouping` is: as they are told, or were told at an instant."""
    return known_at(Grouping, GroupingPast, at)


def case_revenue_at(at: datetime | None) -> Any:
    """What cases were billed, to ask: as it is told, or was told at an instant."""
    return known_at(CaseRevenue, CaseRevenuePast, at)


class CaseService(Base):
    """How often a service was done on a case in a month."""

    __tablename__ = "case_services"
    __table_args__ = (
        UniqueConstraint("encounter_id", "period", "service"),
        Index("ix_case_services_period", "period"),
    )

    id: Mapped[Id]
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    period: Mapped[str] = mapped_column(String(7))
    service: Mapped[Code]
    quantity: Mapped[Quantity]


class StayCost(Base):
    """What the ledger put on a case in a month by department: sums of postings up to `StayRoll.through_posting`."""

    __tablename__ = "stay_costs"
    __table_args__ = (Index("ix_stay_costs_period", "period"),)

    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), primary_key=True)
    chargeable: Mapped[bool] = mapped_column(primary_key=True)
    amount: Mapped[Money]


class StayRoll(AppendOnly, Base):
    """How far postings are summed up in `stay_costs`."""

    __tablename__ = "stay_rolls"

    id: Mapped[Id]
    through_posting: Mapped[Quantity] = mapped_column(unique=True)
    rolled_at: Mapped[Instant]


class CaseRun(AppendOnly, Base):
    """The cases of a month costed by one method. `total` is `assigned` and `unassigned`."""

    __tablename__ = "case_runs"
    __table_args__ = (
        UniqueConstraint("period", "method", "version"),
        UniqueConstraint("request_key", name="uq_case_runs_request"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    method: Mapped[Word]
    driver: Mapped[Word]
    version: Mapped[int]
    step_down_id: Mapped[int | None] = mapped_column(ForeignKey("step_downs.id"))
    """The full cost of departments that it began with."""
    tables_id: Mapped[int | None] = mapped_column(ForeignKey("cost_tables.id"))
    """The unit costs of services."""
    cases: Mapped[Quantity]
    lines: Mapped[Quantity]
    total: Mapped[Money]
    assigned: Mapped[Money]
    unassigned: Mapped[Money]
    digest: Mapped[Digest]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]


class CaseLine(AppendOnly, Base):
    """One item of cost of one case."""

    __tablename__ = "case_lines"
    __table_args__ = (UniqueConstraint("run_id", "encounter_id", "item"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("case_runs.id"))
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    item: Mapped[Word]
    amount: Mapped[Money]


class UnpricedService(AppendOnly, Base):
    """A service that was done on cases and left out of a run, for no unit cost of it was known."""

    __tablename__ = "unpriced_services"
    __table_args__ = (UniqueConstraint("run_id", "service"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("case_runs.id"))
    service: Mapped[Code]
    cases: Mapped[Quantity]
    quantity: Mapped[Quantity]


class CaseRest(AppendOnly, Base):
    """What of a department's cost came on no case, and why."""

    __tablename__ = "case_rests"
    __table_args__ = (Index("ix_case_rests_run", "run_id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("case_runs.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    why: Mapped[Word]
    amount: Mapped[Money]
