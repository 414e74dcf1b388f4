"""This file is the checks of what closed months are remembered by: cells are their postings, stock ties out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.ledger import flows, kept
from spd.ledger.kept import ClosedCell
from spd.ledger.models import Posting
from spd.ledger.months import shifted
from spd.ledger.moved import Part, Span
from spd.ledger.verify.problem import Problem


def kept_months(session: Session) -> Iterator[Problem]:
    """What is kept of every closed month is what happened in it."""
    closings = kept.closings(session)
    for period in sorted(closings):
        yield from _cells(session, period)
        if shifted(period, -1) in closings:
            yield from _stock(session, period)


def _cells(session: Session, period: str) -> Iterator[Problem]:
    was, now = (_by_cell(session, kind, period) for kind in (ClosedCell, Posting))
    for key in sorted(was.keys() | now.keys(), key=str):
        if was.get(key) != now.get(key):
            where = ", ".join(str(part) for part in key)
            says = f"{where}: {was.get(key, 0)} kept, {now.get(key, 0)} now"
            yield Problem(check="kept months", table="closed_cells", row=period, says=says)


def _by_cell(session: Session, kind: Any, period: str) -> dict[Any, Decimal]:
    parts = (kind.account, kind.department_id, kind.product_class, kind.chargeable)
    query = select(*parts, func.sum(kind.amount)).where(kind.period == period).group_by(*parts)
    if kind is ClosedCell:
        query = query.where(kept.latest(ClosedCell))
    return {tuple(key): amount for *key, amount in session.execute(query)}


def _stock(session: Session, period: str) -> Iterator[Problem]:
    left: dict[tuple[int, str], Decimal] = {}
    for one in flows.stock(session, Span(first=period, last=period)):
        key = (one.department_id, one.product_class)
        left[key] = left.get(key, Decimal(0)) + (-one.amount if one.part == Part.CLOSING else one.amount)
    for (department, product_class), amount in sorted(left.items()):
        if amount:
            says = f"department {department}, {product_class}: {amount} left over between opening, changes and closing"
            yield Problem(check="kept months", table="closed_stock", row=period, says=says)
