"""This file is statements and their lines as they are listed. No department, stay or person is selected."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from spd.catalog import Lot, Product
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.settlement.models import Statement, StatementLine
from spd.settlement.steps import seen_by


def select_statements(suppliers: Collection[int] | None = None) -> Select[Any]:
    """Statements with their suppliers; of these suppliers, once sent, where they are named."""
    query = select().select_from(Statement).join(Party, Party.id == Statement.supplier_id)
    return query if suppliers is None else query.where(seen_by(suppliers))


def select_lines(statement_id: int) -> Select[Any]:
    """The lines of a statement with the goods and movements behind them."""
    return (
        select()
        .select_from(StatementLine)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == StatementLine.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(StatementLine.statement_id == statement_id)
    )
