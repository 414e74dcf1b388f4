"""This file is the proof of invoices: what is owed, billed and paid is what the journal says, supplier by supplier."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
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
    for invoice, count, total, parts in session.execute(_with_parts()):
        kept, there = (invoice.lines, invoice.total, invoice.paid), (count or 0, total or ZERO, parts or ZERO)
        if kept != there:
            says = f"says {kept[0]} lines, {kept[1]}, paid {kept[2]}; there are {there[0]}, {there[1]}, {there[2]}"
            yield _says("invoices", invoice.code, says)
        if invoice.state in IN_JOURNAL and (invoice.open == 0) != (invoice.state == InvoiceState.PAID):
            yield _says("invoices", invoice.code, f"is {invoice.state} with {invoice.open} open")


@cache
def _with_parts() -> Select[Any]:
    """Invoices with what their lines and payments come to."""
    lines = (
        select(InvoiceLine.invoice_id, func.count().label("lines"), _money(InvoiceLine.amount).label("total"))
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    paid = (
        select(PaymentPart.invoice_id, _money(PaymentPart.amount).label("paid")).group_by(PaymentPart.invoice_id)
    ).subquery()
    return (
        select(Invoice, lines.c.lines, lines.c.total, paid.c.paid)
        .outerjoin(lines, lines.c.invoice_id == Invoice.id)
        .outerjoin(paid, paid.c.invoice_id == Invoice.id)
    )


def _matches(session: Session) -> Iterator[Problem]:
    """No posting is matched to more than it has, no line to more than it says; matches stay within one supplier."""
    of_postings, over, strangers = _matched(accrued_accounts(session))
    for posting, amount, whole, part, accrued in session.execute(of_postings):
        full = int(part) == whole
        if not 0 <= part * (1 if whole > 0 else -1) <= abs(whole) or (full and accrued != -amount):
            says = f"{whole} for {-amount}, and invoices are matched to {part} for {accrued} of it"
            yield _says("postings", str(posting), says)
    for line, amount, part in session.execute(over):
        if abs(part) > abs(amount) or (part < 0 < amount) or (amount < 0 < part):
            yield _says("invoice_lines", str(line), f"bills {amount}, and {part} of it is matched")
    for number in session.scalars(strangers):
        yield _says("invoice_matches", str(number), "is for a posting of another supplier, or one that owes nothing")


@cache
def _matched(accrued: frozenset[str]) -> tuple[Select[Any], ...]:
    """Postings with what is matched to them, lines with what of them is, and matches to what is not accrued."""
    matched = matching.matched_so_far()
    quantity = matching.signed_quantity()
    of_postings = (
        matching.accrued_postings(accrued, matched)
        .where(matched.c.quantity.is_not(None))
        .add_columns(Posting.id, Posting.amount, quantity, matched.c.quantity, matched.c.accrued)
    )
    billed = (
        select(InvoiceMatch.line_id, _money(InvoiceMatch.billed).label("billed")).group_by(InvoiceMatch.line_id)
    ).subquery()
    over = select(InvoiceLine.id, InvoiceLine.amount, billed.c.billed).join(billed, billed.c.line_id == InvoiceLine.id)
    strangers = (
        select(InvoiceMatch.id)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Posting, Posting.id == InvoiceMatch.posting_id)
        .where((Posting.party_id != Invoice.supplier_id) | Posting.account.not_in(accrued))
    )
    return of_postings, over, strangers


_UNDONE = aliased(InvoiceMatch)


def _taken_back(session: Session) -> Iterator[Problem]:
    """What takes a match or a payment back is its exact opposite, and leaves nothing of a difference of price."""
    for query, (table, _, _, names, amounts) in zip(_opposites(), _TAKEN_BACK, strict=True):
        for back, one in session.execute(query):
            same = one is not None and all(getattr(one, name) == getattr(back, name) for name in names)
            if not same or any(getattr(one, name) != -getattr(back, name) for name in amounts):
                yield _says(table, str(back.id), "takes back another, and is not its opposite")
    for number in session.scalars(_LEFT):
        yield _says("invoice_variances", str(number), "the match is taken back, and its difference is not")


@cache
def _opposites() -> tuple[Select[Any], ...]:
    """What takes another back, beside that."""
    found: list[Select[Any]] = []
    for _, model, link, _, _ in _TAKEN_BACK:
        first: Any = aliased(model)
        found.append(select(model, first).outerjoin(first, first.id == link).where(link.is_not(None)))
    return tuple(found)


_TAKEN_BACK: tuple[tuple[str, Any, Any, tuple[str, ...], tuple[str, ...]], ...] = (
    ("invoice_matches", InvoiceMatch, InvoiceMatch.undoes_id, _OF_MATCH, ("quantity", "accrued", "billed")),
    ("payments", Payment, Payment.reverses_id, ("supplier_id", "way"), ("amount",)),
)
_LEFT = (
    select(InvoiceVariance.match_id)
    .join(_UNDONE, _UNDONE.undoes_id == InvoiceVariance.match_id)
    .group_by(InvoiceVariance.match_id, InvoiceVariance.on_hand, InvoiceVariance.department_id)
    .having(func.sum(type_coerce(InvoiceVariance.amount, BigInteger)) != 0)
)


def _accounts(session: Session) -> Iterator[Problem]:
    """The accounts of suppliers are what documents say: accrued and not billed, billed and not paid, and so on."""
    names = supplier_accounts(session)
    arisen = _by_supplier(session, _arisen(accrued_accounts(session)))
    settled, matched = {}, {}
    for supplier, accrued, billed in session.execute(_OF_MATCHES):
        settled[supplier], matched[supplier] = accrued, billed
    paid, total = _by_supplier(session, _PAID), _by_supplier(session, _TOTALS)
    turned = turning.turned(session)
    ahead, used = _by_supplier(session, _AHEAD), _by_supplier(session, _FROM_AHEAD)
    due = {
        names.accrued: _less(_less(settled, arisen), turned),
        names.taken_back: turned,
        names.owed: _less(paid, total),
        names.ahead_of_goods: _less(total, matched),
        names.paid_ahead: _less(ahead, used),
    }
    alone = {names.on_hand: session.scalar(_LYING) or ZERO, names.spent: session.scalar(_SPENT) or ZERO}
    held: dict[str, dict[int, Decimal]] = {}
    for account, supplier, amount in session.execute(_held(frozenset(due) | frozenset(alone))):
        held.setdefault(account, {})[supplier or 0] = amount
    for account, says in due.items():
        yield from _compare(account, held.get(account, {}), says)
    for account, amount in alone.items():
        there = sum(held.get(account, {}).values(), ZERO)
        if there != amount:
            yield _says("accounts", account, f"holds {there}, the documents say {amount}")


_BOOKED = Invoice.state.in_(IN_JOURNAL)
_OF_MATCHES: Select[Any] = (
    select(Invoice.supplier_id, _money(InvoiceMatch.accrued), _money(InvoiceMatch.billed))
    .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
    .join(InvoiceMatch, InvoiceMatch.line_id == InvoiceLine.id)
    .where(_BOOKED)
    .group_by(Invoice.supplier_id)
)
_TOTALS: Select[Any] = (
    select(Invoice.supplier_id, _money(Invoice.total)).where(_BOOKED).group_by(Invoice.supplier_id)
)  # fmt: skip
_PAID: Select[Any] = (
    select(Invoice.supplier_id, _money(PaymentPart.amount))
    .join(Invoice, Invoice.id == PaymentPart.invoice_id)
    .group_by(Invoice.supplier_id)
)
_WAYS: Select[Any] = select(Payment.supplier_id, _money(Payment.amount)).group_by(Payment.supplier_id)
_AHEAD, _FROM_AHEAD = (_WAYS.where(Payment.way == way) for way in (Way.AHEAD, Way.FROM_AHEAD))
_LYING = select(_money(InvoiceVariance.amount)).where(InvoiceVariance.on_hand)
_SPENT = select(_money(Payment.amount)).where(Payment.way != Way.FROM_AHEAD)


@cache
def _arisen(accrued: frozenset[str]) -> Select[Any]:
    """What movements made owed, by supplier."""
    return (
        select(Posting.party_id, -_money(Posting.amount))
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(Posting.account.in_(accrued), EntryRow.movement_id.is_not(None))
        .group_by(Posting.party_id)
    )


@cache
def _held(accounts: frozenset[str]) -> Select[Any]:
    """What each account holds, by supplier."""
    held = select(Posting.account, Posting.party_id, _money(Posting.amount)).where(Posting.account.in_(accounts))
    return held.group_by(Posting.account, Posting.party_id)


def _by_supplier(session: Session, query: Select[Any]) -> dict[int, Decimal]:
    return {supplier: amount for supplier, amount in session.execute(query) if supplier is not None}


def _less(one: dict[int, Decimal], other: dict[int, Decimal]) -> dict[int, Decimal]:
    return {supplier: one.get(supplier, ZERO) - other.get(supplier, ZERO) for supplier in one.keys() | other.keys()}


def _compare(account: str, held: dict[int, Decimal], due: dict[int, Decimal]) -> Iterator[Problem]:
    for supplier in sorted(held.keys() | due.keys()):
        there, said = held.get(supplier, ZERO), due.get(supplier, ZERO)
        if there != said:
            says = f"account {account} stands at {there} for this supplier, its documents say {said}"
            yield _says("parties", str(supplier), says)


def _says(table: str, row: str, says: str) -> Problem:
    return Problem(check="invoices", table=table, row=row, says=says)
