"""This file is totes as a page shows them: what is in one, and those on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import settings
from spd import replenishment, stock
from spd.core import clock
from spd.core.errors import Refused
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import Location, get_location
from spd.replenishment import Dispatch, MixedOrigin, Wave, turns, waiting_in
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


@dataclass(frozen=True, kw_only=True)
class ToteList:
    """What goes on paper with a tote: from where, to where, what is in it; `unfit` lines go to quarantine."""

    code: str
    seal: str | None
    origin: Location
    to: Location
    sealed_at: datetime | None
    lines: list[Any]

    @property
    def unfit(self) -> int:
        """How many things in it must not go out."""
        return sum(bool(line.unfit) for line in self.lines)


def tote_list(session: Session, code: str, on: date) -> ToteList:
    """The list of a tote, sealed or being filled. Raises: UnknownTote."""
    sent = replenishment.find_dispatch(session, code)
    if sent is not None:
        goods = goods_with(session, waiting_in(session, sent.code))
        lines = [_line(one, on) for one in sorted(goods.values(), key=lambda g: (g.product_code, g.item.code))]
        where, code, at = (sent.from_location_id, sent.to_location_id), sent.code, sent.dispatched_at
    else:
        tote = replenishment.get_tote(session, code)
        lines = turns.in_tote(session, code, on=on)
        wave = session.get_one(Wave, tote.wave_id)
        where, at = (wave.from_location_id, tote.location_id), None
    origin, to = (session.get_one(Location, number) for number in where)
    seal = sent.seal if sent is not None else None
    return ToteList(code=code, seal=seal, origin=origin, to=to, sealed_at=at, lines=lines)


def _line(goods: Goods, on: date) -> Any:
    item = goods.item
    expired = goods.expires_on is not None and goods.expires_on < on
    return SimpleNamespace(
        code=item.code, state=item.state, quantity=item.quantity, product_code=goods.product_code, name=goods.name,
        name_en=goods.name_en, specification=goods.specification, base_unit=goods.base_unit, lot=goods.lot,
        expires_on=goods.expires_on, unfit=expired or item.state == ItemStateName.HELD,
    )  # fmt: skip


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
    tote = get_tote(session, state["tote"]) if state.get("tote") else None
    today = clock.day_of(clock.now(), settings().zone)
    unfit = {line.code for line in (_line(one, today) for one in tote.waiting) if line.unfit} if tote else set()
    return {
        "tote": tote,
        "unfit": unfit,
        "fit": len(tote.waiting) - len(unfit) if tote else 0,
        "to": get_location(session, state["to"]) if state.get("to") else None,
        "filled": [filled[code] for code in state.get("items", []) if code in filled],
        "on_their_way": on_their_way(session, departments),
    }
