"""This file is whom a difference of price is for: goods still on hand, or the departments that used them.

What came in as one thing may since have become packs on five wards. What is left of it all, and what was used of it by
whom, says how the difference between what was accrued and what was billed is split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import EntryRow, Item, Movement, MovementKind, Posting
from spd.settlement.invoices.models import InvoiceMatch

_AT_ONCE = 500
_PLACE = Decimal("0.0001")
_USED = (MovementKind.CONSUME, MovementKind.WRITE_OFF)


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of one match's difference: on hand, or used by a department (none: written off, or sent back)."""

    match: InvoiceMatch
    on_hand: bool
    department_id: int | None
    amount: Decimal
    cost_class: str = ""
    """Of the department, as it was posted; empty where it is not posted yet."""


@dataclass(frozen=True, kw_only=True)
class _Fate:
    """What became of what a posting brought in: base units on hand, and used by department."""

    on_hand: int
    used: dict[int | None, int]


def share_out(session: Session, matches: Sequence[InvoiceMatch]) -> Iterator[Share]:
    """The difference of each match, as goods lie now. The parts of a match add up to its difference exactly."""
    differing = [one for one in matches if one.billed != one.accrued]
    fates = _fates(session, [one.posting_id for one in differing])
    for one in differing:
        fate, difference = fates[one.posting_id], one.billed - one.accrued
        total = fate.on_hand + sum(fate.used.values())
        if total <= 0:
            yield Share(match=one, on_hand=False, department_id=None, amount=difference)
            continue
        parts: list[tuple[bool, int | None, int]] = [(False, dept, count) for dept, count in fate.used.items() if count]
        if fate.on_hand:
            parts.append((True, None, fate.on_hand))
        left = difference
        for number, (on_hand, department, count) in enumerate(parts, 1):
            last = number == len(parts)
            amount = left if last else (difference * count / total).quantize(_PLACE)
            left -= amount
            if amount:
                yield Share(match=one, on_hand=on_hand, department_id=department, amount=amount)


_UNDONE = aliased(Movement)


def _fates(session: Session, postings: Sequence[int]) -> dict[int, _Fate]:
    found: dict[int, _Fate] = {}
    for start in range(0, len(postings), _AT_ONCE):
        part = postings[start : start + _AT_ONCE]
        query = (
            select(Posting.id, Movement.item_id, Movement.kind, Movement.department_id, Movement.quantity, _UNDONE.kind)
            .join(EntryRow, EntryRow.id == Posting.entry_id)
            .join(Movement, Movement.id == EntryRow.movement_id)
            .outerjoin(_UNDONE, _UNDONE.id == Movement.reverses_id)
            .where(Posting.id.in_(part))
        )
        roots: dict[int, list[int]] = {}
        for posting, item, kind, department, quantity, reversed_kind in session.execute(query):
            if kind in _USED or reversed_kind in _USED:  # used as it came to be owed
                found[posting] = _Fate(on_hand=0, used={department: quantity})
            elif kind in (MovementKind.RETURN, MovementKind.REVERSE):
                found[posting] = _Fate(on_hand=0, used={})
            else:
                roots.setdefault(item, []).append(posting)
        for item, fate in _of_items(session, list(roots)).items():
            for posting in roots[item]:
                found[posting] = fate
    return found


def _of_items(session: Session, roots: Sequence[int]) -> dict[int, _Fate]:
    """What became of these items and of all that was made of them."""
    if not roots:
        return {}
    first = select(Item.id.label("root"), Item.id.label("id")).where(Item.id.in_(roots)).cte("made", recursive=True)
    made: Any = first.union_all(select(first.c.root, Item.id).join(first, Item.parent_id == first.c.id))
    lying = select(made.c.root, func.sum(Item.quantity)).join(Item, Item.id == made.c.id).group_by(made.c.root)
    on_hand = {root: int(count or 0) for root, count in session.execute(lying)}
    used: dict[int, dict[int | None, int]] = {root: {} for root in roots}
    taken = (
        select(made.c.root, Movement.department_id, func.sum(Movement.quantity))
        .join(Movement, Movement.item_id == made.c.id)
        .where(Movement.kind.in_(_USED))
        .group_by(made.c.root, Movement.department_id)
    )
    back = (
        select(made.c.root, _UNDONE.department_id, func.sum(-Movement.quantity))
        .join(Movement, Movement.item_id == made.c.id)
        .join(_UNDONE, _UNDONE.id == Movement.reverses_id)
        .where(_UNDONE.kind.in_(_USED))
        .group_by(made.c.root, _UNDONE.department_id)
    )
    for query in (taken, back):
        for root, department, count in session.execute(query):
            used[root][department] = used[root].get(department, 0) + int(count)
    return {root: _Fate(on_hand=on_hand.get(root, 0), used=used[root]) for root in roots}
