"""This file is whom a difference of price is for: goods still on hand, the departments that used them, or nobody.

What is left of what came in, and what was used of it by whom, says how the difference between what was accrued and what
was billed is split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import EntryRow, Movement, MovementKind, Posting
from spd.places import End
from spd.settlement.invoices.fates import Fate, fates_of
from spd.settlement.invoices.models import InvoiceMatch

_AT_ONCE = 500
_PLACE = Decimal("0.0001")
_USED = (MovementKind.CONSUME, MovementKind.WRITE_OFF)


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of one match's difference: on hand, or used by a department; of none what the stores lost, or sent
    back."""

    match: InvoiceMatch
    on_hand: bool
    department_id: int | None
    amount: Decimal
    cost_class: str = ""
    """Of the department, as it was posted; empty where it is not posted yet."""


def share_out(session: Session, matches: Sequence[InvoiceMatch], through: str | None = None) -> Iterator[Share]:
    """The difference of each match, as goods lie now, or lay by what was posted up to an accounting month. The parts of
    a match add up to its difference exactly."""
    differing = [one for one in matches if one.billed != one.accrued]
    fates = _fates(session, [one.posting_id for one in differing], through)
    for one in differing:
        fate, difference = fates[one.posting_id], one.billed - one.accrued
        parts: list[tuple[bool, int | None, int]] = [(False, dept, count) for dept, count in fate.used.items() if count]
        if fate.on_hand:
            parts.append((True, None, fate.on_hand))
        total = sum(count for _on_hand, _department, count in parts)
        if total <= 0:
            yield Share(match=one, on_hand=False, department_id=None, amount=difference)
            continue
        left = difference
        for number, (on_hand, department, count) in enumerate(parts, 1):
            last = number == len(parts)
            amount = left if last else (difference * count / total).quantize(_PLACE)
            left -= amount
            if amount:
                yield Share(match=one, on_hand=on_hand, department_id=department, amount=amount)


_UNDONE = aliased(Movement)


def _fates(session: Session, postings: Sequence[int], through: str | None) -> dict[int, Fate]:
    """What became of what each posting brought in; what came to be owed as it was used or lost is used."""
    found: dict[int, Fate] = {}
    things: dict[int, int] = {}
    to = func.coalesce(_UNDONE.to_location_id, Movement.to_location_id)
    kind = func.coalesce(_UNDONE.kind, Movement.kind)
    query = (
        select(Posting.id, Movement.item_id, kind, to, Movement.department_id, Movement.quantity)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(_UNDONE, _UNDONE.id == Movement.reverses_id)
    )
    for start in range(0, len(postings), _AT_ONCE):
        part = Posting.id.in_(postings[start : start + _AT_ONCE])
        for posting, item, what, where, department, quantity in session.execute(query.where(part)):
            if what in _USED or (what == MovementKind.ADJUST and where == End.LOSS):
                found[posting] = Fate(used={department: quantity})
            else:
                things[posting] = item
    fates = fates_of(session, set(things.values()), through)
    return found | {posting: fates[item] for posting, item in things.items()}
