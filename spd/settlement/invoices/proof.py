"""This file is the proof of invoices: what is owed, billed and paid is what the journal says, supplier by supplier."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd.accounting import accrued_accounts, supplier_accounts
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import EntryRow, Posting
from spd.ledger.verify import Problem
from spd.settlement.invoices import matching, turning
from spd.settlement.invoices.models import (
    Invoice,
    InvoiceLine,
    InvoiceMatch,
    InvoiceState,
    InvoiceVariance,
    Payment,
    PaymentPart,
    Way,
)
from spd.settlement.invoices.progress import IN_JOURNAL

_OF_MATCH = ("line_id", "posting_id")


def problems(session: Session) -> list[Problem]:
    """Where invoices, their matches and payments are not what the journal says; an empty list is the proof."""
    return [*_invoices(session), *_matches(session), *_taken_back(session), *_accounts(session)]


def _money(column: Any) -> Any:
    return type_coerce(func.sum(type_coerce(column, BigInteger)), Scaled())


def _invoices(session: Session) -> Iterator[Problem]:
    """An invoice is the sum of its lines, has been paid by its payments, and is paid where nothing is open."""
    lines = (
        select(InvoiceLine.invoice_id, func.count().label("lines"), _money(InvoiceLine.amount).label("total"))
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    paid = (
        select(PaymentPart.invoice_id, _money(PaymentPart.amount).label("paid")).group_by(PaymentPart.invoice_id)
    ).subquery()
    query = (
        select(Invoice, lines.c.lines, lines.c.total, paid.c.paid)
        .outerjoin(lines, lines.c.invoice_id == Invoice.id)
        .outerjoin(paid, paid.c.invoice_id == Invoice.id)
    )
    for invoice, count, total, parts in session.execute(query):
        kept, there = (invoice.lines, invoice.total, invoice.paid), (count or 0, total or ZERO, parts or ZERO)
        if kept != there:
            says = f"says {kept[0]} lines, {kept[1]}, paid {kept[2]}; there are {there[0]}, {there[1]}, {there[2]}"
            yield _says("invoices", invoice.code, says)
        if invoice.state in IN_JOURNAL and (invoice.open == 0) != (invoice.state == InvoiceState.PAID):
            yield _says("invoices", invoice.code, f"is {invoice.state} with {invoice.open} open")


def _matches(session: Session) -> Iterator[Problem]:
    """No posting is matched to more than it has, no line to more than it says; matches stay within one supplier."""
    matched = matching.matched_so_far()
    quantity = matching.signed_quantity()
    query = (
        matching.accrued_postings(session, matched)
        .where(matched.c.quantity.is_not(None))
        .add_columns(Posting.id, Posting.amount, quantity, matched.c.quantity, matched.c.accrued)
    )
    for posting, amount, whole, part, accrued in session.execute(query):
        full = int(part) == whole
        if not 0 <= part * (1 if whole > 0 else -1) <= abs(whole) or (full and accrued != -amount):
            says = f"{whole} for {-amount}, and invoices are matched to {part} for {accrued} of it"
            yield _says("postings", str(posting), says)
    billed = (
        select(InvoiceMatch.line_id, _money(InvoiceMatch.billed).label("billed")).group_by(InvoiceMatch.line_id)
    ).subquery()
    over = select(InvoiceLine.id, InvoiceLine.amount, billed.c.billed).join(billed, billed.c.line_id == InvoiceLine.id)
    for line, amount, part in session.execute(over):
        if abs(part) > abs(amount) or (part < 0 < amount) or (amount < 0 < part):
            yield _says("invoice_lines", str(line), f"bills {amount}, and {part} of it is matched")
    strangers = (
        select(InvoiceMatch.id)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Posting, Posting.id == InvoiceMatch.posting_id)
        .where((Posting.party_id != Invoice.supplier_id) | Posting.account.not_in(accrued_accounts(session)))
    )
    for number in session.scalars(strangers):
        yield _says("invoice_matches", str(number), "is for a posting of another supplier, or one that owes nothing")


_UNDONE = aliased(InvoiceMatch)


def _taken_back(session: Session) -> Iterator[Problem]:
    """What takes a match or a payment back is its exact opposite, and leaves nothing of a difference of price."""
    for table, model, link, names, amounts in (
        ("invoice_matches", InvoiceMatch, InvoiceMatch.undoes_id, _OF_MATCH, ("quantity", "accrued", "billed")),
        ("payments", Payment, Payment.reverses_id, ("supplier_id", "way"), ("amount",)),
    ):
        first: Any = aliased(model)
        query: Select[Any] = select(model, first).outerjoin(first, first.id == link).where(link.is_not(None))
        for back, one in session.execute(query):
            same = one is not None and all(getattr(one, name) == getattr(back, name) for name in names)
            if not same or any(getattr(one, name) != -getattr(back, name) for name in amounts):
                yield _says(table, str(back.id), "takes back another, and is not its opposite")
    left = (
        select(InvoiceVariance.match_id)
        .join(_UNDONE, _UNDONE.undoes_id == InvoiceVariance.match_id)
        .group_by(InvoiceVariance.match_id, InvoiceVariance.on_hand, InvoiceVariance.department_id)
        .having(func.sum(type_coerce(InvoiceVariance.amount, BigInteger)) != 0)
    )
    for number in session.scalars(left):
        yield _says("invoice_variances", str(number), "the match is taken back, and its difference is not")


def _accounts(session: Session) -> Iterator[Problem]:
    """The accounts of suppliers are what documents say: accrued and not billed, billed and not paid, and so on."""
    names = supplier_accounts(session)
    booked = Invoice.state.in_(IN_JOURNAL)
    arisen = _by_supplier(
        session,
        select(Posting.party_id, -_money(Posting.amount))
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(Posting.account.in_(accrued_accounts(session)), EntryRow.movement_id.is_not(None))
        .group_by(Posting.party_id),
    )
    of_match = (
        select(Invoice.supplier_id, _money(InvoiceMatch.accrued), _money(InvoiceMatch.billed))
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .join(InvoiceMatch, InvoiceMatch.line_id == InvoiceLine.id)
        .where(booked)
        .group_by(Invoice.supplier_id)
    )
    settled, matched = {}, {}
    for supplier, accrued, billed in session.execute(of_match):
        settled[supplier], matched[supplier] = accrued, billed
    totals = select(Invoice.supplier_id, _money(Invoice.total)).where(booked).group_by(Invoice.supplier_id)
    paid = _by_supplier(
        session,
        select(Invoice.supplier_id, _money(PaymentPart.amount))
        .join(Invoice, Invoice.id == PaymentPart.invoice_id)
        .group_by(Invoice.supplier_id),
    )
    total = _by_supplier(session, totals)
    turned = turning.turned(session)
    ways = select(Payment.supplier_id, _money(Payment.amount)).group_by(Payment.supplier_id)
    ahead = _by_supplier(session, ways.where(Payment.way == Way.AHEAD))
    used = _by_supplier(session, ways.where(Payment.way == Way.FROM_AHEAD))
    for account, says in (
        (names.accrued, _less(_less(settled, arisen), turned)),
        (names.taken_back, turned),
        (names.owed, _less(paid, total)),
        (names.ahead_of_goods, _less(total, matched)),
        (names.paid_ahead, _less(ahead, used)),
    ):
        yield from _compare(session, account, says)
    lying = session.scalar(select(_money(InvoiceVariance.amount)).where(InvoiceVariance.on_hand)) or ZERO
    spent = session.scalar(select(_money(Payment.amount)).where(Payment.way != Way.FROM_AHEAD)) or ZERO
    for account, due in ((names.on_hand, lying), (names.spent, spent)):
        held = session.scalar(select(_money(Posting.amount)).where(Posting.account == account)) or ZERO
        if held != due:
            yield _says("accounts", account, f"holds {held}, the documents say {due}")


def _by_supplier(session: Session, query: Select[Any]) -> dict[int, Decimal]:
    return {supplier: amount for supplier, amount in session.execute(query) if supplier is not None}


def _less(one: dict[int, Decimal], other: dict[int, Decimal]) -> dict[int, Decimal]:
    return {supplier: one.get(supplier, ZERO) - other.get(supplier, ZERO) for supplier in one.keys() | other.keys()}


def _compare(session: Session, account: str, due: dict[int, Decimal]) -> Iterator[Problem]:
    query = (
        select(Posting.party_id, _money(Posting.amount)).where(Posting.account == account).group_by(Posting.party_id)
    )
    held = {supplier or 0: amount for supplier, amount in session.execute(query)}
    for supplier in sorted(held.keys() | due.keys()):
        there, said = held.get(supplier, ZERO), due.get(supplier, ZERO)
        if there != said:
            says = f"account {account} stands at {there} for this supplier, its documents say {said}"
            yield _says("parties", str(supplier), says)


def _says(table: str, row: str, says: str) -> Problem:
    return Problem(check="invoices", table=table, row=row, says=says)
