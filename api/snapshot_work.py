"""This file is what waits at a ward, as its devices keep it: places, totes on their way, counts that are on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.totes import as_things, code_of
from spd import policies, replenishment
from spd.core.money import ZERO
from spd.counting import Count, CountPlace, CountState, seen_by
from spd.places import WARD_KINDS, Department, Location
from spd.stock.goods import goods_with

Key = Callable[[str], str]
_ON = (CountState.PLANNED, CountState.COUNTING, CountState.REVIEW)


def work_of(session: Session, department: Department, key: Key) -> dict[str, Any]:
    """The places of the ward, the totes on their way to it, and its counts; codes of things and places by their key."""
    return {
        "places": [_place(one, key) for one in session.scalars(_places(department))],
        "totes": _totes(session, department, key),
        "counts": _counts(session, department, key),
    }


def _places(department: Department) -> Any:
    here = (Location.department_id == department.id, Location.kind.in_(WARD_KINDS), ~Location.retired)
    return select(Location).where(*here).order_by(Location.code)


def _place(place: Location, key: Key) -> dict[str, Any]:
    codes = dict.fromkeys(code for code in (place.code, place.label) if code)
    return {"keys": [key(code) for code in codes], "name": place.name, "name_en": place.name_en or place.name}


def _totes(session: Session, department: Department, key: Key) -> list[dict[str, Any]]:
    """Each tote with the things in it; `proof`: its receiver proves who they are, which only the server can check."""
    waiting = replenishment.waiting_at(session, department.id)
    goods = goods_with(session, [code for _, _, code in waiting])
    things = as_things(session, list(goods.values()))
    thing_of = {one.item.code: thing for thing in things for one in getattr(thing, "inside", [thing])}
    limit = policies.get(session, "sign.badge_value")
    found: dict[int, dict[str, Any]] = {}
    worth = dict.fromkeys((tote.id for tote, _, _ in waiting), ZERO)
    for tote, place, code in waiting:
        thing, item = thing_of[code], goods[code].item
        worth[tote.id] += item.quantity * item.unit_price
        told = found.setdefault(
            tote.id, {"code": tote.code, "keys": [key(one) for one in (tote.code, tote.seal) if one],
                      "place": _place(place, key), "things": {}},
        )  # fmt: skip
        told["things"][key(code_of(thing))] = {"name": thing.name, "name_en": thing.name_en or thing.name}
    return [
        told | {"proof": bool(limit) and worth[number] > limit,
                "things": [{"key": name} | thing for name, thing in told["things"].items()]}
        for number, told in found.items()
    ]  # fmt: skip


def _counts(session: Session, department: Department, key: Key) -> list[dict[str, Any]]:
    query = select(Count).where(Count.state.in_(_ON), seen_by(frozenset([department.id]))).order_by(Count.id)
    counts = session.scalars(query).all()
    mine = (
        select(CountPlace.count_id, Location)
        .join(Location, Location.id == CountPlace.location_id)
        .where(CountPlace.count_id.in_([count.id for count in counts]), Location.department_id == department.id)
        .order_by(Location.code)
    )
    places = [(number, _place(place, key)) for number, place in session.execute(mine)]
    return [
        {"code": count.code, "title": count.title, "places": [place for number, place in places if number == count.id]}
        for count in counts
    ]
