"""This file is which goods were given to the hospital: nobody is owed for them, and nobody owes when they go back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.accounting.lines import Event
from spd.ledger import EntryRow, Item, Movement

_GIVEN = (Event.DONATION_STORE.value, Event.DONATION_WARD.value)


def is_gift(session: Session, item_id: int) -> bool:
    """Whether a thing was given, or is of what was."""
    parent: int | None = item_id
    while parent is not None:
        item_id, parent = parent, session.scalar(select(Item.parent_id).where(Item.id == parent))
    of = select(EntryRow.id).join(Movement, Movement.id == EntryRow.movement_id)
    found = of.where(Movement.item_id == item_id, EntryRow.event.in_(_GIVEN)).limit(1)
    return session.scalar(found) is not None


def gifts() -> Any:
    """The numbers of all such things, as a query."""
    came = select(Movement.item_id).join(EntryRow, EntryRow.movement_id == Movement.id)
    given = came.where(EntryRow.event.in_(_GIVEN)).cte("gifts", recursive=True)
    given = given.union(select(Item.id).join(given, Item.parent_id == given.c.item_id))
    return select(given.c.item_id)
