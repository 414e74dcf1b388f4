"""This file is the exchange of near-expiry: a pack that a ward will not use in time goes where it will be used.

Proposed from days of supply against days left; booked by two scans, or one where nothing comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, policies
from spd.catalog import Lot, Product
from spd.core.errors import Refused
from spd.core.occasion import Moment, Occasion
from spd.ledger import Draft, Item, ItemKind, ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, Location
from spd.replenishment import money, rates
from spd.replenishment.totes import codes_of
from spd.stock import Goods, OtherDepartment, goods_of
from spd.stock.loaned import LOANER
from spd.stock.safety import refuse_unsafe
from spd.stock.until import unexpired


class NoExchange(Refused):
    """The two things cannot change places."""

    code = "no-exchange"
    error = "E10"
    say = {
        "zh": "{one} 与 {other} 不能互换: 须为同一品规、同样数量、在不同的科室货位。",
        "en": "{one} and {other} cannot be exchanged: the same product and quantity, at two wards, is needed.",
    }


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A pack that will not be used in time where it lies, and where it would be; what may come back for it.

    days_left: of its life; lasts_days: the days until its turn comes, where it lies and where it would go.
    """

    item: str
    product_code: str
    name: str
    name_en: str
    expires_on: date
    days_left: int
    from_code: str
    from_name: str
    from_name_en: str
    lasts_days: int | None
    to_code: str
    to_name: str
    to_name_en: str
    to_lasts_days: int
    back: str | None
    departments: frozenset[int | None]
    """Those of the two places."""


@dataclass(frozen=True, kw_only=True)
class ToSwap:
    """The pack that expires soon, and the one that comes back for it."""

    occasion: Occasion
    item: str | Scan
    back: str | Scan
    departments: frozenset[int] | None = None


@dataclass
class _Shelf:
    """The packs of one product and size at one place, soonest to expire first; there may be none."""

    place: Location
    size: int
    packs: list[Any]
    used: int
    days: int

    def turn(self, packs_before: int) -> Fraction:
        """The days until the next pack after so many is used up."""
        return rates.days_of_supply((packs_before + 1) * self.size, self.used, self.days)


def exchanges(
    session: Session,
    *,
    on: date,
    within_days: int,
    at: datetime | None = None,
    departments: frozenset[int] | None = None,
) -> list[Exchange]:
    """The packs in wards that expire within so many days and will not be used by then, each with the best place for it.

    A place takes no more of them than it will use in time. Of these departments only, where they are named.
    """
    days = policies.get(session, "refill.use_days")
    rows = session.execute(_packs(Moment(on, at))).all()
    products = {row.product_id for row in rows if (row.expires_on - on).days <= within_days}
    used = rates.used(session, on=on, days=days, product_ids=products if len(products) <= 500 else None)
    wards = {place.id: place for place in session.scalars(select(Location).where(Location.kind.in_(WARD_KINDS)))}
    found: list[Exchange] = []
    for (product_id, size), group in groupby(rows, key=lambda row: (row.product_id, row.quantity)):
        if product_id not in products:
            continue
        lying = {place: list(packs) for place, packs in groupby(group, key=lambda row: row.location_id)}
        places = sorted({*lying, *(place for place, product in used if product == product_id and place in wards)})
        shelves = [
            _Shelf(wards[place], size, lying.get(place, []), used.get((place, product_id), 0), days) for place in places
        ]
        found += _of_product(shelves, on, within_days)
    mine = [one for one in found if departments is None or one.departments & departments]
    return sorted(mine, key=lambda one: (one.days_left, one.item))


def _packs(when: Moment) -> Any:
    return (
        select(
            Item.code, Item.quantity, Item.product_id, Item.location_id, Lot.expires_on,
            Product.code.label("product_code"), Product.name, Product.name_en,
        )
        .join(Lot, Lot.id == Item.lot_id)
        .join(Product, Product.id == Item.product_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.state == ItemStateName.AVAILABLE, Item.kind.in_((ItemKind.PACK, ItemKind.UNIT)))
        .where(Location.kind.in_(WARD_KINDS), Item.settlement_mode != LOANER)
        .where(Lot.expires_on.is_not(None), unexpired(when))
        .order_by(Item.product_id, Item.quantity, Item.location_id, Lot.expires_on, Item.created_at, Item.id)
    )  # fmt: skip


