"""This file is totes as a page shows them: what is in one, and those on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import settings
from spd import replenishment, stock
from spd.core import clock
from spd.core.errors import Refused
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import Location, get_location
from spd.replenishment import Dispatch, MixedOrigin, waiting_in
from spd.stock import Goods
from spd.stock.goods import goods_with


class Incomplete(Refused):
    """A tote cannot leave without a ward or without anything in it."""

    code = "tote-incomplete"
    error = "E04"
    verdict = "repeat"
    say = {"zh": "配送箱还不能封箱。{missing}", "en": "The tote cannot be sealed yet. {missing}"}


@dataclass(frozen=True, kw_only=True)
class Tote:
    """A tote, where it goes, and what in it has not been signed for."""

    code: str
    to: Location
    dispatched_at: datetime
    waiting: list[Goods]


@dataclass(frozen=True, kw_only=True)
class OnItsWay:
    """A tote on its way, counted."""

    code: str
    to: Location
    dispatched_at: datetime
    items: int


def get_tote(session: Session, code: str) -> Tote:
    """The tote with this seal. Raises: UnknownDispatch."""
    tote = replenishment.get_dispatch(session, code)
    waiting = goods_with(session, waiting_in(session, code))
    return Tote(
        code=tote.code,
        to=session.get_one(Location, tote.to_location_id),
        dispatched_at=tote.dispatched_at,
        waiting=sorted(waiting.values(), key=lambda goods: (goods.product_code, goods.item.code)),
    )


def on_their_way(session: Session, departments: frozenset[int] | None) -> list[OnItsWay]:
    """Totes that have not been signed for, to the places of these departments; the oldest first."""
    query = (
        select(Dispatch.code, Location, Dispatch.dispatched_at, func.count(Item.id))
        .join(Location, Location.id == Dispatch.to_location_id)
        .join(Movement, (Movement.document == Dispatch.code) & (Movement.kind == MovementKind.DISPATCH))
        .join(Item, (Item.id == Movement.item_id) & (Item.version == Movement.sequence))
        .where(Item.state == ItemStateName.IN_TRANSIT)
        .group_by(Dispatch.id, Location.id)
        .order_by(Dispatch.dispatched_at, Dispatch.id)
        .limit(100)
    )
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    rows = session.execute(query)
    return [OnItsWay(code=code, to=to, dispatched_at=at, items=items) for code, to, at, items in rows]


def refuse_unfit(session: Session, goods: Goods, others: Sequence[str]) -> None:
    """Refuse what may not be used, or lies elsewhere than what is in the tote.

    Raises: those of `stock.refuse_unsafe`, MixedOrigin.
    """

    stock.refuse_unsafe(goods, 1, on=clock.day_of(clock.now(), settings().zone))
    if others and stock.get_goods(session, others[0]).item.location_id != goods.item.location_id:
        raise MixedOrigin(item=goods.item.code, location=goods.location_name)


def context(session: Session, state: dict[str, Any], departments: frozenset[int] | None) -> dict[str, Any]:
    """What the page shows of what it stands on: the tote being filled or signed for, and those on their way."""
    filled = goods_with(session, state.get("items", []))
    return {
        "tote": get_tote(session, state["tote"]) if state.get("tote") else None,
        "to": get_location(session, state["to"]) if state.get("to") else None,
        "filled": [filled[code] for code in state.get("items", []) if code in filled],
        "on_their_way": on_their_way(session, departments),
    }
