"""This file is refunds that name no line: each takes back the latest charge that it can be of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def unnamed(lines: Mapping[str, Any], *, about: Callable[[Any], tuple[str, str]]) -> dict[str, str]:
    """The number of the charge, by that of the refund which takes it back without saying so.

    It is of the same stay and code (`about`), as much and as dear, charged no later, and nothing else takes it back;
    where the refund says which piece or lot, it is of that. The earliest refund chooses first.
    """
    refunds = [row for row in lines.values() if row.quantity < 0 and not row.refund_of]
    if not refunds:
        return {}
    gone = {row.refund_of for row in lines.values() if row.refund_of}
    charges: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in _by_time(row for row in lines.values() if row.quantity > 0 and row.number not in gone):
        charges[*about(row), row.quantity, row.amount].append(row)
    found: dict[str, str] = {}
    for refund in _by_time(refunds):
        there = charges[*about(refund), -refund.quantity, -refund.amount]
        fitting = [row for row in there if row.charged_at <= refund.charged_at and _same_thing(row, refund)]
        if fitting:
            there.remove(fitting[-1])
            found[refund.number] = fitting[-1].number
    return found


def _by_time(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.charged_at, row.number))


def _same_thing(charge: Any, refund: Any) -> bool:
    return refund.item in ("", charge.item) and refund.lot in ("", charge.lot)
