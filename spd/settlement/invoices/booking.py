"""This file is how an invoice comes into the journal: accruals are billed, differences go where the goods went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.accounting import DocumentEvent, Money
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.settlement.invoices import matching, progress, rest, shares, turning, variances, verdicts
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.likeliest import Chosen
from spd.settlement.invoices.models import (
    Invoice,
    InvoiceMatch,
    InvoiceState,
    InvoiceStep,
)
from spd.settlement.invoices.refusals import ReasonForDifference
from spd.settlement.invoices.verdicts import MatchStatus


def book(session: Session, occasion: Occasion, invoice: Invoice, *, reason: str = "") -> Invoice:
    """The invoice in the journal, by another person than who entered it. Asked again with the same key, it is as it is.

    What is not matched stands as billed ahead of its goods; a difference beyond the tolerance says why.
    Raises: KeyReused, SamePerson, ReasonForDifference, NotThatInvoiceStep, NoRule, PeriodClosed, Racing.
    """
    if progress.find_done(session, occasion, invoice):
        return invoice
    ledger.hold_documents(session)
    for person in who(session, invoice, "enter"):
        refuse_same_person(person, occasion.staff_id)
    if invoice.state == InvoiceState.ENTERED:
        _refuse_without_reason(session, invoice, None, reason)
    progress.take(session, invoice, (InvoiceState.ENTERED,), InvoiceState.BOOKED)
    billed = [Money(event=DocumentEvent.INVOICE, amount=invoice.total, supplier_id=invoice.supplier_id)]
    post(session, occasion, invoice, billed, matching.matches_of(session, invoice))
    progress.note(session, occasion, invoice, "book", reason=reason)
    progress.carry_on(session, occasion, [invoice.id], reason=invoice.number)
    return invoice


def match_invoice(
    session: Session,
    occasion: Occasion,
    invoice: Invoice,
    chosen: Sequence[Chosen] | None = None,
    *,
    reason: str = "",
) -> Invoice:
    """The invoice with more of it matched; what was booked already is posted at once, as it is booked: by another
    person than who entered it, and with a reason where a line that is matched differs beyond the tolerance.

    Raises: KeyReused, SamePerson, NotThatInvoiceStep, NothingToMatch, MatchTooMuch, ReasonForDifference, NoRule,
    PeriodClosed, Racing.
    """
    if progress.find_done(session, occasion, invoice):
        return invoice
    ledger.hold_documents(session)
    posts = invoice.state in progress.IN_JOURNAL
    for person in who(session, invoice, "enter") if posts else ():
        refuse_same_person(person, occasion.staff_id)
    made = [] if chosen is not None else rest.match_rest(session, occasion, invoice)
    made = made or matching.match(session, occasion, invoice, chosen)
    progress.take(session, invoice, tuple(set(InvoiceState) - {InvoiceState.WITHDRAWN}), InvoiceState(invoice.state))
    if posts:
        _refuse_without_reason(session, invoice, {one.line_id for one in made}, reason)
        post(session, occasion, invoice, [], made)
    progress.note(session, occasion, invoice, "match", reason=reason)
    if posts:
        progress.carry_on(session, occasion, [invoice.id], reason=invoice.number)
    return invoice


def _refuse_without_reason(session: Session, invoice: Invoice, lines: set[int] | None, reason: str) -> None:
    """Refuse to post lines, or all of them, that are not matched in full or differ, without a reason.

    Raises: ReasonForDifference.
    """
    found = verdicts.statuses(session, invoice)
    numbers = [one.line for one in matching.lines_of(session, invoice) if lines is None or one.id in lines]
    status = verdicts.worst([found[number] for number in numbers])
    if status is not MatchStatus.MATCHED and not reason:
        raise ReasonForDifference(invoice=invoice.code, status=status.value)


def who(session: Session, invoice: Invoice, step: str) -> set[int]:
    """Who took a step with an invoice."""
    query = select(InvoiceStep.staff_id).where(InvoiceStep.invoice_id == invoice.id, InvoiceStep.step == step)
    return set(session.scalars(query))


def post(
    session: Session, occasion: Occasion, invoice: Invoice, billed: list[Money], made: Sequence[InvoiceMatch]
) -> None:
    """Enter what an invoice bills and what these matches settle. Raises: NoRule, PeriodClosed, Racing."""
    accrued = sum((one.accrued for one in made), ZERO)
    split = variances.classed(session, list(shares.share_out(session, made)))
    goes = variances.money_of(session, split, invoice.supplier_id)
    run = turning.standing(session)
    back = turning.billed_of(session, run, invoice.supplier_id, made)
    reverses = policies.get(session, "accrual.on_invoice") != "keep"
    settles = DocumentEvent.INVOICE_GOODS if reverses else DocumentEvent.INVOICE_MATCHED
    red = [_of(invoice, DocumentEvent.ACCRUAL_RED, back - accrued)] if reverses else []
    settled = [_of(invoice, settles, accrued - back), _of(invoice, DocumentEvent.ACCRUAL_BILLED, back)]
    event = DocumentEvent.INVOICE if billed else DocumentEvent.INVOICE_MATCHED
    numbers = enter_money(
        session, occasion, ("invoice", invoice.id, invoice.code),
        [(DocumentEvent.ACCRUAL_RED, red), (event, [*billed, *settled, *goes])],
    )  # fmt: skip
    if back and run is not None:
        turned = {invoice.supplier_id: back}
        turning.keep(
            session, DocumentEvent.ACCRUAL_BILLED, turned, numbers[-1], run=run, invoice_id=invoice.id
        )  # fmt: skip
    if numbers:
        variances.keep(session, split, numbers[-1])


def post_red(
    session: Session,
    occasion: Occasion,
    invoice: Invoice,
    undone: Sequence[InvoiceMatch],
    *,
    reason: str,
) -> list[int]:
    """Enter in red what these matches settled, and their differences from where they lie now.

    Raises: NoRule, PeriodClosed, Racing.
    """
    accrued = sum((one.accrued for one in undone), ZERO)
    back = [replace(share, amount=-share.amount) for share in variances.lying(session, undone)]
    goes = variances.money_of(session, back, invoice.supplier_id)
    run = turning.standing(session)
    was_back = turning.billed_by(session, run, invoice.id)
    reverses = policies.get(session, "accrual.on_invoice") != "keep"
    settled = DocumentEvent.INVOICE_GOODS if reverses else DocumentEvent.INVOICE_MATCHED
    red = [
        _of(invoice, settled, was_back - accrued), _of(invoice, DocumentEvent.ACCRUAL_BILLED, -was_back), *goes
    ]  # fmt: skip
    again = [_of(invoice, DocumentEvent.ACCRUAL_RED, accrued - was_back)]
    numbers = enter_money(
        session, occasion, ("invoice", invoice.id, invoice.code),
        [(DocumentEvent.INVOICE_UNMATCHED, [*red, *(again if reverses else [])])], reason=reason,
    )  # fmt: skip
    if numbers:
        variances.keep(session, back, numbers[-1])
    if was_back and run is not None:
        turned = {invoice.supplier_id: -was_back}
        turning.keep(
            session, DocumentEvent.ACCRUAL_BILLED, turned, numbers[-1], run=run, invoice_id=invoice.id
        )  # fmt: skip
    return numbers


def _of(invoice: Invoice, event: DocumentEvent, amount: Decimal) -> Money:
    return Money(event=event, amount=amount, supplier_id=invoice.supplier_id)
