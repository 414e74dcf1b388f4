"""This file is what of a statement no invoice is matched to, and an invoice over all of it matched to that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import Movement, Posting
from spd.settlement.invoices import matching
from spd.settlement.invoices.models import Invoice, InvoiceMatch
from spd.settlement.models import Statement, StatementLine


def rest_of(session: Session, occasion: Occasion, statement: Statement) -> tuple[list[dict[str, Any]], Decimal]:
    """What of a statement no invoice is matched to, as matches, and what it comes to: rounded as on the statement."""
    matched = matching.matched_so_far(statement.supplier_id)
    query = (
        select(StatementLine, -Posting.amount, matching.signed_quantity(), matched.c.quantity, matched.c.accrued)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .join(Movement, Movement.id == StatementLine.movement_id)
        .outerjoin(matched, matched.c.posting_id == StatementLine.posting_id)
        .where(StatementLine.statement_id == statement.id)
        .order_by(StatementLine.line)
    )
    rows, total = [], ZERO
    for line, amount, whole, quantity, accrued in session.execute(query):
        left, owed = int(whole) - int(quantity or 0), amount - (accrued or ZERO)
        if left == 0:
            continue
        if abs(left) > abs(line.quantity):  # the line is of a part, and the invoice of the other part is taken back
            left, owed = line.quantity, line.amount
        billed = line.billed if left == line.quantity else to_cent(owed)
        total += billed
        rows.append(
            {
                "posting_id": line.posting_id, "quantity": left, "accrued": owed, "billed": billed,
                "matched_at": occasion.recorded_at, "staff_id": occasion.staff_id,
            }
        )  # fmt: skip
    return rows, total


def match_rest(session: Session, occasion: Occasion, invoice: Invoice) -> list[InvoiceMatch]:
    """The matches of an invoice whose one line is a whole statement; none where it is another's, or comes to more."""
    ledger.hold_documents(session)
    lines = matching.lines_of(session, invoice)
    named = select(Statement).where(Statement.code == invoice.note, Statement.supplier_id == invoice.supplier_id)
    statement = session.scalars(named).one_or_none() if len(lines) == 1 and lines[0].product_id is None else None
    if statement is None or matching.matches_of(session, invoice):
        return []
    rows, total = rest_of(session, occasion, statement)
    if total != lines[0].amount:
        return []
    return matching.write_matches(session, [row | {"line_id": lines[0].id} for row in rows])
