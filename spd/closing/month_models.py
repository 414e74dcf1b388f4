"""This file is the tables of closing a month: what was waved through and why, and the list as it stood at the lock."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Digest, Id, Instant, Money, Name, Quantity, Word


class Check(StrEnum):
    """What is looked at before a month is locked, in this order."""

    DAYS = "days"
    """Days that wards have not signed."""
    DISPUTES = "disputes"
    CHARGES = "charges"
    """Charges that HIS has not taken."""
    UNKEPT = "unkept"
    """Charges of HIS that are not here: lines that could not be kept, spans that nobody has sent."""
    DIFFERENCES = "differences"
    """Uses and lines of HIS that do not agree."""
    STATEMENTS = "statements"
    """Suppliers without an approved statement for what they are owed."""
    INVOICES = "invoices"
    """Lines of invoices that are matched to nothing, or in part."""
    ACCRUALS = "accruals"
    """What is owed without an invoice: booked when it arose, told here."""
    STEP_DOWN = "step_down"
    PROOF = "proof"
    """The newest proof of the ledger: clean, and not old."""


ADDED = frozenset({Check.UNKEPT})
"""What lists of earlier locks have no line for."""


class Rule(StrEnum):
    """What an open line of the list does to the lock."""

    BLOCK = "block"
    WAVE = "wave"
    """A person lets it through, with a reason."""
    TELL = "tell"


class Waiver(AppendOnly, Base):
    """One line of a month's list waved through: so much of it, by whom, why. More than that is not covered."""

    __tablename__ = "closing_waivers"
    __table_args__ = (Index("ix_closing_waivers_period", "period", "check"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    check: Mapped[Word]
    count: Mapped[Quantity]
    amount: Mapped[Money]
    reason: Mapped[Name]
    waived_at: Mapped[Instant]
    waived_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]


class CheckedLine(AppendOnly, Base):
    """One line of the list as it stood when a month was locked."""

    __tablename__ = "closing_checked"
    __table_args__ = (UniqueConstraint("step_id", "check"),)

    id: Mapped[Id]
    step_id: Mapped[int] = mapped_column(ForeignKey("period_steps.id"))
    check: Mapped[Word]
    count: Mapped[Quantity]
    amount: Mapped[Money]
    rule: Mapped[Word]
    reason: Mapped[Name]
    """Why it was waved through; empty where it was not, or nothing was open."""
