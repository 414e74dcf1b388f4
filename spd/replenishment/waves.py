"""This file is a wave: what is picked in one round through a store for many places, and what of it must be packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd import policies
from spd.catalog import Lot, Product
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Moment, Occasion
from spd.ledger import Item, ItemKind, ItemStateName, KeyReused, Racing
from spd.places import LocationKind, get_location
from spd.replenishment import allocation, rates
from spd.replenishment.levels import usable, whole
from spd.replenishment.models import Wave, WaveLine, WavePick, WaveTote
from spd.replenishment.needs import Need, needs


class UnknownWave(NotFound):
    """There is no such wave."""

    code = "unknown-wave"
    error = "E01"
    say = {
        "zh": "没有拣货波次 {wave}。扫描拣货单上的码。",
        "en": "There is no wave {wave}. Scan the code on the pick list.",
    }


class NothingToPick(Refused):
    """No place needs anything."""

    code = "nothing-to-pick"
    say = {
        "zh": "所选货位目前没有需要补的货。",
        "en": "None of these places needs anything now.",
    }


class NotAStore(Refused):
    """Things are picked in a store."""

    code = "not-a-store"
    say = {
        "zh": "{location} 不是库房, 不能在此拣货。选择库房。",
        "en": "{location} is not a store. Choose one to pick in.",
    }


class OverBudget(Refused):
    """The budget of every department that needs something is used up."""

    code = "over-budget"
    say = {
        "zh": "{departments} 本月预算已用完, 补货已停。请财务在预算页放行。床旁使用不受影响。",
        "en": "The budget of {departments} is used up, and refills have stopped. Finance can let them through on the "
        "page of budgets. Use at the bedside goes on.",
    }


@dataclass(frozen=True, kw_only=True)
class ToMakeWave:
    """What these places need (all places, where none is named), out of this store.

    `stopped`: departments whose budget is used up, by number, with their names: they get nothing.
    """

    occasion: Occasion
    store: str
    locations: Sequence[str] = ()
    stopped: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ToPack:
    """Packs that a wave needs and the store has not: how many are wanted, how many its loose goods give."""

    product_code: str
    name: str
    name_en: str
    pack_quantity: int
    base_unit: str
    wanted: int
    possible: int


def make_wave(session: Session, asked: ToMakeWave) -> Wave:
    """The wave with a tote for every place and a pack proposed for every pick. Asked again with its key, the same wave.

    Raises: KeyReused, UnknownLocation, NotAStore, NothingToPick, OverBudget, Racing.
    """
    occasion = asked.occasion
    if done := find_done(session, occasion):
        return done
    store = get_location(session, asked.store)
    if store.kind != LocationKind.STORE:
        raise NotAStore(location=store.name)
    wanted = [get_location(session, code).id for code in asked.locations]
    lines = needs(session, on=occasion.day, at=occasion.occurred_at, location_ids=wanted or None)
    if not lines:
        raise NothingToPick()
    held = {need.department_id for need in lines} & asked.stopped.keys()
    lines = [need for need in lines if need.department_id not in held]
    if not lines:
        raise OverBudget(departments=", ".join(sorted(asked.stopped[one] for one in held if one is not None)))
    wave = Wave(
        code=own.derive("document", f"wave:{occasion.request_key}".encode()),
        request_key=occasion.request_key,
        content=occasion.content,
        from_location_id=store.id,
        made_at=occasion.recorded_at,
        made_by_id=occasion.staff_id,
    )
    session.add(wave)
    try:
        session.flush()  # its number goes into its lines
    except IntegrityError as error:
        raise Racing() from error
    session.execute(insert(WaveLine), _lines(session, occasion, wave, lines))
    session.execute(insert(WaveTote), [_tote(wave, place) for place in dict.fromkeys(n.location_id for n in lines)])
    allocation.propose(session, wave, allocation.places_in(session, store.id), when=occasion.moment)
    return wave


def find_done(session: Session, occasion: Occasion) -> Wave | None:
    """The wave made before under this key. Raises: KeyReused."""
    found = session.scalars(select(Wave).where(Wave.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def find_wave(session: Session, code: str) -> Wave | None:
    """The wave with this code."""
    return session.scalars(select(Wave).where(Wave.code == code)).one_or_none()


def get_wave(session: Session, code: str) -> Wave:
    """The wave with this code. Raises: UnknownWave."""
    found = find_wave(session, code)
    if found is None:
        raise UnknownWave(wave=code)
    return found


def _lines(session: Session, occasion: Occasion, wave: Wave, lines: Sequence[Need]) -> list[dict[str, Any]]:
    """The lines; of each product first those of places that will have used what they get soonest."""
    days = policies.get(session, "refill.use_days")
    products = {need.product_id for need in lines}
    used = rates.used(session, on=occasion.day, days=days, product_ids=products if len(products) <= 500 else None)

    def lasts(need: Need) -> Fraction:
        units = (need.has + need.coming + need.need) * need.pack_quantity
        return rates.days_of_supply(units, used.get((need.location_id, need.product_id), 0), days)

    before: dict[tuple[int, int], int] = {}
    rows = []
    for need in sorted(lines, key=lambda one: (lasts(one), one.location_id, one.product_id)):
        key = (need.product_id, need.pack_quantity)
        first = before.get(key, 0)
        before[key] = first + need.need
        rows.append(
            {
                "wave_id": wave.id,
                "location_id": need.location_id,
                "product_id": need.product_id,
                "pack_quantity": need.pack_quantity,
                "packs": need.need,
                "first": first,
            }
        )
    return rows


def _tote(wave: Wave, location_id: int, number: int = 1) -> dict[str, Any]:
    code = own.derive("document", f"tote:{wave.code}:{location_id}:{number}".encode())
    return {"code": code, "wave_id": wave.id, "location_id": location_id, "number": number}


def open_tote(session: Session, wave: Wave, location_id: int) -> WaveTote:
    """The place's tote in the wave that is not sealed yet; another one where all are. Raises: Racing."""
    mine = (WaveTote.wave_id == wave.id) & (WaveTote.location_id == location_id)
    totes = list(session.scalars(select(WaveTote).where(mine).order_by(WaveTote.number)))
    if totes and totes[-1].sealed_at is None:
        return totes[-1]
    tote = WaveTote(**_tote(wave, location_id, len(totes) + 1))
    session.add(tote)
    try:
        session.flush()  # its number goes into the pick
    except IntegrityError as error:
        raise Racing() from error
    return tote


