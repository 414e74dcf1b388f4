"""This file is the replay: every item built again from its movements, hash by hash, and compared with its row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from spd.ledger import chain
from spd.ledger.models import Item, Movement
from spd.ledger.verify.problem import Problem
from spd.places import OUTSIDE

_ITEMS = select(*Item.__table__.columns).order_by(Item.id).execution_options(yield_per=2000)
_MOVEMENTS = (
    select(*Movement.__table__.columns)
    .order_by(Movement.item_id, Movement.sequence)
    .execution_options(yield_per=2000)
)  # fmt: skip
_KEPT = ("quantity", "location_id", "owner_id", "state", "version", "head")


def chains(session: Session) -> Iterator[Problem]:
    """Chains broken, places that do not follow, rows that are not what their movements make them."""
    items = iter(session.execute(_ITEMS))
    rows = session.execute(_MOVEMENTS)
    item = next(items, None)
    for item_id, group in groupby(rows, key=lambda row: row.item_id):
        while item is not None and item.id < item_id:
            yield _says("items", item.id, "has no movement: nothing says where it came from")
            item = next(items, None)
        if item is None or item.id != item_id:
            yield _says("movements", next(group).id, f"moves item {item_id}, which does not exist")
            continue
        yield from _replay(item, group)
        item = next(items, None)
    while item is not None:
        yield _says("items", item.id, "has no movement: nothing says where it came from")
        item = next(items, None)


def _replay(item: Row[Any], movements: Iterator[Row[Any]]) -> Iterator[Problem]:
    before: dict[str, Any] = {
        "quantity": 0, "location_id": None, "owner_id": None, "state": "", "version": 0,
        "head": chain.root(item._asdict()),
    }  # fmt: skip
    for movement in movements:
        yield from _follows(movement, before)
        before = _after(movement, before)
    for name in _KEPT:
        if before[name] != getattr(item, name):
            shown = (before[name], getattr(item, name))
            kept, made = (v.hex()[:12] if isinstance(v, bytes) else v for v in (shown[1], shown[0]))
            yield _says("items", item.id, f"{name} is {kept}, its movements make it {made}")


def _follows(movement: Row[Any], before: dict[str, Any]) -> Iterator[Problem]:
    """Whether a movement follows from the one before it."""
    if movement.sequence != before["version"] + 1:
        yield _says("movements", movement.id, f"is number {movement.sequence} of its item after {before['version']}")
    if movement.previous_hash != before["head"]:
        yield _says("movements", movement.id, "does not follow from the movement before it")
    if chain.movement_hash(movement._asdict()) != movement.hash:
        yield _says("movements", movement.id, "is not what was written: its hash does not match")
    comes = movement.from_location_id in OUTSIDE
    if not comes and movement.from_location_id != before["location_id"]:
        yield _says("movements", movement.id, "leaves a place the item was not in")
    if not comes and movement.from_owner_id != before["owner_id"]:
        yield _says("movements", movement.id, "takes title from a party that did not have it")
    if not comes and movement.quantity > before["quantity"]:
        yield _says("movements", movement.id, f"takes {movement.quantity} of {before['quantity']}")
    if not comes and movement.to_location_id not in OUTSIDE and movement.quantity != before["quantity"]:
        yield _says("movements", movement.id, "moves part of an item inside the hospital")


def _after(movement: Row[Any], before: dict[str, Any]) -> dict[str, Any]:
    comes = movement.from_location_id in OUTSIDE
    goes = movement.to_location_id in OUTSIDE
    quantity = before["quantity"] + (movement.quantity if comes else 0) - (movement.quantity if goes else 0)
    stays = goes and quantity > 0
    return {
        "quantity": quantity,
        "location_id": before["location_id"] if stays else movement.to_location_id,
        "owner_id": before["owner_id"] if stays else movement.to_owner_id,
        "state": movement.state_after,
        "version": movement.sequence,
        "head": movement.hash,
    }


def _says(table: str, row: int, says: str) -> Problem:
    return Problem(check="chains", table=table, row=str(row), says=says)
