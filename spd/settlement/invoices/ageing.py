"""This file is what is open between goods, invoices and payments, and how old it is. 货票不同行."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, Select, case, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd.catalog import Product
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Item, Posting
from spd.parties import Party
from spd.settlement.invoices import matching
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, Payment, PaymentPart
from spd.settlement.invoices.progress import IN_JOURNAL
from spd.settlement.models import Statement, StatementLine

BUCKETS = (30, 60, 90)
"""Days up to which each class of age goes; the last is without end."""


def bucket_of(days: int) -> int:
    """The class of an age: 0 is up to thirty days, 3 is beyond ninety."""
    return sum(days > most for most in BUCKETS)


@dataclass(frozen=True, kw_only=True)
class Uninvoiced:
    """What a list of goods without invoices selects, as expressions."""

    query: Select[Any]
    quantity: Any
    amount: Any


def goods_without_invoice(session: Session) -> Uninvoiced:
    """Receipts and uses that are owed for and on no invoice yet, with product, item, supplier and statement."""
    matched = matching.matched_so_far()
    quantity = matching.signed_quantity() - func.coalesce(matched.c.quantity, 0)
    amount = type_coerce(
        -type_coerce(Posting.amount, BigInteger) - func.coalesce(type_coerce(matched.c.accrued, BigInteger), 0),
        Scaled(),
    )
    query = (
        matching.accrued_postings(session, matched)
        .join(Party, Party.id == Posting.party_id)
        .join(Product, Product.id == Item.product_id)
        .outerjoin(StatementLine, StatementLine.posting_id == Posting.id)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(quantity != 0)
    )
    return Uninvoiced(query=query, quantity=quantity, amount=amount)


def invoice_without_goods() -> tuple[Select[Any], Any]:
    """Lines of booked invoices of which part is matched to nothing, and how much: billed ahead of their goods."""
    billed = (
        select(InvoiceMatch.line_id, func.sum(type_coerce(InvoiceMatch.billed, BigInteger)).label("billed"))
        .group_by(InvoiceMatch.line_id)
        .subquery()
    )
    left = type_coerce(type_coerce(InvoiceLine.amount, BigInteger) - func.coalesce(billed.c.billed, 0), Scaled())
    query = (
        select()
        .select_from(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Party, Party.id == Invoice.supplier_id)
        .outerjoin(Product, Product.id == InvoiceLine.product_id)
        .outerjoin(billed, billed.c.line_id == InvoiceLine.id)
        .where(Invoice.state.in_(IN_JOURNAL), type_coerce(left, BigInteger) != 0)
    )
    return query, left


@dataclass(frozen=True, kw_only=True)
class Payable:
    """What a supplier is owed by invoices, by how long it is overdue, and how long payments took."""

    supplier_id: int
    supplier: str
    name: str
    name_en: str
    not_due: Decimal
    to_30: Decimal
    to_60: Decimal
    to_90: Decimal
    over_90: Decimal
    open: Decimal
    paid_ahead: Decimal
    accrued: Decimal
    payment_days: int | None
    """From an invoice's coming in to its payment, weighted by what was paid; None where nothing was."""


def aged_payables(session: Session, on: date) -> Sequence[Payable]:
    """Every supplier that is owed something or was paid something, by its code."""
    days = _payment_days(session)
    open_ = type_coerce(Invoice.total, BigInteger) - type_coerce(Invoice.paid, BigInteger)

    def of(since: date | None, until: date | None) -> Any:
        within = Invoice.due_on >= since if since else Invoice.due_on == Invoice.due_on
        within = within & (Invoice.due_on < until) if until else within
        return type_coerce(func.coalesce(func.sum(case((within, open_), else_=0)), 0), Scaled())

    marks = [on - timedelta(days=most) for most in (0, *BUCKETS)]
    query = (
        select(
            Invoice.supplier_id,
            of(on, None),
            *(of(until, since) for since, until in pairwise(marks)),
            of(None, marks[-1]),
            of(None, None),
        )
        .where(Invoice.state.in_(IN_JOURNAL))
        .group_by(Invoice.supplier_id)
    )
    owed = {supplier: parts for supplier, *parts in session.execute(query)}
    goods = goods_without_invoice(session)
    accrued: dict[int, Decimal] = dict(
        session.execute(
            goods.query.add_columns(
                Posting.party_id, type_coerce(func.sum(type_coerce(goods.amount, BigInteger)), Scaled())
            ).group_by(Posting.party_id)
        ).all()
    )
    ahead = _ahead(session)
    suppliers = owed.keys() | accrued.keys() | {one for one, left in ahead.items() if left}
    nothing = [ZERO] * 6
    found = []
    for party in session.scalars(select(Party).where(Party.id.in_(suppliers)).order_by(Party.code)):
        parts = owed.get(party.id, nothing)
        found.append(
            Payable(
                supplier_id=party.id, supplier=party.code, name=party.name, name_en=party.name_en, not_due=parts[0],
                to_30=parts[1], to_60=parts[2], to_90=parts[3], over_90=parts[4], open=parts[5],
                paid_ahead=ahead.get(party.id, ZERO), accrued=accrued.get(party.id, ZERO),
                payment_days=days.get(party.id),
            )
        )  # fmt: skip
    return found


def _ahead(session: Session) -> dict[int, Decimal]:
    amount = type_coerce(Payment.amount, BigInteger)
    signed = case((Payment.way == "ahead", amount), (Payment.way == "from_ahead", -amount), else_=0)
    query = select(Payment.supplier_id, type_coerce(func.sum(signed), Scaled())).group_by(Payment.supplier_id)
    return dict(session.execute(query).all())


def _payment_days(session: Session) -> dict[int, int]:
    undone = aliased(Payment)
    query = (
        select(Payment.supplier_id, Payment.paid_on, Invoice.received_on, PaymentPart.amount)
        .join(PaymentPart, PaymentPart.payment_id == Payment.id)
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .where(Payment.reverses_id.is_(None), ~exists().where(undone.reverses_id == Payment.id))
    )
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for supplier, paid, received, amount in session.execute(query):
        weight, days = sums.get(supplier, (ZERO, ZERO))
        sums[supplier] = (weight + abs(amount), days + abs(amount) * (paid - received).days)
    return {supplier: int((days / weight).to_integral_value()) for supplier, (weight, days) in sums.items() if weight}
