"""This file is the tables of accounting: versions of the chart and of the rules from event to lines."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Instant, Name, UtcDateTime, Word


class PostingRule(Base):
    """One line of one event: which account, debit or credit, and whom it names.

    `cost_class` narrows a line to departments of that class; empty is all. Changing accounting is a new version, with
    all lines of all events, never an edit of what holds.
    """

    __tablename__ = "posting_rules"
    __table_args__ = (
        UniqueConstraint("event", "version", "line", "cost_class"),
        CheckConstraint("sign IN (1, -1)", name="debit_or_credit"),
    )

    id: Mapped[Id]
    event: Mapped[Word]
    version: Mapped[int]
    line: Mapped[int]
    cost_class: Mapped[Word]
    account: Mapped[str] = mapped_column(String(16))
    sign: Mapped[int]
    names_department: Mapped[bool]
    names_supplier: Mapped[bool]


class RuleVersion(Base):
    """One version of the chart of accounts with its rules: a draft until it is activated, from a month on.

    The database refuses changes to the accounts and rules of a version that is active.
    """

    __tablename__ = "rule_versions"
    __table_args__ = (UniqueConstraint("request_key"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    based_on: Mapped[int]
    """The version whose accounts and lines it began with; 0 for the first."""
    note: Mapped[Name]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Nobody, for what the software came with."""
    request_key: Mapped[UUID | None] = mapped_column(Uuid())
    from_period: Mapped[str | None] = mapped_column(String(7))
    """The first month it holds for; empty is ever since."""
    active_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    active_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ChartAccount(Base):
    """One account of one version of the chart."""

    __tablename__ = "chart_accounts"
    __table_args__ = (UniqueConstraint("version", "code"),)

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(ForeignKey("rule_versions.number"))
    code: Mapped[str] = mapped_column(String(16))
    name: Mapped[Name]
    name_en: Mapped[Name]
    kind: Mapped[Word]
