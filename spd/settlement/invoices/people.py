"""This file is which people carry an invoice: who had it in hand before does not book it, and does not pay it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.settlement.invoices import progress
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceStep, stands
from spd.settlement.models import StatementStep

POLICY = "invoice.people"


def who(session: Session, invoice: Invoice, step: str) -> set[int]:
    """Who took a step with an invoice."""
    query = select(InvoiceStep.staff_id).where(InvoiceStep.invoice_id == invoice.id, InvoiceStep.step == step)
    return set(session.scalars(query))


def refuse_to_book(session: Session, occasion: Occasion, invoice: Invoice) -> None:
    """Refuse to book an invoice by who entered or matched it. Raises: SamePerson."""
    for person in who(session, invoice, "enter") | _matched_by(session, invoice):
        refuse_same_person(person, occasion.staff_id)


def refuse_to_pay(session: Session, occasion: Occasion, invoice: Invoice) -> None:
    """Refuse to pay an invoice by who booked it or approved a statement behind it; and where three people carry it, by
    who entered or matched it. Raises: SamePerson."""
    before = who(session, invoice, "book") | _approved_by(session, invoice)
    if policies.get(session, POLICY) == "three":
        before |= who(session, invoice, "enter") | _matched_by(session, invoice)
    for person in before:
        refuse_same_person(person, occasion.staff_id)


def _matched_by(session: Session, invoice: Invoice) -> set[int]:
    query = select(InvoiceMatch.staff_id).join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
    return set(session.scalars(query.where(InvoiceLine.invoice_id == invoice.id, stands()).distinct()))


def _approved_by(session: Session, invoice: Invoice) -> set[int]:
    behind = [one.id for one in progress.statements_of(session, [invoice.id])]
    query = select(StatementStep.staff_id).where(StatementStep.step == "approve")
    return set(session.scalars(query.where(StatementStep.statement_id.in_(behind))))
