"""This file is the tables of invoices: what a supplier bills, what it is matched to, what was paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, String, UniqueConstraint, Uuid, and_, exists, text
from sqlalchemy.orm import Mapped, aliased, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Day, Digest, Id, Instant, Money, Name, Quantity, Word


class InvoiceState(StrEnum):
    """How far an invoice is."""

    ENTERED = "entered"
    """On record, in no journal: its matches may still be taken back."""
    BOOKED = "booked"
    """In the journal, by another person than who entered it: it is owed."""
    PAID = "paid"
    WITHDRAWN = "withdrawn"
    """Given up before it was booked: its number is free again."""


class Way(StrEnum):
    """How an invoice is paid."""

    BANK = "bank"
    QUOTA = "quota"
    """Out of the zero-balance account of the treasury."""
    AHEAD = "ahead"
    """Before there is an invoice: a prepayment."""
    FROM_AHEAD = "from_ahead"
    """Out of what was paid ahead: no money moves."""
    INSURER = "insurer"
    """The insurer pays the supplier itself, and owes the hospital as much less."""


_STANDING = text("state <> 'withdrawn'")


class Invoice(Base):
    """One invoice of a supplier; below zero throughout where it is a red one."""

    __tablename__ = "invoices"
    __table_args__ = (
        Index(
            "uq_invoices_number", "supplier_id", "number", unique=True, postgresql_where=_STANDING,
            sqlite_where=_STANDING,
        ),
        Index("ix_invoices_state", "state"),
    )  # fmt: skip

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    number: Mapped[Code]
    """As its supplier numbered it: of two invoices the second, from the distributor to the hospital."""
    first_number: Mapped[Code]
    """Of the first of two invoices, from the maker to the distributor; empty where there is none."""
    delivery_note: Mapped[Code]
    issued_on: Mapped[Day]
    received_on: Mapped[Day]
    due_on: Mapped[date] = mapped_column(Date())
    note: Mapped[Name]
    state: Mapped[Word]
    version: Mapped[int]
    """Grows with every step."""
    lines: Mapped[Quantity]
    total: Mapped[Money]
    """With tax: hospitals deduct none, so this is cost."""
    paid: Mapped[Money]
    recorded_at: Mapped[Instant]

    @property
    def open(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.paid


class InvoiceLine(AppendOnly, Base):
    """One line of an invoice as it is printed."""

    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("invoice_id", "line"),)

    id: Mapped[Id]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    line: Mapped[int]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    name: Mapped[Name]
    lot: Mapped[Code]
    quantity: Mapped[int]
    """Base units; below zero on a red invoice."""
    unit_price: Mapped[Money]
    """With tax."""
    amount: Mapped[Money]
    """With tax, to the cent."""


class InvoiceMatch(AppendOnly, Base):
    """So much of a line of an invoice is for so much of an accrued posting; another one takes it back."""

    __tablename__ = "invoice_matches"
    __table_args__ = (Index("uq_invoice_matches_undoes", "undoes_id", unique=True),)

    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(ForeignKey("invoice_lines.id"), index=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("postings.id"), index=True)
    quantity: Mapped[int]
    """Base units, with the sign of what was accrued."""
    accrued: Mapped[Money]
    """That part of what the journal owed: above zero is owed."""
    billed: Mapped[Money]
    """That part of the line's amount."""
    matched_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    undoes_id: Mapped[int | None] = mapped_column(BigInt)
    """The match that this one takes back: its quantity and amounts are that one's, negated."""


_UNDONE = aliased(InvoiceMatch)


def stands(at: datetime | None = None) -> ColumnElement[bool]:
    """Whether a match stands: it takes none back, and none takes it back; or whether it did at an instant."""
    undone = exists().where(_UNDONE.undoes_id == InvoiceMatch.id)
    if at is None:
        return and_(InvoiceMatch.undoes_id.is_(None), ~undone)
    return and_(
        InvoiceMatch.undoes_id.is_(None), InvoiceMatch.matched_at <= at, ~undone.where(_UNDONE.matched_at <= at)
    )


class InvoiceVariance(AppendOnly, Base):
    """What a difference of price was posted to: goods still on hand, or the department that used them."""

    __tablename__ = "invoice_variances"

    id: Mapped[Id]
    match_id: Mapped[int] = mapped_column(ForeignKey("invoice_matches.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    on_hand: Mapped[bool]
    cost_class: Mapped[Word] = mapped_column(default="")
    """The class that the department was of, which says whose account bears it, or that it is nobody's: taken back, it
    comes from there."""
    amount: Mapped[Money]
    document_entry_id: Mapped[int] = mapped_column(ForeignKey("document_entries.id"))


class AccrualRun(AppendOnly, Base):
    """One turn of a month: what was accrued at its end, taken back in red on the first day of the next."""

    __tablename__ = "accrual_runs"

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7), unique=True)
    """The month that ended."""
    at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    takes_back: Mapped[bool]
    """False where the policy had changed: what was taken back before is accrued again, and that is all."""


class AccrualTurn(AppendOnly, Base):
    """What a supplier's accruals taken back changed by: below zero taken back, above zero accrued again or invoiced."""

    __tablename__ = "accrual_turns"

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("accrual_runs.id"), index=True)
    event: Mapped[Word]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    amount: Mapped[Money]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    """The invoice that books it; none at the turn of a month."""
    document_entry_id: Mapped[int] = mapped_column(ForeignKey("document_entries.id"))


class InvoiceStep(AppendOnly, Base):
    """One thing done with an invoice: who, when, why."""

    __tablename__ = "invoice_steps"
    __table_args__ = (UniqueConstraint("request_key", "invoice_id", name="uq_invoice_steps_request"),)

    id: Mapped[Id]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    step: Mapped[Word]
    state_after: Mapped[Word]
    reason: Mapped[Name]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]


class Payment(AppendOnly, Base):
    """One payment to a supplier, of its invoices or ahead of them."""

    __tablename__ = "payments"
    __table_args__ = (Index("uq_payments_reverses", "reverses_id", unique=True),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    way: Mapped[Word]
    amount: Mapped[Money]
    paid_on: Mapped[Day]
    reference: Mapped[Code]
    """Of the bank, the treasury or the insurer."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    reverses_id: Mapped[int | None] = mapped_column(BigInt)
    """The payment that this one undoes: its amount is that one's, negated."""


class PaymentPart(AppendOnly, Base):
    """What of a payment is for one invoice."""

    __tablename__ = "payment_parts"
    __table_args__ = (UniqueConstraint("payment_id", "invoice_id"),)

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount: Mapped[Money]
