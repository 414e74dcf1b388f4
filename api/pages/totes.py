"""This file is totes as a page shows them: what is in one, and those on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import moment
from api.i18n import gettext as _
from api.i18n import ngettext
from scanners import Scan
from spd import replenishment, stock
from spd.core.errors import Refused
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.packing import KitRecipe
from spd.places import Location, get_location
from spd.replenishment import Dispatch, MixedOrigin, Wave, turns, waiting_in
from spd.stock import Goods, kit_fitness, kits
from spd.stock.goods import goods_with
from spd.stock.until import is_expired


class Incomplete(Refused):
    """A tote cannot leave without a ward or without anything in it."""

    code = "tote-incomplete"
    error = "E04"
    verdict = "repeat"
    say = {"zh": "配送箱还不能封箱。{missing}", "en": "The tote cannot be sealed yet. {missing}"}


@dataclass(frozen=True, kw_only=True)
class KitThing:
    """A kit as one line, with what is in it."""

    code: str
    name: str
    name_en: str
    inside: list[Goods]


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


def tote_list(session: Session, code: str, when: Moment) -> ToteList:
    """The list of a tote, sealed or being filled. Raises: UnknownTote."""
    sent = replenishment.find_dispatch(session, code)
    if sent is not None:
        goods = goods_with(session, waiting_in(session, sent.code))
        lines = [_line(one, when) for one in sorted(goods.values(), key=lambda g: (g.product_code, g.item.code))]
        where, code, at = (sent.from_location_id, sent.to_location_id), sent.code, sent.dispatched_at
    else:
        tote = replenishment.get_tote(session, code)
        lines = turns.in_tote(session, code, when=when)
        wave = session.get_one(Wave, tote.wave_id)
        where, at = (wave.from_location_id, tote.location_id), None
    origin, to = (session.get_one(Location, number) for number in where)
    seal = sent.seal if sent is not None else None
    return ToteList(code=code, seal=seal, origin=origin, to=to, sealed_at=at, lines=lines)


def _fit(session: Session, tote: Tote, unfit: set[str]) -> int:
    """How many things of a tote may be signed for; a kit with something unfit is none of them."""
    things = as_things(session, tote.waiting)
    return sum(not unfit & {one.item.code for one in getattr(thing, "inside", [thing])} for thing in things)


def _line(goods: Goods, when: Moment) -> Any:
    item, expired = goods.item, is_expired(goods.until, when)
    return SimpleNamespace(
        code=item.code, state=item.state, quantity=item.quantity, product_code=goods.product_code, name=goods.name,
        name_en=goods.name_en, specification=goods.specification, base_unit=goods.base_unit, lot=goods.lot,
        expires_on=goods.expires_on, unfit=expired or item.state == ItemStateName.HELD,
    )  # fmt: skip


def on_their_way(session: Session, departments: frozenset[int] | None) -> list[OnItsWay]:
    """Totes that have not been signed for, to the places of these departments; the oldest first."""
    sealed = (
        select(kits.KitItem.item_id, kits.KitItem.kit_id)
        .join(kits.Kit, kits.Kit.id == kits.KitItem.kit_id)
        .where(kits.Kit.state == kits.ASSEMBLED)
        .subquery()
    )
    things = func.count(func.coalesce(-sealed.c.kit_id, Item.id).distinct())  # a kit is one, whatever it holds
    query = (
        select(Dispatch.code, Location, Dispatch.dispatched_at, things)
        .join(Location, Location.id == Dispatch.to_location_id)
        .join(Movement, (Movement.document == Dispatch.code) & (Movement.kind == MovementKind.DISPATCH))
        .join(Item, (Item.id == Movement.item_id) & (Item.version == Movement.sequence))
        .outerjoin(sealed, sealed.c.item_id == Item.id)
        .where(Item.state == ItemStateName.IN_TRANSIT)
        .group_by(Dispatch.id, Location.id)
        .order_by(Dispatch.dispatched_at, Dispatch.id)
        .limit(100)
    )
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    rows = session.execute(query)
    return [OnItsWay(code=code, to=to, dispatched_at=at, items=items) for code, to, at, items in rows]


def as_things(session: Session, goods: Sequence[Goods]) -> list[Goods | KitThing]:
    """These things as a person has them in hand: what is in a sealed kit is one line with its kit."""
    inside = kits.kits_with(session, [one.item.id for one in goods])
    found: dict[str, Goods | KitThing] = {}
    for one in goods:
        kit = inside.get(one.item.id)
        if kit is None:
            found[one.item.code] = one
            continue
        recipe = session.get_one(KitRecipe, kit.recipe_id)
        thing = found.setdefault(
            kit.code, KitThing(code=kit.code, name=recipe.name, name_en=recipe.name_en, inside=[])
        )  # fmt: skip
        assert isinstance(thing, KitThing)
        thing.inside.append(one)
    return list(found.values())


def told_of(
    session: Session, said: str | Scan, departments: frozenset[int] | None = None
) -> tuple[str, KitThing | Goods]:
    """The code under which a scanned thing is kept on the page, and the thing: one of stock, or a kit.

    Raises: NotAnItem, SeveralLots, UnknownItem, KitEnded, InKit.
    """
    gathered = kits.gather(session, [said], departments)
    thing = as_things(session, gathered.goods)[0]
    return code_of(thing), thing


def code_of(thing: Goods | KitThing) -> str:
    """The code on a thing's label."""
    return thing.code if isinstance(thing, KitThing) else thing.item.code


