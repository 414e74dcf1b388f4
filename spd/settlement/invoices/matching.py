"""This file is the match: lines of invoices against what was received or used, n to m, and what it comes to.

What the journal owes a supplier before invoices stands on accrued postings. A line of an invoice is for parts of
several of them, and one of them may be on several invoices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, exists, false, func, insert, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd import accounting, ledger
from spd.catalog import Lot, Product
from spd.core.columns import Scaled
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Item, Movement, MovementKind, Posting
from spd.settlement.invoices.likeliest import Chosen, OpenPosting, propose
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceState, InvoiceStep, stands
from spd.settlement.invoices.refusals import MatchTooMuch, NothingToMatch, NotThatInvoiceStep
from spd.settlement.models import Statement, StatementLine, StatementState

_PLACE = Decimal("0.0001")
SETTLING = (StatementState.CONFIRMED.value, StatementState.INVOICED.value)


def signed_quantity() -> Any:
    """Base units of an accrued posting: above zero where it is owed, below where it was undone."""
    return case((type_coerce(Posting.amount, BigInteger) < 0, Movement.quantity), else_=-Movement.quantity)


def matched_so_far(supplier_id: int | None = None) -> Any:
    """What of each posting invoices are matched to, as a subquery: posting_id, quantity, accrued; of a supplier's."""
    query = _summed()
    if supplier_id is not None:
        query = query.join(Posting, Posting.id == InvoiceMatch.posting_id).where(Posting.party_id == supplier_id)
    return query.subquery()


def matched_by_booked(at: datetime | None = None) -> Any:
    """The same of booked invoices alone: what the journal knows; now, or as it was at an instant."""
    return booked_matches(_summed(), at).subquery()


def booked_matches(query: Select[Any], at: datetime | None = None) -> Select[Any]:
    """A query of matches, of booked invoices alone; of those booked, and matches made, until an instant."""
    query = query.join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
    if at is None:
        booked = Invoice.state.in_((InvoiceState.BOOKED, InvoiceState.PAID))
        return query.join(Invoice, Invoice.id == InvoiceLine.invoice_id).where(booked)
    by_then = exists().where(
        InvoiceStep.invoice_id == InvoiceLine.invoice_id, InvoiceStep.step == "book", InvoiceStep.done_at <= at
    )
    return query.where(InvoiceMatch.matched_at <= at, by_then)


def _summed() -> Select[Any]:
    query: Any = select(
        InvoiceMatch.posting_id,
        func.sum(InvoiceMatch.quantity).label("quantity"),
        type_coerce(func.sum(type_coerce(InvoiceMatch.accrued, BigInteger)), Scaled()).label("accrued"),
    ).group_by(InvoiceMatch.posting_id)
    whole: Select[Any] = query
    return whole


def accrued_postings(accrued: frozenset[str], matched: Any) -> Select[Any]:
    """Postings on the accounts of what is accrued, with movements and items, and what `matched` says of each."""
    return (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(matched, matched.c.posting_id == Posting.id)
        .where(Posting.account.in_(accrued))
    )


def open_postings(
    session: Session, supplier_id: int, *, only: Sequence[int] | None = None, words: str = "", note: str = ""
) -> list[OpenPosting]:
    """What may be matched of a supplier, the oldest first: on no statement, or on one that is confirmed. `words`: of a
    product, lot, thing or statement in whose code or name they stand; `note`: of a delivery note, told apart."""
    matched = matched_so_far(supplier_id)
    quantity = signed_quantity()
    query = (
        accrued_postings(accounting.accrued_accounts(session), matched)
        .join(Lot, Lot.id == Item.lot_id)
        .outerjoin(StatementLine, StatementLine.posting_id == Posting.id)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(
            Posting.party_id == supplier_id,
            Statement.id.is_(None) | Statement.state.in_(SETTLING),
            func.coalesce(matched.c.quantity, 0) != quantity,
        )
        .add_columns(
            Posting.id,
            Item.product_id,
            Lot.code,
            quantity,
            Posting.amount,
            matched.c.quantity,
            matched.c.accrued,
            Movement.id,
            Movement.reverses_id,
            Item.receipt_line_id,
            _came_by(note),
        )
        .order_by(Movement.day_on, Posting.id)
    )
    if only is not None:
        query = query.where(Posting.id.in_(only))
    if words:
        named = (Product.code, Product.name, Product.name_en, Lot.code, Item.code, Statement.code)
        query = query.join(Product, Product.id == Item.product_id)
        query = query.where(or_(*(column.icontains(words, autoescape=True) for column in named)))
    return [
        OpenPosting(
            posting_id=posting_id, product_id=product_id, lot=lot, quantity=int(count), amount=-amount,
            matched=int(done or 0), accrued=accrued or ZERO, movement_id=movement, undoes_id=undoes,
            receipt_line_id=receipt, of_note=bool(of_note),
        )
        for posting_id, product_id, lot, count, amount, done, accrued, movement, undoes, receipt, of_note in
        session.execute(query)
    ]  # fmt: skip


