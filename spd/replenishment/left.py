"""This file is how things were when they left in a tote: the packs that were open, and the kind of place they left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import ItemKind, ItemStateName, Movement, MovementKind
from spd.places import Location
from spd.stock import Goods

_AT_ONCE = 500  # items named in one statement


def opened_before(session: Session, goods: Sequence[Goods]) -> set[int]:
    """The packs among things on their way that were open when they left: they arrive open, or come back open."""
    packs = [one.item.id for one in goods if one.item.kind == ItemKind.PACK]
    before = select(Movement.item_id).where(Movement.sequence == _last_dispatch() - 1)
    opened: set[int] = set()
    for some in _parts(packs):
        opened.update(
            session.scalars(before.where(Movement.item_id.in_(some), Movement.state_after == ItemStateName.OPEN))
        )
    return opened


def kinds_left(session: Session, goods: Sequence[Goods]) -> dict[int, str]:
    """By item on its way, the kind of place that it left: whose stock it still counts as."""
    left = select(Movement.item_id, Location.kind).join(Location, Location.id == Movement.from_location_id)
    left = left.where(Movement.sequence == _last_dispatch())
    kinds: dict[int, str] = {}
    for some in _parts([one.item.id for one in goods]):
        kinds.update((row.item_id, row.kind) for row in session.execute(left.where(Movement.item_id.in_(some))))
    return kinds


_SENT = aliased(Movement)


def _last_dispatch() -> Any:
    """The sequence of an item's last way out."""
    last = select(func.max(_SENT.sequence)).where(
        _SENT.item_id == Movement.item_id, _SENT.kind == MovementKind.DISPATCH
    )
    return last.scalar_subquery()


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
