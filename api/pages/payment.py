"""This file is the page of one payment: what it paid, and how it is reversed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, invoice_words, office
from api.pages.report import asked_as_of, stamped
from spd import ledger
from spd.parties import party_told_of
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, Payment, PaymentPart
from spd.staff import Staff


class ReverseForm(Schema):
    """Why a payment is reversed."""

    reason = Text(required=True, longest=200)


@bp.get("/finance/payments/<code>")
def finance_payment(code: str) -> str:
    """One payment."""
    return _one(code, office.blank())


@bp.post("/finance/payments/<code>/reverse")
def finance_payment_reverse(code: str) -> str | Response:
    """A payment is reversed by another person than who paid."""
    form = office.filled(ReverseForm)
    if form.sent:
        with form.attempt():
            red = write(form.occasion, lambda session: _reversed(session, form, code))
            office.tell(_("The payment is reversed."))
            return redirect(url_for("pages.finance_payment", code=red))
    return _one(code, form)


def _reversed(session: Session, form: office.Form, code: str) -> str:
    payment = invoices.get_payment(session, code)
    return invoices.reverse_payment(session, form.occasion, payment, reason=form.said["reason"]).code


def _one(code: str, form: office.Form) -> str:
    at = asked_as_of(request.args.get("as_of", ""))
    stamp, stamps = at.isoformat() if at else None, stamped(at)

    def draw(session: Session) -> str:
        payment = invoices.get_payment(session, code, at)
        undone_by = session.scalars(_undoing(payment, at)).one_or_none()
        undoes = session.get(Payment, payment.reverses_id) if payment.reverses_id else None
        stands = at is None and undone_by is None and undoes is None
        return render_template(
            "payment.html",
            payment=payment,
            stamp=stamp,
            supplier=party_told_of(session, payment.supplier_id, at),
            by=session.get_one(Staff, payment.staff_id).name,
            parts=_parts(session, payment),
            undone_by=undone_by,
            undoes=undoes,
            entries=ledger.find_vouchers(session, "payment", payment.id),
            acts=stands and may_open("pages.finance_payment_reverse", person()),
            form=form,
            ways=invoice_words.way_names(),
            crumbs=[(_("Payments"), url_for("pages.finance_payments", as_of=stamp)), (code, None)],
            **stamps,
        )

    return read(draw)


def _undoing(payment: Payment, at: datetime | None) -> Any:
    query = select(Payment).where(Payment.reverses_id == payment.id)
    return query if at is None else query.where(Payment.recorded_at <= at)


def _parts(session: Session, payment: Payment) -> list[Any]:
    query = (
        select(Invoice.code, Invoice.number, PaymentPart.amount)
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .where(PaymentPart.payment_id == payment.id)
        .order_by(PaymentPart.id)
    )
    return list(session.execute(query))
