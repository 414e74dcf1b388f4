"""This file is the checks by sum: nothing made or lost between the ends, and every request answered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from spd.ledger.models import DocumentEntry, Item, Movement, Request
from spd.ledger.verify.problem import Problem
from spd.places import OUTSIDE, End


def conservation(session: Session) -> Iterator[Problem]:
    """Per lot: what came in and did not go out is on hand, and nothing is stuck between bulk and pack."""
    moved, lying = _by_place()
    sums: dict[tuple[int, int], int] = {(lot, place): int(total) for lot, place, total in session.execute(moved)}
    on_hand = {(lot, place): int(total) for lot, place, total in session.execute(lying)}
    for key, total in sorted(sums.items()):
        yield from _place(key, total, on_hand.get(key, 0))
    for key in sorted(on_hand.keys() - sums.keys()):
        yield _says("lots", key[0], f"{on_hand[key]} at location {key[1]} that never moved there")


@cache
def _by_place() -> tuple[Any, Any]:
    """By lot and place: what movements leave there, and what lies there."""
    comes = select(Item.lot_id, Movement.to_location_id.label("place"), Movement.quantity)
    goes = select(Item.lot_id, Movement.from_location_id.label("place"), -Movement.quantity)
    ends = union_all(
        comes.join(Item, Item.id == Movement.item_id), goes.join(Item, Item.id == Movement.item_id)
    ).subquery()
    query = select(ends.c.lot_id, ends.c.place, func.sum(ends.c.quantity)).group_by(ends.c.lot_id, ends.c.place)
    held = select(Item.lot_id, Item.location_id, func.sum(Item.quantity)).group_by(Item.lot_id, Item.location_id)
    return query, held


def _place(key: tuple[int, int], total: int, there: int) -> Iterator[Problem]:
    lot, place = key
    if place not in OUTSIDE and total != there:
        yield _says("lots", lot, f"movements leave {total} at location {place}, its items hold {there}")
    if place == End.PROCESSING and total != 0:
        yield _says("lots", lot, f"{total} went into packing and came out as nothing")
    if total < 0 and place not in (End.SUPPLIER, End.FOUND):
        yield _says("lots", lot, f"location {place} has given {-total} more than it got")


def requests(session: Session) -> Iterator[Problem]:
    """Every request has its movements or documents, each of them its request, and its lines have no gap."""
    unanswered, *orphans = _unasked()
    for key, count, last in session.execute(unanswered):
        says = "was acknowledged and moved nothing" if count is None else f"has {count} movements, the last is {last}"
        yield Problem(check="requests", table="requests", row=str(key), says=says)
    for model, query in zip((Movement, DocumentEntry), orphans, strict=True):
        for number in session.scalars(query):
            yield Problem(check="requests", table=model.__tablename__, row=str(number), says="nobody asked for it")


@cache
def _unasked() -> tuple[Select[Any], ...]:
    """Requests whose lines are not all there; movements and documents of no request."""
    moved = select(Movement.request_key, func.count().label("lines"), func.max(Movement.line).label("last"))
    entered = select(DocumentEntry.request_key, func.count().label("lines"), func.max(DocumentEntry.line).label("last"))
    lines: Any = union_all(moved.group_by(Movement.request_key), entered.group_by(DocumentEntry.request_key)).subquery()
    unanswered = (
        select(Request.key, lines.c.lines, lines.c.last)
        .outerjoin(lines, lines.c.request_key == Request.key)
        .where((lines.c.lines.is_(None)) | (lines.c.lines != lines.c.last))
    )
    orphans = (
        select(model.id).outerjoin(Request, Request.key == model.request_key).where(Request.key.is_(None))
        for model in (Movement, DocumentEntry)
    )
    return unanswered, *orphans


def _says(table: str, row: int, says: str) -> Problem:
    return Problem(check="conservation", table=table, row=str(row), says=says)
