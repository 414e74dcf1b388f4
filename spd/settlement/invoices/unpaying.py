"""This file is a payment reversed: its money in red, its invoices open again, what it paid ahead taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger
from spd.accounting import Money
from spd.core.money import shown
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.settlement.invoices import paying, progress
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.models import Invoice, InvoiceState, Payment, PaymentPart, Way
from spd.settlement.invoices.refusals import NotEnoughAhead, PaymentReversed, UnknownPayment


def get_payment(session: Session, code: str, at: datetime | None = None) -> Payment:
    """The payment with this number that is on record, or was at an instant. Raises: UnknownPayment."""
    found = session.scalars(select(Payment).where(Payment.code == code)).one_or_none()
    if found is None or (at is not None and found.recorded_at > at):
        raise UnknownPayment(payment=code)
    return found


def reverse_payment(session: Session, occasion: Occasion, payment: Payment, *, reason: str) -> Payment:
    """The payment that undoes another, by another person than who paid, in the open month; `reason` is kept with it.

    Asked again with the same key, the first answer.
    Raises: KeyReused, PaymentReversed, SamePerson, NotEnoughAhead, NoRule, PeriodClosed, Racing.
    """
    if done := paying.find_done(session, occasion):
        return done
    ledger.hold_documents(session)
    undone = session.scalar(select(Payment.code).where(Payment.reverses_id == payment.id))
    if undone is not None or payment.reverses_id is not None:
        raise PaymentReversed(payment=payment.code)
    refuse_same_person(payment.staff_id, occasion.staff_id)
    if payment.way == Way.AHEAD and payment.amount > (left := paying.ahead_of(session, payment.supplier_id)):
        raise NotEnoughAhead(left=shown(left))
    way = Way(payment.way)
    red = paying.new_payment(
        session, occasion, payment.supplier_id, way=way, amount=-payment.amount, reference=reason[:80],
        reverses_id=payment.id,
    )  # fmt: skip
    query = select(PaymentPart).where(PaymentPart.payment_id == payment.id).order_by(PaymentPart.id)
    parts = session.scalars(query).all()
    for one in parts:
        invoice = session.get_one(Invoice, one.invoice_id)
        progress.take(session, invoice, progress.IN_JOURNAL, InvoiceState.BOOKED)
        paying.add_paid(session, invoice, -one.amount)
        progress.note(session, occasion, invoice, "unpay", reason=reason)
    if parts:
        rows = [{"payment_id": red.id, "invoice_id": one.invoice_id, "amount": -one.amount} for one in parts]
        session.execute(insert(PaymentPart), rows)
    event = paying.EVENTS[way]
    money = [Money(event=event, amount=red.amount, supplier_id=payment.supplier_id)]
    enter_money(session, occasion, ("payment", red.id, red.code), [(event, money)], reason=reason)
    statements = progress.statements_of(session, [one.invoice_id for one in parts])
    progress.go_back(session, occasion, statements, reason=red.code)
    return red
