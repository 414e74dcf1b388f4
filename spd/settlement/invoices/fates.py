"""This file is what became of goods that came in: so much lies in the hospital, so much was used, and by whom.

What came in as one thing may since have become packs on five wards, and a pack may have been made of two things that
came in: what was mixed is alike in product, lot, supplier and price, so it is one pool, and what became of the pool
became of each that went into it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import EntryRow, Item, Movement, MovementKind
from spd.places import End

_AT_ONCE = 500


@dataclass(kw_only=True)
class Fate:
    """Base units on hand, and those used by department; of none what was lost in the stores."""

    on_hand: int = 0
    used: dict[int | None, int] = field(default_factory=dict)


def fates_of(session: Session, items: Collection[int], through: str | None = None) -> dict[int, Fate]:
    """What became of all that these things were made into, or mixed with: of each thing. `through`: by what was posted
    up to that accounting month, where it is named."""
    pool_of = _pools(session, items)
    fates: dict[int, Fate] = {pool: Fate() for pool in pool_of.values()}
    found: dict[int, dict[int | None, int]] = {}
    for item, kind, to, department, count in _counted(session, pool_of, through):
        pool = pool_of[item]
        fate = fates[pool]
        if kind == MovementKind.RECEIVE:
            fate.on_hand += count
        elif kind == MovementKind.RETURN:
            fate.on_hand -= count if to == End.SUPPLIER else 0
        elif kind == MovementKind.ADJUST and to != End.LOSS:
            fate.on_hand += count
            of = found.setdefault(pool, {})
            of[department] = of.get(department, 0) + count
        else:
            fate.on_hand -= count
            fate.used[department] = fate.used.get(department, 0) + count
    for pool, more in found.items():  # what turned up was lost before, as far as anything was
        used = fates[pool].used
        for department, count in more.items():
            used[department] = max(0, used.get(department, 0) - count)
    return {item: fates[pool_of[item]] for item in items}


_UNDONE = aliased(Movement)
_COUNTED = (
    MovementKind.RECEIVE, MovementKind.RETURN, MovementKind.ADJUST, MovementKind.CONSUME, MovementKind.WRITE_OFF,
)  # fmt: skip


def _counted(session: Session, items: Collection[int], through: str | None) -> Iterator[tuple[Any, ...]]:
    """(thing, kind, where to, department, base units) of what brings in and takes away; what was undone below zero."""
    kind = func.coalesce(_UNDONE.kind, Movement.kind)
    to = func.coalesce(_UNDONE.to_location_id, Movement.to_location_id)
    department = case((_UNDONE.id.is_not(None), _UNDONE.department_id), else_=Movement.department_id)
    count = func.sum(case((_UNDONE.id.is_not(None), -Movement.quantity), else_=Movement.quantity))
    query = (
        select(Movement.item_id, kind, to, department, count)
        .outerjoin(_UNDONE, _UNDONE.id == Movement.reverses_id)
        .where(kind.in_(_COUNTED))
        .group_by(Movement.item_id, kind, to, department)
    )
    if through is not None:
        query = query.outerjoin(EntryRow, EntryRow.movement_id == Movement.id)
        query = query.where(or_(EntryRow.id.is_(None), EntryRow.period <= through))
    for part in _parts(items):
        for item, what, where, who, units in session.execute(query.where(Movement.item_id.in_(part))):
            yield item, what, where, who, int(units)


def _pools(session: Session, items: Collection[int]) -> dict[int, int]:
    """By thing the pool that it is of, named by one of its things: of these, and of all that is in their pools."""
    above: dict[int, int] = {item: item for item in items}

    def top(item: int) -> int:
        while above[item] != item:
            above[item] = above[above[item]]
            item = above[item]
        return item

    frontier = set(items)
    while frontier:
        new = set()
        for one, other in _alike(session, frontier):
            for item in (one, other):
                if item not in above:
                    above[item] = item
                    new.add(item)
            above[top(one)] = top(other)
        frontier = new
    return {item: top(item) for item in above}


def _alike(session: Session, items: Collection[int]) -> Iterator[tuple[int, int]]:
    """Pairs of a thing and what it was made of, or into, or mixed with in one act of packing."""
    first, second, one, other = aliased(Movement), aliased(Movement), aliased(Item), aliased(Item)
    mixed = (
        select(first.item_id, second.item_id)
        .join(second, (second.request_key == first.request_key) & (second.id != first.id))
        .join(one, one.id == first.item_id)
        .join(other, other.id == second.item_id)
        .where(
            *(_is_taken_out(movement) for movement in (first, second)),
            *(
                getattr(one, name) == getattr(other, name)
                for name in ("product_id", "lot_id", "supplier_id", "unit_price")
            ),
        )
    )
    made = select(Item.id, Item.parent_id).where(Item.parent_id.is_not(None))
    for part in _parts(items):
        for query in (made.where(Item.id.in_(part)), made.where(Item.parent_id.in_(part)),
                      mixed.where(first.item_id.in_(part))):  # fmt: skip
            pairs: Any = session.execute(query)
            for pair in pairs:
                yield int(pair[0]), int(pair[1])


def _is_taken_out(movement: Any) -> Any:
    return (movement.kind == MovementKind.PACK) & (movement.to_location_id == End.PROCESSING)


def _parts(items: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(items)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
