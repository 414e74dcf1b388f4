"""This file is the tables of accounting: the rules from event to lines."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Word


class PostingRule(Base):
    """One line of one event: which account, debit or credit, and whom it names.

    `cost_class` narrows a line to departments of that class; empty is all. Changing accounting is a new `version` of
    all lines of an event, never an edit.
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
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    sign: Mapped[int]
    names_department: Mapped[bool]
    names_supplier: Mapped[bool]
