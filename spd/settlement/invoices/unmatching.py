"""This file is taking matches back: after booking in red, in the open month, with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.core.money import shown
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.settlement.invoices import booking, matching, paying, progress
from spd.settlement.invoices.models import Invoice, InvoiceMatch, InvoiceState
from spd.settlement.invoices.refusals import InvoicePaid, NothingIsMatched, ReasonForUnmatching


def unmatch(session: Session, occasion: Occasion, invoice: Invoice, *, reason: str = "") -> Invoice:
    """An invoice with no matches: it may be matched anew.

    One that is booked stays owed, as billed ahead of its goods; what was posted of its matches is posted in red, by
    another person than who matched it where the hospital wants that, and statements it made invoiced are not any more.
    Asked again with the same key, it is as it is.
    Raises: KeyReused, NotThatInvoiceStep, NothingIsMatched, InvoicePaid, ReasonForUnmatching, SamePerson, NoRule,
    PeriodClosed, Racing.
    """
    if progress.find_done(session, occasion, invoice):
        return invoice
    ledger.hold_documents(session)
    if invoice.state in progress.IN_JOURNAL:
        _undo(session, occasion, invoice, reason)
    else:
        progress.take(session, invoice, (InvoiceState.ENTERED,), InvoiceState.ENTERED)
        matching.take_back(session, occasion, matching.matches_of(session, invoice))
        progress.note(session, occasion, invoice, "unmatch", reason=reason)
    return invoice


def _undo(session: Session, occasion: Occasion, invoice: Invoice, reason: str) -> None:
    made = matching.matches_of(session, invoice)
    _refuse(session, occasion, invoice, made, reason)
    progress.take(session, invoice, progress.IN_JOURNAL, InvoiceState(invoice.state))
    statements = progress.statements_of(session, [invoice.id])
    numbers = booking.post_red(session, occasion, invoice, made, reason=reason)
    assert numbers, "what was matched has money in it"
    matching.take_back(session, occasion, made)
    progress.note(session, occasion, invoice, "unmatch", reason=reason)
    progress.go_back(session, occasion, statements, reason=invoice.number)


def _refuse(session: Session, occasion: Occasion, invoice: Invoice, made: Sequence[InvoiceMatch], reason: str) -> None:
    if not made:
        raise NothingIsMatched(invoice=invoice.code)
    if payments := paying.standing_payments(session, invoice):
        codes = ", ".join(one.code for one in payments)
        raise InvoicePaid(invoice=invoice.code, paid=shown(invoice.paid), payments=codes)
    if not reason:
        raise ReasonForUnmatching(invoice=invoice.code)
    if policies.get(session, "invoice.unmatch_by") == "other":
        for person in {one.staff_id for one in made}:
            refuse_same_person(person, occasion.staff_id)
