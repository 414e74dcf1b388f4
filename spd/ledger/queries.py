"""This file is what the ledger is asked: an item as it stands, an act done before, the money of a movement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger.draft import Line
from spd.ledger.item_state import ItemState
from spd.ledger.models import EntryRow, Item, Movement, Posting, Request
from spd.ledger.refusals import KeyReused, UnknownItem, UnknownMovement
from spd.places import OUTSIDE

ITEM_COLUMNS: tuple[Any, ...] = tuple(Item.__table__.columns)


def find_done(session: Session, occasion: Occasion) -> list[Movement] | None:
    """The movements made before under this key, in order; None where it is new. Raises: KeyReused."""
    request = session.execute(select(Request.content).where(Request.key == occasion.request_key)).one_or_none()
    if request is None:
        return None
    if request.content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    query = select(Movement).where(Movement.request_key == occasion.request_key).order_by(Movement.line)
    return list(session.scalars(query))


def is_done(session: Session, occasion: Occasion) -> bool:
    """Whether this very act is on record already."""
    found = select(Request.key).where(Request.key == occasion.request_key, Request.content == occasion.content)
    return session.scalar(found) is not None


def find_item_state(session: Session, code: str) -> ItemState | None:
    """The item with this code, as it stands."""
    row = session.execute(select(*ITEM_COLUMNS).where(Item.code == code)).one_or_none()
    return None if row is None else ItemState(**row._mapping)


def get_item_state(session: Session, code: str) -> ItemState:
    """The item with this code, as it stands. Raises: UnknownItem."""
    item = find_item_state(session, code)
    if item is None:
        raise UnknownItem(item=code)
    return item


def item_states(session: Session, ids: Sequence[int]) -> dict[int, ItemState]:
    """The items with these numbers, as they stand."""
    found: dict[int, ItemState] = {}
    for start in range(0, len(ids), 500):
        rows = session.execute(select(*ITEM_COLUMNS).where(Item.id.in_(ids[start : start + 500])))
        found.update((row.id, ItemState(**row._mapping)) for row in rows)
    return found


def get_movement(session: Session, movement_id: int) -> Movement:
    """The movement with this number. Raises: UnknownMovement."""
    movement = session.get(Movement, movement_id)
    if movement is None:
        raise UnknownMovement(movement=movement_id)
    return movement


def quantity_after(session: Session, movement: Movement) -> int:
    """What an item held when a movement of it was done."""
    comes, goes = Movement.from_location_id.in_(OUTSIDE), Movement.to_location_id.in_(OUTSIDE)
    signed = case((comes, Movement.quantity), (goes, -Movement.quantity), else_=0)
    of_item = (Movement.item_id == movement.item_id) & (Movement.sequence <= movement.sequence)
    return int(session.execute(select(func.sum(signed)).where(of_item)).scalar_one())


def lines_of(session: Session, movement_id: int) -> tuple[str, list[Line]]:
    """The event and the lines of a movement's entry; no event and no lines where no money moved."""
    entry = session.scalars(select(EntryRow).where(EntryRow.movement_id == movement_id)).one_or_none()
    if entry is None:
        return "", []
    postings = session.scalars(select(Posting).where(Posting.entry_id == entry.id).order_by(Posting.line))
    lines = [
        Line(
            account=posting.account,
            amount=posting.amount,
            product_id=posting.product_id,
            product_class=posting.product_class,
            chargeable=posting.chargeable,
            department_id=posting.department_id,
            party_id=posting.party_id,
            encounter_id=posting.encounter_id,
        )
        for posting in postings
    ]
    return entry.event, lines
