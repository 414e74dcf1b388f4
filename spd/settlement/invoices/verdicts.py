"""This file is what a match comes to: in full, another amount, another quantity, or none; of a line, or an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Subquery, case, func, or_, select, type_coerce
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


def verdicts_seen(session: Session) -> tuple[Subquery, Any]:
    """What every invoice comes to now, for a list: a table to join by `invoice_id`, and its column."""
    within = policies.several(session, "invoice.tolerance_cents", "invoice.tolerance_permille")
    cents, permille = int(within["invoice.tolerance_cents"] * CENT / _UNIT), int(within["invoice.tolerance_permille"])
    accrued, billed = (type_coerce(column, BigInteger) for column in (InvoiceMatch.accrued, InvoiceMatch.billed))
    parts = (
        select(
            InvoiceMatch.line_id, func.sum(InvoiceMatch.quantity).label("quantity"),
            func.sum(accrued).label("accrued"), func.sum(billed).label("billed"),
        )
        .where(stands())
        .group_by(InvoiceMatch.line_id)
        .subquery()
    )  # fmt: skip
    part = parts.c
    off = func.abs(part.billed - part.accrued)
    counted = or_(InvoiceLine.product_id.is_(None), part.quantity == InvoiceLine.quantity)
    found = case(
        (part.line_id.is_(None), MatchStatus.UNMATCHED.value),
        (or_(part.billed != type_coerce(InvoiceLine.amount, BigInteger), ~counted), MatchStatus.QUANTITY.value),
        (or_(off <= cents, off * 1000 <= func.abs(part.accrued) * permille), MatchStatus.MATCHED.value),
        else_=MatchStatus.AMOUNT.value,
    )
    lines = (
        select(InvoiceLine.invoice_id, found.label("status")).outerjoin(parts, part.line_id == InvoiceLine.id)
    ).subquery()

    def number(*which: MatchStatus) -> Any:
        return func.sum(case((lines.c.status.in_([one.value for one in which]), 1), else_=0))

    whole = case(
        (number(MatchStatus.UNMATCHED) == func.count(), MatchStatus.UNMATCHED.value),
        (number(MatchStatus.UNMATCHED, MatchStatus.QUANTITY) > 0, MatchStatus.QUANTITY.value),
        (number(MatchStatus.AMOUNT) > 0, MatchStatus.AMOUNT.value),
        else_=MatchStatus.MATCHED.value,
    ).label("verdict")
    table = select(lines.c.invoice_id, whole).group_by(lines.c.invoice_id).subquery()
    return table, table.c.verdict


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
