"""This file is a confirmed statement invoiced and paid as it stands: the supplier's invoice says what it says.

It was drawn by one person, approved by another and confirmed by the supplier, so its invoice is booked at once.
"""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.orm import Session

from spd import ledger
from spd.accounting import DocumentEvent, Money
from spd.core.occasion import Occasion
from spd.parties import Party
from spd.settlement import steps
from spd.settlement.invoices import booking, matching, paying, progress
from spd.settlement.invoices.models import InvoiceLine, InvoiceState, Way
from spd.settlement.invoices.recording import InvoiceSaid, new_invoice, refuse_taken
from spd.settlement.invoices.refusals import NotBookedYet
from spd.settlement.invoices.rest import rest_of
from spd.settlement.models import Statement


def invoice_whole(session: Session, occasion: Occasion, statement: Statement, *, number: str) -> None:
    """The invoice over all of a statement that none is matched to yet; with it the statement is invoiced.

    Raises: NotBookedYet, InvoiceTaken, NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    supplier = session.get_one(Party, statement.supplier_id)
    rows, total = rest_of(session, occasion, statement)
    if not rows:
        _refuse_unless(session, statement, progress.is_invoiced(session, statement))
        _go_on(session, occasion, statement, "invoice", number)
        return
    refuse_taken(session, supplier, number)
    said = InvoiceSaid(
        occasion=occasion, supplier=supplier.code, number=number, issued_on=occasion.day, lines=(), note=statement.code
    )
    invoice = new_invoice(session, occasion, supplier, said)
    count = -1 if total < 0 else 1
    line = {
        "invoice_id": invoice.id, "line": 1, "product_id": None, "name": statement.code, "lot": "", "quantity": count,
        "unit_price": abs(total), "amount": total,
    }  # fmt: skip
    line_id = session.scalars(insert(InvoiceLine).returning(InvoiceLine.id), [line]).one()
    invoice.lines, invoice.total = 1, total
    session.flush()  # the database takes matches of an invoice that is there
    made = matching.write_matches(session, [row | {"line_id": line_id} for row in rows])
    progress.take(session, invoice, (InvoiceState.ENTERED,), InvoiceState.BOOKED)
    billed = [Money(event=DocumentEvent.INVOICE, amount=total, supplier_id=supplier.id)]
    booking.post(session, occasion, invoice, billed, made)
    progress.note(session, occasion, invoice, "book", reason=statement.code)
    if total == 0:  # nothing is left to pay
        progress.take(session, invoice, (InvoiceState.BOOKED,), InvoiceState.PAID)
    progress.carry_on(session, occasion, [invoice.id], reason=number)


def pay_whole(session: Session, occasion: Occasion, statement: Statement, *, reference: str) -> None:
    """What is open of a statement's invoices, paid by bank; with it the statement is paid.

    Raises: NotBookedYet, SamePerson, BadPayment, NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    open_ = [one for one in progress.behind(session, statement) if one.state == InvoiceState.BOOKED]
    if not open_:
        _refuse_unless(session, statement, progress.is_paid(session, statement))
        _go_on(session, occasion, statement, "pay", reference)
        return
    supplier = session.get_one(Party, statement.supplier_id)
    parts = {invoice.code: None for invoice in open_}
    paying.pay(
        session,
        paying.PaymentSaid(
            occasion=occasion, supplier=supplier.code, way=Way.BANK, reference=reference[:80], parts=parts
        ),
    )


def _refuse_unless(session: Session, statement: Statement, done: bool) -> None:
    """Refuse a step that only goes on with what is booked. Raises: NotBookedYet."""
    waiting = [one.code for one in progress.behind(session, statement) if one.state == InvoiceState.ENTERED]
    if not done:
        raise NotBookedYet(statement=statement.code, invoices=", ".join(waiting))


def _go_on(session: Session, occasion: Occasion, statement: Statement, step: str, reason: str) -> None:
    """The step of a statement with nothing left to invoice or to pay: its lines came to nothing, or it is old."""
    steps.take(session, occasion, statement, step)
    steps.note(session, occasion, statement, step, reason=reason)
