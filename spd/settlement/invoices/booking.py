"""This file is how an invoice comes into the journal: accruals are billed, differences go where the goods went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.accounting import DocumentEvent, Money
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Posting
from spd.places import Department
from spd.settlement.invoices import matching, progress, rest, shares, turning, verdicts
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.matching import Chosen
from spd.settlement.invoices.models import (
    Invoice,
    InvoiceMatch,
    InvoiceState,
    InvoiceStep,
    InvoiceVariance,
    stands,
)
from spd.settlement.invoices.refusals import ReasonForDifference
from spd.settlement.invoices.shares import Share
from spd.settlement.invoices.verdicts import MatchStatus

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class _Of:
    """Which product a match is of: what its cost is filed under."""

    product_id: int | None
    product_class: str
    chargeable: bool


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
    status = verdicts.worst(list(verdicts.statuses(session, invoice).values()))
    if invoice.state == InvoiceState.ENTERED and status is not MatchStatus.MATCHED and not reason:
        raise ReasonForDifference(invoice=invoice.code, status=status.value)
    progress.take(session, invoice, (InvoiceState.ENTERED,), InvoiceState.BOOKED)
    billed = [Money(event=DocumentEvent.INVOICE, amount=invoice.total, supplier_id=invoice.supplier_id)]
    post(session, occasion, invoice, billed, matching.matches_of(session, invoice))
    progress.note(session, occasion, invoice, "book", reason=reason)
    progress.carry_on(session, occasion, [invoice.id], reason=invoice.number)
    return invoice


def match_invoice(
    session: Session, occasion: Occasion, invoice: Invoice, chosen: Sequence[Chosen] | None = None
) -> Invoice:
    """The invoice with more of it matched; what was booked already is posted at once.

    Raises: KeyReused, NotThatInvoiceStep, NothingToMatch, MatchTooMuch, NoRule, PeriodClosed, Racing.
    """
    if progress.find_done(session, occasion, invoice):
        return invoice
    made = [] if chosen is not None else rest.match_rest(session, occasion, invoice)
    made = made or matching.match(session, occasion, invoice, chosen)
    progress.take(session, invoice, tuple(set(InvoiceState) - {InvoiceState.WITHDRAWN}), InvoiceState(invoice.state))
    if invoice.state in progress.IN_JOURNAL:
        post(session, occasion, invoice, [], made)
        progress.note(session, occasion, invoice, "match")
        progress.carry_on(session, occasion, [invoice.id], reason=invoice.number)
    else:
        progress.note(session, occasion, invoice, "match")
    return invoice


def who(session: Session, invoice: Invoice, step: str) -> set[int]:
    """Who took a step with an invoice."""
    query = select(InvoiceStep.staff_id).where(InvoiceStep.invoice_id == invoice.id, InvoiceStep.step == step)
    return set(session.scalars(query))


def post(
    session: Session, occasion: Occasion, invoice: Invoice, billed: list[Money], made: Sequence[InvoiceMatch]
) -> None:
    """Enter what an invoice bills and what these matches settle. Raises: NoRule, PeriodClosed, Racing."""
    accrued = sum((one.accrued for one in made), ZERO)
    split = list(shares.share_out(session, made))
    of = _products(session, [share.match.posting_id for share in split])
    classes = cost_classes(session)
    goes = [_share_money(invoice.supplier_id, share, of[share.match.posting_id], classes) for share in split]
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
    if split and numbers:
        session.execute(insert(InvoiceVariance), [variance_row(share, numbers[-1]) for share in split])


def post_red(
    session: Session,
    occasion: Occasion,
    invoice: Invoice,
    undone: Sequence[InvoiceMatch],
    lying: Sequence[Share],
    *,
    reason: str,
) -> list[int]:
    """Enter in red what these matches settled, and their differences from where they lie now.

    Raises: NoRule, PeriodClosed, Racing.
    """
    accrued = sum((one.accrued for one in undone), ZERO)
    back = [replace(share, amount=-share.amount) for share in lying]
    of = _products(session, [share.match.posting_id for share in back])
    classes = cost_classes(session)
    goes = [_share_money(invoice.supplier_id, share, of[share.match.posting_id], classes) for share in back]
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
    if back and numbers:
        session.execute(insert(InvoiceVariance), [variance_row(share, numbers[-1]) for share in back])
    if was_back and run is not None:
        turned = {invoice.supplier_id: -was_back}
        turning.keep(
            session, DocumentEvent.ACCRUAL_BILLED, turned, numbers[-1], run=run, invoice_id=invoice.id
        )  # fmt: skip
    return numbers


def _of(invoice: Invoice, event: DocumentEvent, amount: Decimal) -> Money:
    return Money(event=event, amount=amount, supplier_id=invoice.supplier_id)


def variance_row(share: Share, document_entry_id: int) -> dict[str, Any]:
    """A share as it is kept."""
    return {
        "match_id": share.match.id, "department_id": share.department_id, "on_hand": share.on_hand,
        "amount": share.amount, "document_entry_id": document_entry_id,
    }  # fmt: skip


def _share_money(supplier_id: int, share: Share, of: _Of, classes: dict[int, str]) -> Money:
    event = DocumentEvent.VARIANCE_ON_HAND if share.on_hand else DocumentEvent.VARIANCE_USED
    return Money(
        event=event, amount=share.amount, supplier_id=supplier_id, department_id=share.department_id,
        cost_class=classes.get(share.department_id or 0, ""), product_id=of.product_id,
        product_class=of.product_class, chargeable=of.chargeable,
    )  # fmt: skip


def cost_classes(session: Session) -> dict[int, str]:
    """The class of each department: which expense account it bears."""
    return dict(session.execute(select(Department.id, Department.cost_class)).all())


def _products(session: Session, postings: Sequence[int]) -> dict[int, _Of]:
    """What was accrued, in the class it was accrued in: so a difference that is taken back leaves no class."""
    found: dict[int, _Of] = {}
    for start in range(0, len(postings), _AT_ONCE):
        query = select(Posting.id, Posting.product_id, Posting.product_class, Posting.chargeable)
        for posting, product, product_class, chargeable in session.execute(
            query.where(Posting.id.in_(postings[start : start + _AT_ONCE]))
        ):
            found[posting] = _Of(product_id=product, product_class=product_class, chargeable=chargeable)
    return found


def release_variances(session: Session, occasion: Occasion, *, period: str | None = None) -> Decimal:
    """Differences that lay on goods on hand, posted to who has used them since; what they came to.

    What was used and is on hand again takes its difference back. Done before a month is closed, in that month: twice is
    as once. Raises: NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    differing = InvoiceMatch.id.in_(select(InvoiceVariance.match_id))
    matches = list(session.scalars(select(InvoiceMatch).where(differing, stands()).order_by(InvoiceMatch.id)))
    moved = _moved(session, matches)
    if not moved:
        return ZERO
    of, classes = _products(session, [share.match.posting_id for share in moved]), cost_classes(session)
    money = [
        Money(
            event=DocumentEvent.VARIANCE_RELEASED, amount=share.amount, supplier_id=None,
            department_id=share.department_id, cost_class=classes.get(share.department_id or 0, ""),
            product_id=of[share.match.posting_id].product_id, product_class=of[share.match.posting_id].product_class,
            chargeable=of[share.match.posting_id].chargeable,
        )
        for share in moved if not share.on_hand
    ]  # fmt: skip
    name = f"VAR-{occasion.day:%Y%m%d}"
    said = [(DocumentEvent.VARIANCE_RELEASED, money)]
    numbers = enter_money(session, occasion, ("variance", 0, name), said, period=period)
    if numbers:
        session.execute(insert(InvoiceVariance), [variance_row(share, numbers[0]) for share in moved])
    return sum((one.amount for one in money), ZERO)


def _moved(session: Session, matches: Sequence[InvoiceMatch]) -> list[Share]:
    """What of each difference lies elsewhere than it was posted to."""
    by_id = {one.id: one for one in matches}
    posted: dict[tuple[int, bool, int | None], Decimal] = {}
    for row in session.scalars(select(InvoiceVariance)):
        if row.match_id not in by_id:
            continue  # taken back, and its difference with it
        key = (row.match_id, row.on_hand, row.department_id)
        posted[key] = posted.get(key, ZERO) + row.amount
    due = {
        (share.match.id, share.on_hand, share.department_id): share.amount
        for share in shares.share_out(session, matches)
    }
    found = []
    for key in sorted(due.keys() | posted.keys(), key=lambda key: (key[0], key[1], key[2] or 0)):
        change = due.get(key, ZERO) - posted.get(key, ZERO)
        if change:
            found.append(Share(match=by_id[key[0]], on_hand=key[1], department_id=key[2], amount=change))
    return found