def _of_product(shelves: Sequence[_Shelf], on: date, within_days: int) -> list[Exchange]:
    """Each pack that will not be used in time goes to the place that comes to it soonest, if that is in time."""
    extra = dict.fromkeys(range(len(shelves)), 0)
    found = []
    for number, shelf in enumerate(shelves):
        for before, pack in enumerate(shelf.packs):
            left = (pack.expires_on - on).days
            here = shelf.turn(before)
            if left > within_days or here <= left:
                continue
            turns = [
                (other.turn(_ahead(other, pack.expires_on) + extra[index]), index)
                for index, other in enumerate(shelves)
                if index != number and other.used
            ]
            best = min(turns, default=None)
            if best is not None and best[0] <= left and best[0] < here:
                extra[best[1]] += 1
                found.append(_exchange(pack, shelf, here, shelves[best[1]], best[0], left))
    return found


def _ahead(shelf: _Shelf, expires_on: date) -> int:
    """How many packs there go before one that expires then."""
    return sum(pack.expires_on <= expires_on for pack in shelf.packs)


def _exchange(pack: Any, lies: _Shelf, here: Fraction, to: _Shelf, there: Fraction, left: int) -> Exchange:
    last = to.packs[-1] if to.packs else None
    return Exchange(
        item=pack.code,
        product_code=pack.product_code,
        name=pack.name,
        name_en=pack.name_en,
        expires_on=pack.expires_on,
        days_left=left,
        from_code=lies.place.code,
        from_name=lies.place.name,
        from_name_en=lies.place.name_en,
        lasts_days=None if here >= rates.NEVER else int(here),
        to_code=to.place.code,
        to_name=to.place.name,
        to_name_en=to.place.name_en,
        to_lasts_days=int(there),
        back=last.code if last is not None and last.expires_on > pack.expires_on else None,
        departments=frozenset((lies.place.department_id, to.place.department_id)),
    )


def swap(session: Session, asked: ToSwap) -> tuple[str, ...]:
    """The two packs, each where the other was; the codes of both.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, AlreadyUsed, Gone, Held, NotSignedYet, Expired, NoExchange,
    OtherDepartment, Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return codes_of(session, done)
    goods = goods_of(session, [asked.item, asked.back])
    for one in goods:
        refuse_unsafe(one, 1, when=asked.occasion.moment)
    if len(goods) != 2 or not _alike(*goods):
        raise NoExchange(one=goods[0].item.code, other=goods[-1].item.code)
    if asked.departments is not None and not any(one.department_id in asked.departments for one in goods):
        raise OtherDepartment(item=goods[0].item.code, location=goods[0].location_name)
    period = ledger.posting_period(session, asked.occasion.day)
    draft = Draft(session, asked.occasion, expected=2)
    for one, other in (goods, reversed(goods)):
        draft.move(one.item, _to(session, one, other, period))
    draft.write()
    return tuple(one.item.code for one in goods)


def _alike(one: Goods, other: Goods) -> bool:
    same = (one.item.product_id, one.item.quantity) == (other.item.product_id, other.item.quantity)
    wards = one.location_kind in WARD_KINDS and other.location_kind in WARD_KINDS
    return same and wards and one.item.location_id != other.item.location_id


def _to(session: Session, goods: Goods, other: Goods, period: str) -> Step:
    item = goods.item
    title = money.passes_title(goods, other.location_kind)
    return Step(
        kind=MovementKind.TRANSFER,
        quantity=item.quantity,
        from_location_id=item.location_id,
        to_location_id=other.item.location_id,
        from_owner_id=item.owner_id,
        to_owner_id=HOSPITAL_ID if title else item.owner_id,
        state_after=item.state,
        reason="near expiry",
        entry=money.entry_of(session, goods, goods.location_kind, other.location_kind, period=period),
    )