def to_pack(session: Session, wave: Wave, *, on: date, at: datetime | None = None) -> list[ToPack]:
    """What must be packed before the wave can be finished, and how far the loose goods of the store go."""
    places = allocation.places_in(session, wave.from_location_id)
    loose = (
        select(Item.product_id, whole(func.sum(Item.quantity)).label("quantity"))
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.location_id.in_(places), Item.state == ItemStateName.AVAILABLE, Item.kind == ItemKind.BULK)
        .where(Item.quantity > 0, usable(Moment(on, at)))
        .group_by(Item.product_id)
        .subquery()
    )
    query = (
        select(
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            WaveLine.pack_quantity,
            Product.base_unit,
            func.count().label("wanted"),
            (func.coalesce(func.max(loose.c.quantity), 0) // WaveLine.pack_quantity).label("possible"),
        )
        .select_from(WavePick)
        .join(WaveLine, WaveLine.id == WavePick.line_id)
        .join(Product, Product.id == WaveLine.product_id)
        .outerjoin(loose, loose.c.product_id == Product.id)
        .where(WavePick.wave_id == wave.id, pending(), WavePick.item_id.is_(None))
        .group_by(Product.id, WaveLine.pack_quantity)
        .order_by(Product.code)
    )
    return [ToPack(**row._mapping) for row in session.execute(query)]


def pending() -> ColumnElement[bool]:
    """Whether a pick is still to be made."""
    return WavePick.picked_item_id.is_(None) & ~WavePick.short
