"""This file is the tables of settlement: a supplier's statement, its lines, and what was done with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Money, Name, Quantity, Scaled, Word


class StatementState(StrEnum):
    """How far a statement is."""

    DRAFT = "draft"
    APPROVED = "approved"
    """By another person than who drafted it: its lines are frozen."""
    SENT = "sent"
    """Its supplier sees it."""
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    INVOICED = "invoiced"
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    """Given up as a draft: its lines are free again."""


_DRAFT = text("state = 'draft'")


def span_of(period: str, since_on: date | None, until_on: date | None) -> str:
    """What a statement is of, as it is read: its month, or its days."""
    return period if until_on is None else f"{since_on or ''} – {until_on}".strip()


class Statement(Base):
    """What one supplier is owed for an accounting month, with whatever of earlier months was on no statement yet."""

    __tablename__ = "statements"
    __table_args__ = (
        # One draft of a supplier at a time: two would want the same lines.
        Index("uq_statements_draft", "supplier_id", unique=True, postgresql_where=_DRAFT, sqlite_where=_DRAFT),
        Index("ix_statements_state", "state"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    """The accounting month, YYYY-MM, through which it reaches; of chosen days the month of the last."""
    since_on: Mapped[date | None]
    """The first day, where days were chosen; none is from the beginning."""
    until_on: Mapped[date | None]
    """The last day, where days were chosen; none where it reaches through its month."""
    state: Mapped[Word]
    version: Mapped[int]
    """Grows with every step."""
    lines: Mapped[Quantity]
    exact: Mapped[Money]
    """What the journal says of its lines."""
    total: Mapped[Money]
    """What is to be paid: every line rounded to the cent."""
    drafted_at: Mapped[Instant]

    @property
    def span(self) -> str:
        """What it is of, as it is read: its month, or its days."""
        return span_of(self.period, self.since_on, self.until_on)

    @property
    def rounding(self) -> Decimal:
        """What rounding each line to the cent added."""
        return self.total - self.exact


class StatementLine(Base):
    """One line of the journal on a statement: on one, ever. The database lets it change with a draft only."""

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("posting_id", name="uq_statement_lines_posting"),
        UniqueConstraint("statement_id", "line"),
    )

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    line: Mapped[int]
    posting_id: Mapped[int] = mapped_column(ForeignKey("postings.id"))
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), index=True)
    quantity: Mapped[int]
    """Base units; below zero where goods came back or a use was undone."""
    unit_price: Mapped[Money]
    """As it was when the goods came in."""
    amount: Mapped[Money]
    """What the journal says, to four decimals."""
    billed: Mapped[Money]
    """Rounded half-up to the cent."""
    treatment: Mapped[Word]
    """How a correction is handled, by how far the statement was that it corrects; see `correction`."""
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id"))
    """The earlier statement on which what is undone here was settled."""


class StatementLineBefore(AppendOnly, Base):
    """One line of a draft, as it was until the draft was drawn again or withdrawn."""

    __tablename__ = "statement_lines_before"

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"))
    drawn_id: Mapped[int] = mapped_column(ForeignKey("statement_steps.id"), index=True)
    """The step that drew it."""
    line: Mapped[int]
    posting_id: Mapped[int] = mapped_column(ForeignKey("postings.id"))
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"))
    quantity: Mapped[int]
    unit_price: Mapped[Money]
    amount: Mapped[Money]
    billed: Mapped[Money]
    treatment: Mapped[Word]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id"))


class StatementStep(AppendOnly, Base):
    """One thing done with a statement: who, when, why, and what it came to."""

    __tablename__ = "statement_steps"
    __table_args__ = (UniqueConstraint("request_key", "statement_id", name="uq_statement_steps_request"),)

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)
    step: Mapped[Word]
    state_after: Mapped[Word]
    lines: Mapped[Quantity]
    exact: Mapped[Decimal | None] = mapped_column(Scaled())
    """What the journal said of its lines; none of steps before this was kept."""
    total: Mapped[Money]
    reason: Mapped[Name]
    """Why; of an invoice or a payment its number."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]
