"""This file is what a document says, entered: one entry for each event that comes to something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.accounting import DocumentEvent, Money
from spd.core.occasion import Occasion
from spd.ledger import Voucher


def enter_money(
    session: Session,
    occasion: Occasion,
    document: tuple[str, int, str],
    said: Sequence[tuple[DocumentEvent, Sequence[Money]]],
    *,
    period: str | None = None,
    reason: str = "",
) -> list[int]:
    """Entries of a document (kind, number, name), one for each event that comes to something; their numbers.

    In the open month of the act's day, where none is named; in one that is named on the day of it that is nearest.

    Raises: NoRule, PeriodClosed, Racing.
    """
    if period is None:
        period = ledger.posting_period(session, occasion.day)
    else:
        first, last = ledger.days_of(session, period)
        occasion = replace(occasion, day=min(max(occasion.day, first), last))
    rules = accounting.load_rules(session, period)
    kind, number, name = document
    vouchers = [
        Voucher(
            kind=kind,
            document_id=number,
            document=name,
            reason=reason,
            entry=ledger.Entry(event=event, period=period, lines=lines),
        )
        for event, money in said
        if (lines := accounting.document_lines(rules, money))
    ]
    return ledger.enter(session, occasion, vouchers) if vouchers else []
