"""This file is invoices as they are, or as they stood at an instant by their steps and payments until then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd.core.columns import Scaled
from spd.parties import parties_at
from spd.settlement.invoices.models import Invoice, InvoiceStep, Payment, PaymentPart
from spd.settlement.invoices.refusals import UnknownInvoice


@dataclass(frozen=True, kw_only=True)
class InvoicesSeen:
    """Invoices with their suppliers, for a list: `query` selects nothing yet; how far each is, what of it is paid."""

    query: Select[Any]
    party: Any
    """The suppliers, to be asked as `Party` is."""
    state: Any
    paid: Any


@dataclass(frozen=True, kw_only=True)
class InvoiceStood:
    """How far an invoice is or was, and what of it is paid."""

    state: str
    total: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.paid


def invoice_stood(session: Session, invoice: Invoice, at: datetime | None = None) -> InvoiceStood:
    """An invoice as it is, or stood at an instant. Raises: UnknownInvoice."""
    seen = invoices_seen(at)
    row = session.execute(seen.query.add_columns(seen.state, seen.paid).where(Invoice.id == invoice.id)).one_or_none()
    if row is None:
        raise UnknownInvoice(invoice=invoice.code)
    return InvoiceStood(state=row[0], total=invoice.total, paid=row[1])


def paid_until(at: datetime) -> Subquery:
    """What was paid of each invoice (`invoice_id`) until an instant (`paid`, a whole number as it is kept)."""
    return (
        select(PaymentPart.invoice_id, func.sum(type_coerce(PaymentPart.amount, BigInteger)).label("paid"))
        .join(Payment, Payment.id == PaymentPart.payment_id)
        .where(Payment.recorded_at <= at)
        .group_by(PaymentPart.invoice_id)
        .subquery()
    )


def invoices_seen(at: datetime | None = None) -> InvoicesSeen:
    """The invoices that are on record, or were at an instant."""
    party = parties_at(at)
    query = select().select_from(Invoice).join(party, party.id == Invoice.supplier_id)
    if at is None:
        return InvoicesSeen(query=query, party=party, state=Invoice.state, paid=Invoice.paid)
    last = select(func.max(InvoiceStep.id)).where(InvoiceStep.done_at <= at).group_by(InvoiceStep.invoice_id)
    step, parts = aliased(InvoiceStep), paid_until(at)
    query = query.join(step, (step.invoice_id == Invoice.id) & step.id.in_(last))
    query = query.outerjoin(parts, parts.c.invoice_id == Invoice.id)
    paid = type_coerce(func.coalesce(parts.c.paid, 0), Scaled())
    return InvoicesSeen(query=query, party=party, state=step.state_after, paid=paid)
