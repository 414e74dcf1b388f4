"""This file is payment: by bank or treasury, ahead of invoices and out of that, or by the insurer itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import exists, func, insert, select, true, update
from sqlalchemy.orm import Session, aliased

from spd import ledger
from spd.accounting import DocumentEvent, Money
from spd.core.money import ZERO, shown, to_cent
from spd.core.occasion import Occasion
from spd.ledger import KeyReused
from spd.parties import Party, supplier_told_of
from spd.settlement.invoices import people, progress
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.models import Invoice, InvoiceState, Payment, PaymentPart, Way
from spd.settlement.invoices.refusals import BadPayment, NotEnoughAhead, NotThatInvoiceStep

EVENTS = {
    Way.BANK: DocumentEvent.PAY_BANK,
    Way.QUOTA: DocumentEvent.PAY_QUOTA,
    Way.AHEAD: DocumentEvent.PAY_AHEAD,
    Way.FROM_AHEAD: DocumentEvent.PAY_FROM_AHEAD,
    Way.INSURER: DocumentEvent.PAY_INSURER,
}


@dataclass(frozen=True, kw_only=True)
class PaymentSaid:
    """What is paid. `parts`: of which invoices how much, None is all that is open; ahead of them `amount` says it."""

    occasion: Occasion
    supplier: str
    way: Way
    reference: str
    paid_on: date | None = None
    parts: Mapping[str, Decimal | None] = field(default_factory=dict)
    amount: Decimal | None = None


def pay(session: Session, said: PaymentSaid) -> Payment:
    """The payment, posted with its budget side. Who had an invoice in hand before does not pay it, as `people` says.

    Asked again with the same key, the first payment.
    Raises: KeyReused, UnknownSupplier, UnknownInvoice, NotThatInvoiceStep, SamePerson, BadPayment, NotEnoughAhead,
    NoRule, PeriodClosed, Racing.
    """
    if done := find_done(session, said.occasion):
        return done
    ledger.hold_documents(session)
    supplier = supplier_told_of(session, said.supplier)
    parts = _parts(session, said, supplier)
    amount = sum((part for _, part in parts), ZERO) if said.way is not Way.AHEAD else said.amount or ZERO
    if said.way is Way.AHEAD and (amount <= 0 or amount != to_cent(amount)):
        raise BadPayment(invoice=said.supplier, open="-")
    if said.way is Way.FROM_AHEAD and amount > (left := ahead_of(session, supplier.id)):
        raise NotEnoughAhead(left=shown(left))
    payment = new_payment(
        session, said.occasion, supplier.id, way=said.way, amount=amount, reference=said.reference, paid_on=said.paid_on
    )  # fmt: skip
    for invoice, part in parts:
        _settle(session, said.occasion, invoice, part, reference=said.reference)
    if parts:
        rows = [{"payment_id": payment.id, "invoice_id": invoice.id, "amount": part} for invoice, part in parts]
        session.execute(insert(PaymentPart), rows)
    event = EVENTS[said.way]
    money = [Money(event=event, amount=amount, supplier_id=supplier.id)]
    enter_money(session, said.occasion, ("payment", payment.id, payment.code), [(event, money)])
    progress.carry_on(session, said.occasion, [invoice.id for invoice, _ in parts], reason=said.reference)
    return payment


def ahead_of(session: Session, supplier_id: int) -> Decimal:
    """What was paid to a supplier ahead of invoices and is not used up."""
    query = select(Payment.way, func.sum(Payment.amount)).where(
        Payment.supplier_id == supplier_id, Payment.way.in_((Way.AHEAD, Way.FROM_AHEAD))
    )
    sums: dict[str, Decimal] = dict(session.execute(query.group_by(Payment.way)).all())
    return sums.get(Way.AHEAD, ZERO) - sums.get(Way.FROM_AHEAD, ZERO)


def find_done(session: Session, occasion: Occasion) -> Payment | None:
    """The payment made before under this key; None where it is new. Raises: KeyReused."""
    found = session.scalars(select(Payment).where(Payment.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def _parts(session: Session, said: PaymentSaid, supplier: Party) -> list[tuple[Invoice, Decimal]]:
    """What is paid of each invoice. Raises: UnknownInvoice, NotThatInvoiceStep, SamePerson, BadPayment."""
    if said.way is Way.AHEAD:
        if said.parts:
            raise BadPayment(invoice=", ".join(said.parts), open="-")
        return []
    found = []
    for code, asked in said.parts.items():
        invoice = progress.get_invoice(session, code)
        if invoice.state != InvoiceState.BOOKED:
            raise NotThatInvoiceStep(invoice=code, state=invoice.state)
        people.refuse_to_pay(session, said.occasion, invoice)
        part = invoice.open if asked is None else asked
        within = 0 < part <= invoice.open or invoice.open <= part < 0
        if not within or part != to_cent(part) or invoice.supplier_id != supplier.id:
            raise BadPayment(invoice=code, open=shown(invoice.open))
        found.append((invoice, part))
    if not found:
        raise BadPayment(invoice="-", open="-")
    return found


_UNDONE = aliased(Payment)


def standing_payments(session: Session, invoice: Invoice, at: datetime | None = None) -> list[Payment]:
    """The payments of an invoice that nothing undid, or had until an instant, in order."""
    undone = exists().where(_UNDONE.reverses_id == Payment.id)
    known = true() if at is None else Payment.recorded_at <= at
    query = (
        select(Payment)
        .join(PaymentPart, PaymentPart.payment_id == Payment.id)
        .where(
            PaymentPart.invoice_id == invoice.id, Payment.reverses_id.is_(None), known,
            ~(undone if at is None else undone.where(_UNDONE.recorded_at <= at)),
        )
        .order_by(Payment.id)
    )  # fmt: skip
    return list(session.scalars(query))


def new_payment(
    session: Session,
    occasion: Occasion,
    supplier_id: int,
    *,
    way: Way,
    amount: Decimal,
    reference: str,
    paid_on: date | None = None,
    reverses_id: int | None = None,
) -> Payment:
    """A payment on record, numbered within its month; its parts and its money are the caller's."""
    month = f"{occasion.day:%Y%m}"
    there = session.scalar(select(func.count()).where(Payment.code.startswith(f"PAY-{month}-"))) or 0
    payment = Payment(
        code=f"PAY-{month}-{there + 1:05d}",
        supplier_id=supplier_id,
        way=way.value,
        amount=amount,
        paid_on=paid_on or occasion.day,
        reference=reference,
        staff_id=occasion.staff_id,
        recorded_at=occasion.recorded_at,
        request_key=occasion.request_key,
        content=occasion.content,
        reverses_id=reverses_id,
    )
    session.add(payment)
    session.flush()  # its parts name it
    return payment


def add_paid(session: Session, invoice: Invoice, part: Decimal) -> None:
    """So much more of an invoice is paid, or less where it is below zero."""
    session.execute(update(Invoice).where(Invoice.id == invoice.id).values(paid=invoice.paid + part))
    session.refresh(invoice)


def _settle(session: Session, occasion: Occasion, invoice: Invoice, part: Decimal, *, reference: str) -> None:
    """So much more of an invoice is paid; with the last of it the invoice is."""
    after = InvoiceState.PAID if part == invoice.open else InvoiceState.BOOKED
    progress.take(session, invoice, (InvoiceState.BOOKED,), after)
    add_paid(session, invoice, part)
    progress.note(session, occasion, invoice, "pay", reason=reference)
