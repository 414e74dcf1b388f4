"""This file is what a match comes to: in full, another amount, another quantity, or none; of a line, or an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from spd import policies
from spd.core.money import CENT, ZERO
from spd.settlement.invoices.matching import lines_of, matches_of
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, stands

_UNIT = Decimal("0.0001")  # money in the database is whole ones of these


class MatchStatus(StrEnum):
    """What a line, or a whole invoice, comes to."""

    MATCHED = "matched"
    """完全匹配"""
    AMOUNT = "amount"
    """金额差异: the quantity agrees, the price does not, beyond the tolerance."""
    QUANTITY = "quantity"
    """数量差异: part of the quantity has nothing to be for."""
    UNMATCHED = "unmatched"
    """未匹配"""


def statuses(session: Session, invoice: Invoice, at: datetime | None = None) -> dict[int, MatchStatus]:
    """What each line comes to, or came to at an instant, by its number on the invoice."""
    within = _within(session, at)
    parts: dict[int, list[InvoiceMatch]] = {}
    for one in matches_of(session, invoice, at):
        parts.setdefault(one.line_id, []).append(one)
    return {
        line.line: _status(
            line, parts.get(line.id, []), within["invoice.tolerance_cents"] * CENT, within["invoice.tolerance_permille"]
        )
        for line in lines_of(session, invoice)
    }


_RANKS = (MatchStatus.MATCHED, MatchStatus.AMOUNT, MatchStatus.QUANTITY, MatchStatus.UNMATCHED)
"""From the best to the worst."""


def _within(session: Session, at: datetime | None) -> dict[str, Any]:
    return {
        name: policies.get(session, name, at=at) for name in ("invoice.tolerance_cents", "invoice.tolerance_permille")
    }


def verdict_seen(session: Session, at: datetime | None = None) -> Any:
    """What an invoice comes to, or came to at an instant, as a column of a list of invoices: asked of those alone that
    are shown."""
    within = _within(session, at)
    cents, permille = int(within["invoice.tolerance_cents"] * CENT / _UNIT), int(within["invoice.tolerance_permille"])
    of, best, worst_ = InvoiceLine.invoice_id == Invoice.id, 0, len(_RANKS) - 1
    rank = _rank(cents, permille, at)
    lowest, highest = (
        select(which(rank)).where(of).correlate(Invoice).scalar_subquery() for which in (func.min, func.max)
    )
    quantity = _RANKS.index(MatchStatus.QUANTITY)
    return case(
        (lowest == worst_, MatchStatus.UNMATCHED.value),
        (highest >= quantity, MatchStatus.QUANTITY.value),
        (highest > best, MatchStatus.AMOUNT.value),
        else_=MatchStatus.MATCHED.value,
    )


def _rank(cents: int, permille: int, at: datetime | None) -> Any:
    """Which of `_RANKS` a line comes to."""

    def matched(amount: Any) -> Any:
        query = select(amount).where(InvoiceMatch.line_id == InvoiceLine.id, stands(at))
        return query.correlate(InvoiceLine).scalar_subquery()

    accrued, billed = (
        matched(func.sum(type_coerce(column, BigInteger))) for column in (InvoiceMatch.accrued, InvoiceMatch.billed)
    )
    counted = or_(InvoiceLine.product_id.is_(None), matched(func.sum(InvoiceMatch.quantity)) == InvoiceLine.quantity)
    off = func.abs(billed - accrued)
    return case(
        (billed.is_(None), _RANKS.index(MatchStatus.UNMATCHED)),
        (or_(billed != type_coerce(InvoiceLine.amount, BigInteger), ~counted), _RANKS.index(MatchStatus.QUANTITY)),
        (or_(off <= cents, off * 1000 <= func.abs(accrued) * permille), _RANKS.index(MatchStatus.MATCHED)),
        else_=_RANKS.index(MatchStatus.AMOUNT),
    )


def _status(line: InvoiceLine, parts: Sequence[InvoiceMatch], cents: Decimal, permille: int) -> MatchStatus:
    if not parts:
        return MatchStatus.UNMATCHED
    accrued, billed = sum((one.accrued for one in parts), ZERO), sum((one.billed for one in parts), ZERO)
    counted = line.product_id is None or sum(one.quantity for one in parts) == line.quantity
    if billed != line.amount or not counted:
        return MatchStatus.QUANTITY
    tolerated = max(cents, abs(accrued) * permille / 1000)
    return MatchStatus.MATCHED if abs(billed - accrued) <= tolerated else MatchStatus.AMOUNT


def worst(found: Sequence[MatchStatus]) -> MatchStatus:
    """What a whole invoice comes to: unmatched where no line is matched, else its worst line."""
    if all(one is MatchStatus.UNMATCHED for one in found):
        return MatchStatus.UNMATCHED
    if any(one in (MatchStatus.UNMATCHED, MatchStatus.QUANTITY) for one in found):
        return MatchStatus.QUANTITY
    return MatchStatus.AMOUNT if MatchStatus.AMOUNT in found else MatchStatus.MATCHED
