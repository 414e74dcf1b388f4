"""This file is how an invoice comes on record, and how one that is not booked yet is given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from spd import ledger, payment_terms, policies
from spd.catalog import Product
from spd.core.money import CENT, ZERO, to_cent
from spd.core.occasion import Occasion
from spd.parties import Party, supplier_told_of
from spd.settlement.invoices import matching, progress
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceState
from spd.settlement.invoices.refusals import (
    BadInvoice,
    FirstInvoiceMissing,
    InvoiceTaken,
    UnknownInvoiceProduct,
)

_MOST = Decimal(10) ** 11  # yuan on one line: what the database can still add up
_HALF_A_PLACE = Decimal("0.00005")  # a price is printed rounded to four decimals


@dataclass(frozen=True, kw_only=True)
class InvoiceLineSaid:
    """A line as it is printed; `product` may be empty, and of price and amount one may be left out."""

    product: str = ""
    name: str = ""
    lot: str = ""
    quantity: int
    unit_price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class InvoiceSaid:
    """An invoice as it is printed. Where no day is said when it falls due, the hospital's payment days count."""

    occasion: Occasion
    supplier: str
    number: str
    issued_on: date
    lines: Sequence[InvoiceLineSaid]
    first_number: str = ""
    delivery_note: str = ""
    received_on: date | None = None
    due_on: date | None = None
    note: str = ""


def enter_invoice(session: Session, said: InvoiceSaid) -> Invoice:
    """The invoice on record; it moves no money before it is booked. Asked again with the same key, the first one.

    Raises: KeyReused, UnknownSupplier, FirstInvoiceMissing, BadInvoice, UnknownInvoiceProduct, InvoiceTaken, Racing.
    """
    if done := progress.find_done(session, said.occasion):
        return session.get_one(Invoice, done[0].invoice_id)
    ledger.hold_documents(session)
    supplier = supplier_told_of(session, said.supplier)
    if not said.first_number and policies.get(session, "invoice.first_number") == "require":
        raise FirstInvoiceMissing()
    rows = judge_lines(session, said.lines)
    refuse_taken(session, supplier, said.number)
    invoice = new_invoice(session, said.occasion, supplier, said)
    session.execute(insert(InvoiceLine), [row | {"invoice_id": invoice.id} for row in rows])
    invoice.lines, invoice.total = len(rows), sum((row["amount"] for row in rows), ZERO)
    progress.note(session, said.occasion, invoice, "enter", reason=said.note)
    return invoice


def refuse_taken(session: Session, supplier: Party, number: str) -> None:
    """Refuse a second invoice of this number. Raises: InvoiceTaken."""
    standing = (Invoice.supplier_id == supplier.id) & (Invoice.state != InvoiceState.WITHDRAWN)
    if session.scalar(select(Invoice.id).where(standing, Invoice.number == number)) is not None:
        raise InvoiceTaken(supplier=supplier.code, number=number)


def new_invoice(session: Session, occasion: Occasion, supplier: Party, said: InvoiceSaid) -> Invoice:
    """An invoice without lines yet, under the next number of ours."""
    month = f"{occasion.day:%Y%m}"
    there = session.scalar(select(func.count()).where(Invoice.code.startswith(f"INV-{month}-"))) or 0
    received = said.received_on or occasion.day
    invoice = Invoice(
        code=f"INV-{month}-{there + 1:05d}",
        supplier_id=supplier.id,
        number=said.number,
        first_number=said.first_number,
        delivery_note=said.delivery_note,
        issued_on=said.issued_on,
        received_on=received,
        due_on=said.due_on or payment_terms.due_on(session, supplier.id, received),
        note=said.note,
        state=InvoiceState.ENTERED.value,
        version=1,
        lines=0,
        total=ZERO,
        paid=ZERO,
        recorded_at=occasion.recorded_at,
    )
    session.add(invoice)
    session.flush()  # its lines name it
    return invoice


def withdraw_invoice(session: Session, occasion: Occasion, invoice: Invoice, *, reason: str) -> Invoice:
    """The invoice given up before it was booked; what it was matched to is open again.

    Raises: KeyReused, NotThatInvoiceStep, Racing.
    """
    if progress.find_done(session, occasion, invoice):
        return invoice
    ledger.hold_documents(session)
    if invoice.state == InvoiceState.ENTERED:  # the database takes no match of one that is withdrawn
        matching.take_back(session, occasion, matching.matches_of(session, invoice))
    progress.take(session, invoice, (InvoiceState.ENTERED,), InvoiceState.WITHDRAWN)
    progress.note(session, occasion, invoice, "withdraw", reason=reason)
    return invoice


def judge_lines(session: Session, said: Sequence[InvoiceLineSaid]) -> list[dict[str, Any]]:
    """The lines as they are kept. Raises: BadInvoice, UnknownInvoiceProduct."""
    codes = {line.product for line in said if line.product}
    known: dict[str, Product] = {}
    for start in range(0, len(codes), 500):
        part = sorted(codes)[start : start + 500]
        known |= {one.code: one for one in session.scalars(select(Product).where(Product.code.in_(part)))}
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(said, 1):
        if line.product and line.product not in known:
            raise UnknownInvoiceProduct(line=number, product=line.product)
        price, amount = _worth(line, number)
        if abs(amount) >= _MOST or abs(price) >= _MOST:
            raise BadInvoice(line=number)
        if (amount < 0) != (said[0].quantity < 0) or line.quantity == 0 or (amount < 0) != (line.quantity < 0):
            raise BadInvoice(line=number)
        product = known.get(line.product)
        rows.append(
            {
                "line": number, "product_id": product.id if product else None,
                "name": (line.name or (product.name if product else ""))[:200], "lot": line.lot,
                "quantity": line.quantity, "unit_price": price, "amount": amount,
            }
        )  # fmt: skip
    if not rows:
        raise BadInvoice(line=1)
    return rows


def _worth(line: InvoiceLineSaid, number: int) -> tuple[Decimal, Decimal]:
    """(unit price, amount): the one from the other where it is left out. Raises: BadInvoice."""
    if line.quantity == 0 or (line.unit_price is None and line.amount is None):
        raise BadInvoice(line=number)
    if line.amount is None:
        assert line.unit_price is not None
        return line.unit_price, to_cent(line.unit_price * line.quantity)
    if line.amount != to_cent(line.amount):
        raise BadInvoice(line=number)
    if line.unit_price is None:
        return (line.amount / line.quantity).quantize(_HALF_A_PLACE * 2), line.amount
    if abs(line.unit_price * line.quantity - line.amount) > CENT + _HALF_A_PLACE * abs(line.quantity):
        raise BadInvoice(line=number)
    return line.unit_price, line.amount
