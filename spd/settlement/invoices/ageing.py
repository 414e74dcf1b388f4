"""This file is what is open between goods, invoices and payments, and how old it is. 货票不同行."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd import payment_terms, policies
from spd.accounting import accrued_accounts
from spd.catalog import Product, products_at
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import EntryRow, Item, Posting
from spd.parties import parties_at
from spd.payment_terms import PaymentTerm
from spd.settlement.invoices import matching
from spd.settlement.invoices.models import (
    Invoice,
    InvoiceLine,
    InvoiceMatch,
    InvoiceState,
    InvoiceStep,
    Payment,
    PaymentPart,
)
from spd.settlement.invoices.progress import IN_JOURNAL
from spd.settlement.invoices.then import paid_until
from spd.settlement.lines_then import statement_lines_at
from spd.settlement.models import Statement

BUCKETS = (30, 60, 90)
"""Days up to which each class of age goes; the last is without end."""


def bucket_of(days: int) -> int:
    """The class of an age: 0 is up to thirty days, 3 is beyond ninety."""
    return sum(days > most for most in BUCKETS)


@dataclass(frozen=True, kw_only=True)
class Uninvoiced:
    """What a list of goods without invoices selects, as expressions; `product` and `party` are asked as the
    tables are."""

    query: Select[Any]
    product: Any
    party: Any
    quantity: Any
    amount: Any


def goods_without_invoice(session: Session) -> Uninvoiced:
    """Receipts and uses that are owed for and on no invoice yet, with product, item, supplier and statement."""
    return _without(session, matching.matched_so_far(), None)


def accrued_still(session: Session, at: datetime | None = None) -> Uninvoiced:
    """The same as the journal knows it: on no booked invoice; now, or as it was at an instant."""
    return _without(session, matching.matched_by_booked(at), at)


def _without(session: Session, matched: Any, at: datetime | None) -> Uninvoiced:
    quantity = matching.signed_quantity() - func.coalesce(matched.c.quantity, 0)
    amount = type_coerce(
        -type_coerce(Posting.amount, BigInteger) - func.coalesce(type_coerce(matched.c.accrued, BigInteger), 0),
        Scaled(),
    )
    product, party = products_at(at), parties_at(at)
    line = statement_lines_at(at)
    query = (
        matching.accrued_postings(accrued_accounts(session), matched)
        .join(party, party.id == Posting.party_id)
        .join(product, product.id == Item.product_id)
        .outerjoin(line, line.c.posting_id == Posting.id)
        .outerjoin(Statement, Statement.id == line.c.statement_id)
        .where(quantity != 0)
    )
    if at is not None:
        query = query.where(EntryRow.recorded_at <= at)
    return Uninvoiced(query=query, product=product, party=party, quantity=quantity, amount=amount)


def invoice_without_goods(at: datetime | None = None, *, entered: bool = False) -> tuple[Select[Any], Any, Any]:
    """Lines of booked invoices of which part is matched to nothing, and how much: billed ahead of their goods; now, or
    as it was at an instant; and the suppliers, to be asked as `Party` is. `entered`: of those too that are on record
    and not booked yet."""
    party = parties_at(at)
    summed = select(InvoiceMatch.line_id, func.sum(type_coerce(InvoiceMatch.billed, BigInteger)).label("billed"))
    summed = summed.group_by(InvoiceMatch.line_id)
    billed = (summed if at is None else summed.where(InvoiceMatch.matched_at <= at)).subquery()
    of = Invoice.state != InvoiceState.WITHDRAWN if entered else is_booked(at)
    left = type_coerce(type_coerce(InvoiceLine.amount, BigInteger) - func.coalesce(billed.c.billed, 0), Scaled())
    query = (
        select()
        .select_from(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(party, party.id == Invoice.supplier_id)
        .outerjoin(Product, Product.id == InvoiceLine.product_id)
        .outerjoin(billed, billed.c.line_id == InvoiceLine.id)
        .where(of, type_coerce(left, BigInteger) != 0)
    )
    return query, left, party


def is_booked(at: datetime | None = None) -> ColumnElement[bool]:
    """Whether an invoice is in the journal, or was at an instant."""
    return Invoice.state.in_(IN_JOURNAL) if at is None else booked_by(at)


def booked_by(at: datetime) -> ColumnElement[bool]:
    """Whether an invoice was in the journal at an instant: what is booked once stays so."""
    return exists().where(InvoiceStep.invoice_id == Invoice.id, InvoiceStep.step == "book", InvoiceStep.done_at <= at)


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
    terms: int
    """Days until an invoice that comes in that day falls due: as agreed, else by the hospital's policy."""


