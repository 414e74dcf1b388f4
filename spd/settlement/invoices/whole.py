"""This file is a confirmed statement invoiced and paid as it stands: the supplier's invoice says what it says.

It was drawn by one person, approved by another and confirmed by the supplier, so its invoice is booked at once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger
from spd.accounting import DocumentEvent, Money
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import Posting
from spd.parties import Party
from spd.settlement import steps
from spd.settlement.invoices import booking, matching, paying, progress
from spd.settlement.invoices.models import InvoiceLine, InvoiceState, Way
from spd.settlement.invoices.recording import InvoiceSaid, new_invoice, refuse_taken
from spd.settlement.models import Statement, StatementLine


def invoice_whole(session: Session, occasion: Occasion, statement: Statement, *, number: str) -> None:
    """The invoice over all of a statement that none is matched to yet; with it the statement is invoiced.

    Raises: InvoiceTaken, NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    supplier = session.get_one(Party, statement.supplier_id)
    rows, total = _rest(session, occasion, statement)
    if not rows:
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


def _rest(session: Session, occasion: Occasion, statement: Statement) -> tuple[list[dict[str, Any]], Decimal]:
    """What no invoice is matched to yet, as matches, and what it comes to: lines rounded as on the statement."""
    matched = matching.matched_so_far()
    query = (
        select(StatementLine, matched.c.quantity, matched.c.accrued)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .outerjoin(matched, matched.c.posting_id == StatementLine.posting_id)
        .where(StatementLine.statement_id == statement.id)
        .order_by(StatementLine.line)
    )
    rows, total = [], ZERO
    for line, quantity, accrued in session.execute(query):
        left = line.quantity - int(quantity or 0)
        if left == 0:
            continue
        owed = line.amount - (accrued or ZERO)
        billed = line.billed if not quantity else to_cent(owed)
        total += billed
        rows.append(
            {
                "posting_id": line.posting_id, "quantity": left, "accrued": owed, "billed": billed,
                "matched_at": occasion.recorded_at, "staff_id": occasion.staff_id,
            }
        )  # fmt: skip
    return rows, total


def pay_whole(session: Session, occasion: Occasion, statement: Statement, *, reference: str) -> None:
    """What is open of a statement's invoices, paid by bank; with it the statement is paid.

    Raises: SamePerson, BadPayment, NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    open_ = [one for one in progress.behind(session, statement) if one.state == InvoiceState.BOOKED]
    if not open_:
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


def _go_on(session: Session, occasion: Occasion, statement: Statement, step: str, reason: str) -> None:
    """The step of a statement with nothing left to invoice or to pay: its lines came to nothing, or it is old."""
    steps.take(session, occasion, statement, step)
    steps.note(session, occasion, statement, step, reason=reason)
