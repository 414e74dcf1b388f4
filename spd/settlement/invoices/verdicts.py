"""This file is what a match comes to: in full, another amount, another quantity, or none; of a line, or an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from spd import policies
from spd.core.money import CENT, ZERO
from spd.settlement.invoices.matching import lines_of, matches_of
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch


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


def statuses(session: Session, invoice: Invoice) -> dict[int, MatchStatus]:
    """What each line comes to, by its number on the invoice."""
    within = policies.several(session, "invoice.tolerance_cents", "invoice.tolerance_permille")
    parts: dict[int, list[InvoiceMatch]] = {}
    for one in matches_of(session, invoice):
        parts.setdefault(one.line_id, []).append(one)
    return {
        line.line: _status(
            line, parts.get(line.id, []), within["invoice.tolerance_cents"] * CENT, within["invoice.tolerance_permille"]
        )
        for line in lines_of(session, invoice)
    }


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
