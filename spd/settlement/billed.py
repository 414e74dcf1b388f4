"""This file is whether what a movement made owed is billed: by its statement, or by an invoice without one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from spd.ledger import EntryRow, Item, Movement, MovementKind, Posting
from spd.places import End
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceState, stands
from spd.settlement.models import Statement, StatementLine, StatementState

_TOLD = (
    StatementState.SENT, StatementState.DISPUTED, StatementState.CONFIRMED, StatementState.INVOICED,
    StatementState.PAID,
)  # fmt: skip
"""From these states on the supplier has it."""


def billed_apart() -> Any:
    """How far what a movement undoes is on invoices of its own, whatever else is on its statement, as a column beside
    the movement: invoiced (booked or not: its supplier has billed it), paid, or none."""
    entry = aliased(EntryRow)
    return _billed(entry).where(entry.movement_id == Movement.reverses_id).correlate(Movement).scalar_subquery()


def _billed(entry: Any) -> Any:
    posting = aliased(Posting)
    unpaid = func.sum(case((Invoice.state != InvoiceState.PAID.value, 1), else_=0))
    return (
        select(case((unpaid > 0, StatementState.INVOICED.value), (unpaid == 0, StatementState.PAID.value)))
        .select_from(entry)
        .join(posting, posting.entry_id == entry.id)
        .join(InvoiceMatch, InvoiceMatch.posting_id == posting.id)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(stands())
    )


def came_on() -> Any:
    """The last statement on which goods that go back to their supplier came in, as a column beside movement and item;
    none of other movements."""
    item, came, line, of = aliased(Item), aliased(Movement), aliased(StatementLine), aliased(Statement)
    query = (
        select(func.max(line.statement_id))
        .select_from(item)
        .join(came, came.item_id == item.id)
        .join(line, line.movement_id == came.id)
        .join(of, (of.id == line.statement_id) & (of.state != StatementState.DRAFT.value))
        .where(item.receipt_line_id == Item.receipt_line_id, line.quantity > 0)
    )
    return case((_GOES_BACK, query.correlate(Item).scalar_subquery()))


def came_billed() -> Any:
    """How far goods that go back to their supplier are on invoices, in the same way."""
    item, came, entry = aliased(Item), aliased(Movement), aliased(EntryRow)
    query = _billed(entry).join(came, came.id == entry.movement_id).join(item, item.id == came.item_id)
    query = query.where(item.receipt_line_id == Item.receipt_line_id, InvoiceMatch.quantity > 0)
    return case((_GOES_BACK, query.correlate(Item).scalar_subquery()))


_GOES_BACK = and_(Movement.kind == MovementKind.RETURN, Movement.to_location_id == End.SUPPLIER)


def is_settled(movement_id: Any) -> ColumnElement[bool]:
    """Whether what a movement made owed is on a statement that its supplier has, or on a booked invoice."""
    stated = exists().where(
        StatementLine.movement_id == movement_id, StatementLine.statement_id == Statement.id,
        Statement.state.in_(_TOLD),
    )  # fmt: skip
    billed = exists().where(
        EntryRow.movement_id == movement_id, Posting.entry_id == EntryRow.id, InvoiceMatch.posting_id == Posting.id,
        InvoiceMatch.line_id == InvoiceLine.id, InvoiceLine.invoice_id == Invoice.id, stands(),
        Invoice.state.in_((InvoiceState.BOOKED.value, InvoiceState.PAID.value)),
    )  # fmt: skip
    return or_(stated, billed)
