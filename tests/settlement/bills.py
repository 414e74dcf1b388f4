"""Invoices and payments of a test, in the words of the house."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.ledger import EntryRow, Posting
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, InvoiceLineSaid, InvoiceSaid, Payment, PaymentSaid, Way
from spd.staff import Staff
from tests import build
from tests.build import TODAY


def staff(session: Session, name: str) -> Staff:
    """A person of this name."""
    found = session.scalars(select(Staff).where(Staff.code == name)).one_or_none()
    if found is None:
        found = Staff(code=name, name=name, badge=f"S-{name}")
        session.add(found)
        session.flush()  # an occasion names its number
    return found


def line(product: str, quantity: int, price: str | None = None, **said: Any) -> InvoiceLineSaid:
    """A line of an invoice."""
    return InvoiceLineSaid(
        product=product, quantity=quantity, unit_price=None if price is None else Decimal(price), **said
    )


def entered(session: Session, supplier: str, *lines: InvoiceLineSaid, number: str = "F-1", **said: Any) -> Invoice:
    """An invoice on record."""
    said.setdefault("occasion", build.occasion(staff(session, "clerk")))
    said.setdefault("issued_on", TODAY)
    return invoices.enter_invoice(session, InvoiceSaid(supplier=supplier, number=number, lines=lines, **said))


def matched(session: Session, invoice: Invoice, *chosen: invoices.Chosen) -> Invoice:
    """The invoice, matched to what is chosen or likeliest; once it is booked by another, and with a reason."""
    by, reason = ("clerk", "") if invoice.state == "entered" else ("matcher", "as agreed")
    return invoices.match_invoice(
        session, build.occasion(staff(session, by)), invoice, chosen or None, reason=reason
    )  # fmt: skip


def booked(session: Session, invoice: Invoice, reason: str = "", **said: Any) -> Invoice:
    """The invoice in the journal."""
    return invoices.book(session, build.occasion(staff(session, "chief"), **said), invoice, reason=reason)


def paid(session: Session, supplier: str, *of: Invoice, way: Way = Way.BANK, **said: Any) -> Payment:
    """All that is open of some invoices, paid."""
    said.setdefault("occasion", build.occasion(staff(session, "cashier")))
    said.setdefault("parts", {invoice.code: None for invoice in of})
    return invoices.pay(session, PaymentSaid(supplier=supplier, way=way, reference="P-1", **said))


def entry(session: Session, event: str) -> list[tuple[str, Decimal]]:
    """(account, amount) of the last entry of an event, by account."""
    number = session.scalar(select(EntryRow.id).where(EntryRow.event == event).order_by(EntryRow.id.desc()).limit(1))
    query = select(Posting.account, Posting.amount).where(Posting.entry_id == number)
    return sorted((account, amount) for account, amount in session.execute(query))