def aged_payables(session: Session, on: date, at: datetime | None = None) -> Sequence[Payable]:
    """Every supplier that is owed something or was paid something, by its code; now, or as it stood at an instant."""
    days = _payment_days(session, at)
    owed: dict[int, list[Decimal]] = {}
    for supplier, due, open_ in session.execute(_open_by_day(at)):
        parts = owed.setdefault(supplier, [ZERO] * (len(BUCKETS) + 2))
        parts[0 if due >= on else bucket_of((on - due).days) + 1] += open_
    goods = accrued_still(session, at)
    accrued: dict[int, Decimal] = dict(
        session.execute(
            goods.query.add_columns(
                Posting.party_id, type_coerce(func.sum(type_coerce(goods.amount, BigInteger)), Scaled())
            ).group_by(Posting.party_id)
        ).all()
    )
    ahead = _ahead(session, at)
    suppliers = owed.keys() | accrued.keys() | {one for one, left in ahead.items() if left}
    found = []
    agreed = payment_terms.terms_in_force(session, on, at=at)
    usual = int(policies.get(session, payment_terms.POLICY, at=at))
    known = parties_at(at)
    query = select(known.id, known.code, known.name, known.name_en).where(known.id.in_(suppliers))
    for party in session.execute(query.order_by(known.code)):
        parts = owed.get(party.id, [ZERO] * (len(BUCKETS) + 2))
        found.append(
            Payable(
                supplier_id=party.id, supplier=party.code, name=party.name, name_en=party.name_en, not_due=parts[0],
                to_30=parts[1], to_60=parts[2], to_90=parts[3], over_90=parts[4], open=sum(parts, ZERO),
                paid_ahead=ahead.get(party.id, ZERO), accrued=accrued.get(party.id, ZERO),
                payment_days=days.get(party.id), terms=_days_of(agreed.get(party.id), usual),
            )
        )  # fmt: skip
    return found


def _days_of(term: PaymentTerm | None, usual: int) -> int:
    return usual if term is None or term.days is None else term.days


def _open_by_day(at: datetime | None) -> Any:
    """(supplier, day due, what is open) of booked invoices; as of an instant by steps and payments until then."""
    total = type_coerce(func.sum(type_coerce(Invoice.total, BigInteger)), BigInteger)
    if at is None:
        paid = type_coerce(func.sum(type_coerce(Invoice.paid, BigInteger)), BigInteger)
        query = select(Invoice.supplier_id, Invoice.due_on, type_coerce(total - paid, Scaled()))
        return query.where(Invoice.state.in_(IN_JOURNAL)).group_by(Invoice.supplier_id, Invoice.due_on)
    parts, booked = paid_until(at), booked_by(at)
    paid = type_coerce(func.coalesce(func.sum(parts.c.paid), 0), BigInteger)
    query = select(Invoice.supplier_id, Invoice.due_on, type_coerce(total - paid, Scaled()))
    query = query.outerjoin(parts, parts.c.invoice_id == Invoice.id).where(booked)
    return query.group_by(Invoice.supplier_id, Invoice.due_on)


def _ahead(session: Session, at: datetime | None) -> dict[int, Decimal]:
    amount = type_coerce(Payment.amount, BigInteger)
    signed = case((Payment.way == "ahead", amount), (Payment.way == "from_ahead", -amount), else_=0)
    query = select(Payment.supplier_id, type_coerce(func.sum(signed), Scaled())).group_by(Payment.supplier_id)
    if at is not None:
        query = query.where(Payment.recorded_at <= at)
    return dict(session.execute(query).all())


_UNDONE = aliased(Payment)


def _payment_days(session: Session, at: datetime | None) -> dict[int, int]:
    until = Payment.recorded_at <= at if at is not None else Payment.id > 0
    by_then = _UNDONE.recorded_at <= at if at is not None else _UNDONE.id > 0
    query = (
        select(Payment.supplier_id, Payment.paid_on, Invoice.received_on, PaymentPart.amount)
        .join(PaymentPart, PaymentPart.payment_id == Payment.id)
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .where(Payment.reverses_id.is_(None), until, ~exists().where(_UNDONE.reverses_id == Payment.id, by_then))
    )
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for supplier, paid, received, amount in session.execute(query):
        weight, days = sums.get(supplier, (ZERO, ZERO))
        sums[supplier] = (weight + abs(amount), days + abs(amount) * (paid - received).days)
    return {supplier: int((days / weight).to_integral_value()) for supplier, (weight, days) in sums.items() if weight}