def holds(thing: Goods | KitThing) -> str:
    """What a thing is, in a line: how much of which lot, or how many things in a kit."""
    if isinstance(thing, KitThing):
        return ngettext("a kit of 1 thing", "a kit of %(num)s things", len(thing.inside)) % {"num": len(thing.inside)}
    return f"{thing.item.quantity} {thing.base_unit} · {_('Lot')} {thing.lot}"


def on_its_way(session: Session, code: str) -> str | None:
    """Something that is in a kit, where the kit is in a tote: by it the tote is found."""
    kit = kits.get_kit(session, code)
    goods = kits.inside(session, kit) if kit.state == kits.ASSEMBLED else []
    return next((one.item.code for one in goods if one.item.state == ItemStateName.IN_TRANSIT), None)


def refuse_unfit(session: Session, thing: Goods | KitThing, others: Sequence[str]) -> None:
    """Refuse what may not be used, or lies elsewhere than what is in the tote.

    Raises: those of `stock.refuse_unsafe`, KitStopped, KitNotSterile, KitApart, MixedOrigin.
    """
    if isinstance(thing, KitThing):
        kit_fitness.refuse_unfit(session, kits.get_kit(session, thing.code), thing.inside, when=moment())
        goods = thing.inside[0]
    else:
        stock.refuse_unsafe(thing, 1, when=moment())
        goods = thing
    if others and kits.gather(session, others[:1]).goods[0].item.location_id != goods.item.location_id:
        raise MixedOrigin(item=goods.item.code, location=goods.location_name)


def filled(session: Session, codes: Sequence[str]) -> list[Goods]:
    """The things of these codes that are there still, those of kits among them."""
    found = goods_with(session, list(codes))
    goods: list[Goods] = []
    for code in codes:
        if code in found:
            goods.append(found[code])
        elif (kit := kits.find_kit(session, code)) is not None and kit.state == kits.ASSEMBLED:
            goods += kits.inside(session, kit)
    return goods


def context(session: Session, state: dict[str, Any], departments: frozenset[int] | None) -> dict[str, Any]:
    """What the page shows of what it stands on: the tote being filled or signed for, and those on their way."""
    items = state.get("items", [])
    tote = get_tote(session, state["tote"]) if state.get("tote") else None
    now = moment()
    unfit = {line.code for line in (_line(one, now) for one in tote.waiting) if line.unfit} if tote else set()
    return {
        "tote": tote,
        "unfit": unfit,
        "fit": _fit(session, tote, unfit) if tote else 0,
        "to": get_location(session, state["to"]) if state.get("to") else None,
        "waiting": as_things(session, tote.waiting) if tote else [],
        "filled": as_things(session, filled(session, items)) if not tote else [],
        "on_their_way": on_their_way(session, departments),
    }
