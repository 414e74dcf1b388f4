"""This file is what a line of the journal is the sum of, where a document made it and no movement stands behind it.

Nothing of this is kept beside the entry: it is worked out again from what is never changed, so it can be held against
the line for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Select, func, select, true, type_coerce
from sqlalchemy.orm import Session, aliased

from spd.accounting import DocumentEvent, accrued_accounts, classes_on, load_rules
from spd.accounting.charged import BEARING, EVENTS, act_of
from spd.catalog import Product
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Account, DocumentEntry, EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.settlement.invoices import matching, turning
from spd.settlement.invoices.models import AccrualRun, AccrualTurn, Invoice, InvoiceLine, InvoiceMatch, InvoiceVariance


class MadeOf(StrEnum):
    """Of what kind the parts of a line are."""

    DIFFERENCES = "differences"
    """Shares of the differences of invoices' matches."""
    GOODS = "goods"
    """Receipts, accrued and on no booked invoice."""
    LOSSES = "losses"
    """What the losses of a document cost, which a person owes, or what of them has turned up again."""
    TURNS = "turns"
    """What the turn of the month before took back, and what of it invoices have booked since."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one line: `query` selects nothing yet, `of` is what there is to show of each, by name."""

    made_of: MadeOf
    amount: Decimal
    """The line's own."""
    query: Select[Any]
    of: Mapping[str, Any]
    key: Any
    """What tells two parts apart."""

    def total(self, session: Session) -> Decimal:
        """What the parts come to: the line's amount."""
        summed = self.query.add_columns(type_coerce(func.sum(type_coerce(self.of["amount"], BigInteger)), Scaled()))
        return session.scalar(summed) or ZERO


_DIFFERING = frozenset(
    {DocumentEvent.INVOICE, DocumentEvent.INVOICE_MATCHED, DocumentEvent.INVOICE_UNMATCHED,
     DocumentEvent.VARIANCE_RELEASED}
)  # fmt: skip


def parts_of(session: Session, posting: Posting) -> Parts | None:
    """What a line is the sum of; None where it is of a movement, or its document says it."""
    entry = session.get_one(EntryRow, posting.entry_id)
    if entry.document_entry_id is None:
        return None
    cost = session.scalar(select(Account.kind).where(Account.code == posting.account)) in BEARING
    if not has_parts(entry.event, "expense" if cost else ""):
        return None
    if entry.event in EVENTS:
        return _losses(session, posting, entry)
    if entry.event in _DIFFERING:
        return _differences(session, posting, entry, cost=cost)
    return _BY_EVENT[entry.event](session, posting, entry, -_sign(session, posting, entry))


def has_parts(event: str, account_kind: str) -> bool:
    """Whether a line is the sum of parts, by its event and the kind of its account; what an invoice says of others is
    on its page."""
    whole = event == DocumentEvent.VARIANCE_RELEASED or event in _BY_EVENT or event in EVENTS
    return whole or (account_kind in BEARING and event in _DIFFERING)


def _sign(session: Session, posting: Posting, entry: EntryRow) -> int:
    """Whether the rules of its month put an amount of the event on the line's account as it is, or turned round."""
    rules = load_rules(session, posting.period)[entry.event]
    return next(rule.sign for rule in rules if rule.account == posting.account)


def _signed(sign: int, amount: Any) -> Any:
    return type_coerce(sign * type_coerce(amount, BigInteger), Scaled())


