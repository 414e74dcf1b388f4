"""This file is the steps of an invoice, each taken once, and what they mean for the statements behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import uuid5

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Movement, Posting, Racing
from spd.settlement import steps
from spd.settlement.invoices import matching
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceState, InvoiceStep, stands
from spd.settlement.invoices.refusals import NotThatInvoiceStep, UnknownInvoice
from spd.settlement.models import Statement, StatementLine, StatementState

IN_JOURNAL = (InvoiceState.BOOKED, InvoiceState.PAID)


def get_invoice(session: Session, code: str) -> Invoice:
    """The invoice with this number of ours. Raises: UnknownInvoice."""
    found = session.scalars(select(Invoice).where(Invoice.code == code)).one_or_none()
    if found is None:
        raise UnknownInvoice(invoice=code)
    return found


def find_done(session: Session, occasion: Occasion, invoice: Invoice | None = None) -> Sequence[InvoiceStep] | None:
    """The steps taken before under this key; None where it is new. Raises: KeyReused."""
    query = select(InvoiceStep).where(InvoiceStep.request_key == occasion.request_key).order_by(InvoiceStep.id)
    found = session.scalars(query).all()
    if not found:
        return None
    other = invoice is not None and all(step.invoice_id != invoice.id for step in found)
    if other or found[0].content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def take(session: Session, invoice: Invoice, before: Collection[InvoiceState], after: InvoiceState) -> None:
    """The invoice in its next state, this act's alone until it ends. Raises: NotThatInvoiceStep, Racing."""
    if invoice.state not in before:
        raise NotThatInvoiceStep(invoice=invoice.code, state=invoice.state)
    mine = session.execute(
        update(Invoice)
        .where(Invoice.id == invoice.id, Invoice.version == invoice.version)
        .values(state=after.value, version=Invoice.version + 1)
        .execution_options(synchronize_session=False)
    )
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise Racing()  # somebody else took a step at this moment: judged again as things stand
    session.refresh(invoice)


def note(session: Session, occasion: Occasion, invoice: Invoice, step: str, *, reason: str = "") -> None:
    """The step on record. Raises: Racing."""
    session.add(
        InvoiceStep(
            invoice_id=invoice.id,
            step=step,
            state_after=invoice.state,
            reason=reason,
            staff_id=occasion.staff_id,
            done_at=occasion.recorded_at,
            request_key=occasion.request_key,
            content=occasion.content,
        )
    )
    try:
        session.flush()  # the same key at this moment is refused here, where it has a name
    except IntegrityError as error:
        raise Racing() from error


def statements_of(session: Session, invoices: Collection[int]) -> Sequence[Statement]:
    """The statements whose lines these invoices are matched to, in order."""
    of = select(InvoiceMatch.posting_id).join(InvoiceLine).where(InvoiceLine.invoice_id.in_(invoices), stands())
    touched = select(StatementLine.statement_id).where(StatementLine.posting_id.in_(of))
    return session.scalars(select(Statement).where(Statement.id.in_(touched)).order_by(Statement.id)).all()


def go_back(session: Session, occasion: Occasion, statements: Sequence[Statement], *, reason: str) -> None:
    """Paid statements of which an invoice is open again are invoiced; those of which a line is on none, confirmed."""
    for statement in statements:
        for state, step, still in (
            (StatementState.PAID, "unpay", is_paid(session, statement)),
            (StatementState.INVOICED, "uninvoice", is_invoiced(session, statement)),
        ):
            if statement.state == state and not still:
                steps.take(session, occasion, statement, step)
                steps.note(session, occasion, statement, step, reason=reason)


def carry_on(session: Session, occasion: Occasion, invoices: Collection[int], *, reason: str) -> None:
    """Statements whose every line these invoices complete are invoiced, and those whose every invoice is paid, paid:
    both at once where it was paid before its goods came."""
    for statement in statements_of(session, invoices):
        when = occasion
        if statement.state == StatementState.CONFIRMED and is_invoiced(session, statement):
            steps.take(session, occasion, statement, "invoice")
            steps.note(session, occasion, statement, "invoice", reason=reason)
            when = replace(occasion, request_key=uuid5(occasion.request_key, "pay"))  # two steps have two keys
        if statement.state == StatementState.INVOICED and is_paid(session, statement):
            steps.take(session, when, statement, "pay")
            steps.note(session, when, statement, "pay", reason=reason)


def is_invoiced(session: Session, statement: Statement) -> bool:
    """Whether all that the lines of a statement are of is matched by booked invoices."""
    left = lines_not_billed().where(StatementLine.statement_id == statement.id)
    return session.scalar(left.limit(1)) is None


def lines_not_billed() -> Select[int]:
    """The statements of lines whose postings booked invoices are not matched to in full, one row for each line."""
    matched = matching.matched_by_booked()
    return (
        select(StatementLine.statement_id)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .join(Movement, Movement.id == StatementLine.movement_id)
        .outerjoin(matched, matched.c.posting_id == StatementLine.posting_id)
        .where(func.coalesce(matched.c.quantity, 0) != matching.signed_quantity())
    )


def is_paid(session: Session, statement: Statement) -> bool:
    """Whether every invoice that lines of a statement are matched to is paid."""
    return all(one.state == InvoiceState.PAID for one in behind(session, statement))


def behind(session: Session, statement: Statement) -> Sequence[Invoice]:
    """The invoices that lines of a statement are matched to, in order."""
    lines = (
        select(InvoiceLine.invoice_id)
        .join(InvoiceMatch, InvoiceMatch.line_id == InvoiceLine.id)
        .join(StatementLine, StatementLine.posting_id == InvoiceMatch.posting_id)
        .where(StatementLine.statement_id == statement.id, stands())
    )
    return session.scalars(select(Invoice).where(Invoice.id.in_(lines)).order_by(Invoice.id)).all()