def _came_by(note: str) -> ColumnElement[bool]:
    """Whether the goods of a posting came by a delivery note."""
    if not note:
        return false()
    came, item = aliased(Movement), aliased(Item)
    lines = select(item.receipt_line_id).join(came, came.item_id == item.id)
    lines = lines.where(came.document == note, came.kind == MovementKind.RECEIVE, item.receipt_line_id.is_not(None))
    return or_(Movement.document == note, func.coalesce(Item.receipt_line_id, 0).in_(lines))


def match(
    session: Session, occasion: Occasion, invoice: Invoice, chosen: Sequence[Chosen] | None = None
) -> list[InvoiceMatch]:
    """The matches made: those chosen, or where none are named the likeliest. No money moves here.

    Raises: NotThatInvoiceStep, NothingToMatch, MatchTooMuch.
    """
    ledger.hold_documents(session)
    if invoice.state == InvoiceState.WITHDRAWN:
        raise NotThatInvoiceStep(invoice=invoice.code, state=invoice.state)
    lines = lines_of(session, invoice)
    taken, billed = _taken(session, invoice)
    only = None if chosen is None else [one.posting_id for one in chosen]
    open_ = open_postings(session, invoice.supplier_id, only=only, note=invoice.delivery_note.strip())
    chosen = list(propose(lines, open_, taken)) if chosen is None else list(chosen)
    if not chosen:
        raise NothingToMatch(invoice=invoice.code)
    by_line = {line.line: line for line in lines}
    postings = {one.posting_id: one for one in open_}
    state: dict[int, tuple[int, Decimal]] = {one.posting_id: (one.matched, one.accrued) for one in open_}
    rows = []
    for one in chosen:
        line, posting = by_line.get(one.line), postings.get(one.posting_id)
        if line is None or posting is None:
            raise MatchTooMuch(line=one.line, posting=one.posting_id)
        done, accrued = state[one.posting_id]
        if not _within(done + one.quantity, posting.quantity) or one.quantity == 0:
            raise MatchTooMuch(line=one.line, posting=one.posting_id)
        count = taken[line.id] = taken.get(line.id, 0) + one.quantity
        so_far = to_cent(line.amount * count / line.quantity)
        share = (posting.amount * (done + one.quantity) / posting.quantity).quantize(_PLACE) - accrued
        rows.append(
            row(
                occasion, line, posting_id=one.posting_id, quantity=one.quantity, accrued=share,
                billed=so_far - billed.get(line.id, ZERO),
            )
        )  # fmt: skip
        billed[line.id] = so_far
        state[one.posting_id] = (done + one.quantity, accrued + share)
    for line in lines:
        if not _within(taken.get(line.id, 0), line.quantity):
            raise MatchTooMuch(line=line.line, posting=chosen[-1].posting_id)
    return write_matches(session, rows)


def row(
    occasion: Occasion, line: InvoiceLine, *, posting_id: int, quantity: int, accrued: Decimal, billed: Decimal
) -> dict[str, Any]:
    """A match as it is written."""
    return {
        "line_id": line.id, "posting_id": posting_id, "quantity": quantity, "accrued": accrued, "billed": billed,
        "matched_at": occasion.recorded_at, "staff_id": occasion.staff_id,
    }  # fmt: skip


def write_matches(session: Session, rows: Sequence[dict[str, Any]]) -> list[InvoiceMatch]:
    """The matches written, with their numbers."""
    return list(session.scalars(insert(InvoiceMatch).returning(InvoiceMatch), rows))


def take_back(session: Session, occasion: Occasion, made: Sequence[InvoiceMatch]) -> None:
    """Matches taken back: each has its opposite beside it from now on."""
    rows = [
        {
            "line_id": one.line_id, "posting_id": one.posting_id, "quantity": -one.quantity, "accrued": -one.accrued,
            "billed": -one.billed, "matched_at": occasion.recorded_at, "staff_id": occasion.staff_id,
            "undoes_id": one.id,
        }
        for one in made
    ]  # fmt: skip
    if rows:
        session.execute(insert(InvoiceMatch), rows)


def _within(part: int, whole: int) -> bool:
    return 0 <= part <= whole if whole > 0 else whole <= part <= 0


def _taken(session: Session, invoice: Invoice) -> tuple[dict[int, int], dict[int, Decimal]]:
    """What of each line is matched already: base units, and yuan."""
    found = matches_of(session, invoice)
    count: dict[int, int] = {}
    billed: dict[int, Decimal] = {}
    for one in found:
        count[one.line_id] = count.get(one.line_id, 0) + one.quantity
        billed[one.line_id] = billed.get(one.line_id, ZERO) + one.billed
    return count, billed


def lines_of(session: Session, invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice, in order."""
    query = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.line)
    return list(session.scalars(query))


def matches_of(session: Session, invoice: Invoice, at: datetime | None = None) -> list[InvoiceMatch]:
    """The matches of an invoice that stand, or stood at an instant, in order."""
    query = select(InvoiceMatch).join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id).where(stands(at))
    return list(session.scalars(query.where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceMatch.id)))