def _differences(session: Session, posting: Posting, entry: EntryRow, *, cost: bool) -> Parts:
    """The shares posted with an entry: a line of cost has its department's and product's that its account bears, the
    goods all of them."""
    query = (
        select()
        .select_from(InvoiceVariance)
        .join(InvoiceMatch, InvoiceMatch.id == InvoiceVariance.match_id)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(Party, Party.id == Invoice.supplier_id)
        .join(Posting, Posting.id == InvoiceMatch.posting_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .where(InvoiceVariance.document_entry_id == entry.document_entry_id, InvoiceVariance.on_hand.is_(False))
    )
    if cost:
        query = query.where(
            InvoiceVariance.department_id.is_not_distinct_from(posting.department_id),
            true() if posting.product_id is None else Item.product_id == posting.product_id,
        )
        event = entry.event if entry.event == DocumentEvent.VARIANCE_RELEASED else DocumentEvent.VARIANCE_USED
        classes = classes_on(load_rules(session, posting.period), event, posting.account)
        if posting.department_id is not None and "" not in classes:
            query = query.where(InvoiceVariance.cost_class.in_(classes))
    of = _of_goods() | {
        "document": Invoice.code, "line": InvoiceLine.line, "quantity": InvoiceMatch.quantity,
        "amount": _signed(1 if cost else -1, InvoiceVariance.amount),
    }  # fmt: skip
    return Parts(made_of=MadeOf.DIFFERENCES, amount=posting.amount, query=query, of=of, key=InvoiceVariance.id)


def _of_goods() -> dict[str, Any]:
    return {"day_on": Movement.day_on, "event": EntryRow.event, "item": Item.code, "supplier": Party.code}


def _losses(session: Session, posting: Posting, entry: EntryRow) -> Parts:
    """The postings of the losses that were approved, or came back, in the same act: a line of cost has its own."""
    act = act_of(session, session.get_one(DocumentEntry, entry.document_entry_id))
    lost = aliased(Posting)
    query = (
        select()
        .select_from(lost)
        .join(Account, (Account.code == lost.account) & Account.kind.in_(BEARING))
        .join(EntryRow, EntryRow.id == lost.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .outerjoin(Party, Party.id == Item.supplier_id)
        .where(
            Movement.request_key == act,
            EntryRow.event.contains("loss"),
            lost.department_id.is_(None) == (entry.event == EVENTS[0]),
        )
    )
    bearing = session.scalar(select(Account.kind).where(Account.code == posting.account)) in BEARING
    if bearing:
        query = query.where(lost.department_id.is_not_distinct_from(posting.department_id))
        if posting.product_id is not None:
            query = query.where(lost.product_id == posting.product_id)
    of = _of_goods() | {"quantity": Movement.quantity, "amount": _signed(-1 if bearing else 1, lost.amount)}
    return Parts(made_of=MadeOf.LOSSES, amount=posting.amount, query=query, of=of, key=lost.id)


def _run_of(session: Session, entry: EntryRow) -> AccrualRun:
    of = select(DocumentEntry.document_id).where(DocumentEntry.id == entry.document_entry_id)
    return session.get_one(AccrualRun, session.scalars(of).one())


def _goods(session: Session, posting: Posting, entry: EntryRow, sign: int) -> Parts:
    """The receipts that were accrued by the end of the month, less what was on booked invoices at the turn."""
    run = _run_of(session, entry)
    goods = turning.uninvoiced(accrued_accounts(session), run.period, at=run.at)
    query = goods.query.join(Party, Party.id == Posting.party_id).join(Product, Product.id == Item.product_id)
    if posting.party_id is not None:
        query = query.where(Posting.party_id == posting.party_id)
    of = _of_goods() | {
        "quantity": matching.signed_quantity(),
        "accrued": _signed(-1, Posting.amount),
        "amount": _signed(sign, goods.left),
    }
    return Parts(made_of=MadeOf.GOODS, amount=posting.amount, query=query.where(goods.left != 0), of=of, key=Posting.id)


def _turns(session: Session, posting: Posting, entry: EntryRow, sign: int) -> Parts:
    """What was taken back at the turn before, and what invoices booked of it until this one."""
    run = _run_of(session, entry)
    before = select(func.max(AccrualRun.id)).where(AccrualRun.id < run.id, AccrualRun.takes_back).scalar_subquery()
    query = (
        select()
        .select_from(AccrualTurn)
        .join(DocumentEntry, DocumentEntry.id == AccrualTurn.document_entry_id)
        .join(EntryRow, EntryRow.document_entry_id == DocumentEntry.id)
        .join(Party, Party.id == AccrualTurn.supplier_id)
        .where(AccrualTurn.run_id == before, AccrualTurn.event != DocumentEvent.ACCRUAL_AGAIN)
        .where(AccrualTurn.document_entry_id < entry.document_entry_id)
    )
    if posting.party_id is not None:
        query = query.where(AccrualTurn.supplier_id == posting.party_id)
    of = {
        "day_on": EntryRow.day_on, "event": AccrualTurn.event, "document": DocumentEntry.document,
        "kind": DocumentEntry.kind, "period": EntryRow.period, "supplier": Party.code,
        "amount": _signed(sign, AccrualTurn.amount),
    }  # fmt: skip
    return Parts(made_of=MadeOf.TURNS, amount=posting.amount, query=query, of=of, key=AccrualTurn.id)


_BY_EVENT: dict[str, Callable[[Session, Posting, EntryRow, int], Parts]] = {
    DocumentEvent.ACCRUAL_BACK: _goods,
    DocumentEvent.ACCRUAL_AGAIN: _turns,
}
