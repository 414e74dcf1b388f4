"""This file is which side of an account an amount stands on: what is undone stands in red on the side it was on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from spd.accounting.documents import DocumentEvent
from spd.accounting.rules import Rules
from spd.core.money import ZERO

_RED = frozenset({DocumentEvent.ACCRUAL_RED, DocumentEvent.ACCRUAL_BACK, DocumentEvent.INVOICE_UNMATCHED})
_UNDONE = "reverse_"


def side_of(rules: Rules, kinds: Mapping[str, str], event: str, account: str) -> int:
    """1 where an event's amounts on an account stand as debits, -1 as credits, whatever their sign; 0 where it tells.

    Expense is always a debit: what takes cost back is red there, so that a year's debits are its cost.
    """
    if kinds.get(account) == "expense":
        return 1
    signs = {rule.sign for rule in rules.get(event.removeprefix(_UNDONE), ()) if rule.account == account}
    return signs.pop() if len(signs) == 1 else 0


def apart(side: int, event: str, above: Decimal, below: Decimal) -> tuple[Decimal, Decimal]:
    """(debit, credit) of amounts above and below zero; red ones are below zero on their own side."""
    if side > 0:
        return above + below, ZERO
    if side < 0:
        return ZERO, -(above + below)
    if event.startswith(_UNDONE) or event in _RED:
        return below, -above
    return above, -below
