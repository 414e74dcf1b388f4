"""This file is where the differences of price of an invoice lie now: on goods on hand, or with who used them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, select, true, type_coerce
from sqlalchemy.orm import Session

from spd.core.columns import Scaled
from spd.ledger import DocumentEntry, EntryRow, Item, Movement, Posting
from spd.places import departments_at
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceVariance, stands
from spd.settlement.lines_then import statement_lines_at
from spd.settlement.models import Statement


@dataclass(frozen=True, kw_only=True)
class Lying:
    """A part of an invoice's differences: on hand, or a department's; of neither where goods are gone otherwise."""

    on_hand: bool
    department: str
    name: str
    name_en: str
    amount: Decimal


def _sum(amount: Any) -> Any:
    return type_coerce(func.sum(type_coerce(amount, BigInteger)), Scaled())


def differences_lying(session: Session, invoice: Invoice, at: datetime | None = None) -> Sequence[Lying]:
    """The parts that are not nothing, now or as of an instant; on hand first. Together they are what is billed less
    what was accrued."""
    amount, bearing = _sum(InvoiceVariance.amount), departments_at(at)
    keys = (
        InvoiceVariance.on_hand, func.coalesce(bearing.code, ""), func.coalesce(bearing.name, ""),
        func.coalesce(bearing.name_en, ""),
    )  # fmt: skip
    query = (
        select(*keys, amount)
        .join(InvoiceMatch, InvoiceMatch.id == InvoiceVariance.match_id)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .outerjoin(bearing, bearing.id == InvoiceVariance.department_id)
        .where(InvoiceLine.invoice_id == invoice.id, _posted_by(at))
        .group_by(*keys)
        .order_by(InvoiceVariance.on_hand.desc(), keys[1])
    )
    return [
        Lying(on_hand=on_hand, department=code, name=name, name_en=name_en, amount=part)
        for on_hand, code, name, name_en, part in session.execute(query)
        if part
    ]


def _posted_by(at: datetime | None) -> ColumnElement[bool]:
    """Whether a part of a difference was posted until an instant."""
    if at is None:
        return true()
    by_then = select(DocumentEntry.id).where(DocumentEntry.recorded_at <= at)
    return InvoiceVariance.document_entry_id.in_(by_then)


def select_matches(invoice_id: int, at: datetime | None = None) -> tuple[Select[Any], dict[str, Any]]:
    """The matches of an invoice that stand, or stood at an instant, with goods, movements and statements; and by name
    what is on hand and what was used of each one's difference."""
    line = statement_lines_at(at)
    parts = (
        select(
            InvoiceVariance.match_id,
            _sum(case((InvoiceVariance.on_hand, InvoiceVariance.amount), else_=0)).label("on_hand"),
            _sum(case((InvoiceVariance.on_hand, 0), else_=InvoiceVariance.amount)).label("used"),
        )
        .where(_posted_by(at))
        .group_by(InvoiceVariance.match_id)
        .subquery()
    )
    query = (
        select()
        .select_from(InvoiceMatch)
        .join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
        .join(Posting, Posting.id == InvoiceMatch.posting_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(line, line.c.posting_id == Posting.id)
        .outerjoin(Statement, Statement.id == line.c.statement_id)
        .outerjoin(parts, parts.c.match_id == InvoiceMatch.id)
        .where(InvoiceLine.invoice_id == invoice_id, stands(at))
    )
    return query, {"on_hand": parts.c.on_hand, "used": parts.c.used}
