"""This file is the tables of step-down: rules, each run of a month, every cent that went from one to another."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Digest, Id, Instant, Money, Word


class StepRule(AppendOnly, Base):
    """By which driver a level is shared out, or one department of it."""

    __tablename__ = "step_rules"
    __table_args__ = (Index("ix_step_rules_table", "table_id"),)

    id: Mapped[Id]
    table_id: Mapped[int] = mapped_column(ForeignKey("cost_tables.id"))
    level: Mapped[int]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    """Whose cost is shared out so; none is every other of the level."""
    driver: Mapped[Word]


class StepDown(AppendOnly, Base):
    """One run over a month, with what went in; the same again makes no other version."""

    __tablename__ = "step_downs"
    __table_args__ = (
        UniqueConstraint("period", "version"),
        UniqueConstraint("request_key", name="uq_step_downs_request"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    rules_id: Mapped[int | None] = mapped_column(ForeignKey("cost_tables.id"))
    """None is the rules of the house."""
    posted: Mapped[Money]
    """What the ledger says materials came to, to four decimals."""
    imported: Mapped[Money]
    total: Mapped[Money]
    """What was shared out, to the cent."""
    digest: Mapped[Digest]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]


class StepCell(AppendOnly, Base):
    """What one department passed to another of one item at one level; at level 0 what is its own."""

    __tablename__ = "step_cells"
    __table_args__ = (UniqueConstraint("step_down_id", "level", "item", "source_id", "target_id"),)

    id: Mapped[Id]
    step_down_id: Mapped[int] = mapped_column(ForeignKey("step_downs.id"))
    level: Mapped[int]
    item: Mapped[Word]
    source_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    amount: Mapped[Money]
    driver: Mapped[Word]
    weight: Mapped[Money]
    """How much of the driver the one who takes has, of how much."""
    of_weight: Mapped[Money]
