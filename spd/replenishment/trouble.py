"""This file is what goes wrong on the way: things missing from a tote, and things in it that must not be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, insert, literal, or_, select, union_all
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger
from spd.catalog import Lot, Product
from spd.core.errors import Refused
from spd.core.occasion import Moment, Occasion
from spd.ledger import Draft, Entry, Item, ItemStateName, Movement, MovementKind, Step
from spd.places import End, Location, LocationKind, get_location
from spd.replenishment import money
from spd.replenishment.left import kinds_left, opened_before
from spd.replenishment.levels import left_again
from spd.replenishment.models import Dispatch, MissingItem, WavePick, WaveTote
from spd.replenishment.receiver import SIGNERS, NotYourWard
from spd.replenishment.totes import codes_of, get_dispatch, waiting_in
from spd.staff import Person
from spd.stock import Goods, expiry, goods_of, kits
from spd.stock.safety import is_stopped
from spd.stock.until import expired


class NotOnItsWay(Refused):
    """The thing is in no tote."""

    code = "not-on-its-way"
    error = "E20"
    say = {
        "zh": "{item} 不在途, 账面在 {location}。直接按该处库存处理。",
        "en": "{item} is not on its way: it is at {location}. Treat it as the stock of that place.",
    }


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """A thing on its way that the ward did not get. why: held, expired or missing."""

    dispatch: str
    to: str
    to_name: str
    to_name_en: str
    item: str
    name: str
    name_en: str
    lot: str
    expires_on: date | None
    quantity: int
    base_unit: str
    why: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Reprint:
    """A tote with something in it that is held now: its list is printed anew. sealed: whether it has left."""

    code: str
    to: str
    to_name: str
    to_name_en: str
    held: int
    sealed: bool


def report_missing(session: Session, occasion: Occasion, code: str, signer: Person | None = None) -> tuple[str, ...]:
    """The things of a tote that the ward has not found: they stay on their way, and the store looks for them.

    What must not be used is not missing. Reported before, nothing is added. Raises: UnknownDispatch, NotYourWard.
    """
    tote = get_dispatch(session, code)
    place = session.get_one(Location, tote.to_location_id)
    mine = signer.departments(*SIGNERS) if signer is not None else None
    if mine is not None and place.department_id not in mine:
        raise NotYourWard(location=place.code)
    goods = [
        one for one in goods_of(session, waiting_in(session, tote.code)) if not is_stopped(one, when=occasion.moment)
    ]
    known = set(session.scalars(select(MissingItem.item_id).where(MissingItem.dispatch_id == tote.id)))
    rows: list[dict[str, Any]] = [
        {
            "dispatch_id": tote.id,
            "item_id": one.item.id,
            "reported_at": occasion.recorded_at,
            "reported_by_id": occasion.staff_id,
        }
        for one in goods
        if one.item.id not in known
    ]
    if rows:
        session.execute(insert(MissingItem), rows)
    return tuple(one.item.code for one in goods)


@dataclass(frozen=True, kw_only=True)
class ToBringBack:
    """Things that left in a tote and are brought to a store after all."""

    occasion: Occasion
    items: Sequence[str | Scan]
    to: str


def bring_back(session: Session, asked: ToBringBack) -> tuple[str, ...]:
    """The things in the store: what is held stays held, what is expired is held now, what was open is open, else free.

    A kit comes back whole. What had left a ward is the store's again, as after any return.

    Raises: KeyReused, UnknownLocation, NotAnItem, SeveralLots, UnknownItem, KitEnded, InKit, NotYourWard, NotOnItsWay,
    Moved, Racing.
    """
    place = get_location(session, asked.to)
    if done := ledger.find_done(session, asked.occasion):
        return codes_of(session, done)
    if place.kind != LocationKind.STORE:
        raise NotYourWard(location=place.code)
    gathered = kits.gather(session, asked.items)
    goods = gathered.goods
    for one in goods:
        if one.item.location_id != End.TRANSIT:
            raise NotOnItsWay(item=one.item.code, location=one.location_name)
    kinds, opened = kinds_left(session, goods), opened_before(session, goods)
    period = ledger.posting_period(session, asked.occasion.day)
    draft = Draft(session, asked.occasion, expected=len(goods))
    for one in goods:
        free = ItemStateName.RESERVED if one.item.id in gathered.kits else ItemStateName.AVAILABLE
        free = ItemStateName.OPEN if one.item.id in opened else free
        bad = is_stopped(one, when=asked.occasion.moment)
        entry = money.entry_of(session, one, kinds[one.item.id], place.kind, period=period)
        draft.move(one.item, _back(one, place, ItemStateName.HELD if bad else free, entry))
    draft.write()
    expiry.note_expired(session, asked.occasion, goods)
    return tuple(one.item.code for one in goods)


def _back(goods: Goods, place: Location, state: ItemStateName, entry: Entry | None) -> Step:
    item = goods.item
    return Step(
        kind=MovementKind.RETURN,
        quantity=item.quantity,
        from_location_id=End.TRANSIT,
        to_location_id=place.id,
        from_owner_id=item.owner_id,
        to_owner_id=item.owner_id,
        state_after=state,
        entry=entry,
    )


def trouble_statement(*, on: date, at: datetime | None = None) -> Any:
    """What is on its way and will not be signed for, as a query with the columns of `Troubled`."""
    past = expired(Moment(on, at))
    why = case((Item.state == ItemStateName.HELD, "held"), (past, "expired"), else_="missing")
    missing = (MissingItem.item_id == Item.id) & (MissingItem.dispatch_id == Dispatch.id)
    return (
        select(
            Dispatch.code.label("dispatch"),
            Location.code.label("to"),
            Location.name.label("to_name"),
            Location.name_en.label("to_name_en"),
            Item.code.label("item"),
            Product.name,
            Product.name_en,
            Lot.code.label("lot"),
            Lot.expires_on,
            Item.quantity,
            Product.base_unit,
            why.label("why"),
            MissingItem.reported_at.label("since"),
        )
        .select_from(Item)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.kind == MovementKind.DISPATCH))
        .join(Dispatch, Dispatch.code == Movement.document)
        .join(Location, Location.id == Dispatch.to_location_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .outerjoin(MissingItem, missing)
        .where(Item.location_id == End.TRANSIT, ~left_again(Movement))
        .where(or_(Item.state == ItemStateName.HELD, past, MissingItem.id.is_not(None)))
    )


def in_trouble(session: Session, *, on: date, at: datetime | None = None) -> list[Troubled]:
    """What is on its way and will not be signed for, by tote."""
    query = trouble_statement(on=on, at=at).order_by(Dispatch.id, Item.id)
    return [Troubled(**row._mapping) for row in session.execute(query)]


def to_reprint(session: Session) -> list[Reprint]:
    """The totes, sealed or being filled, that hold something which is held now; their lists are printed anew."""
    sent = (
        select(Dispatch.code, Dispatch.to_location_id.label("place_id"), Item.id.label("item_id"))
        .join(Movement, (Movement.document == Dispatch.code) & (Movement.kind == MovementKind.DISPATCH))
        .join(Item, Item.id == Movement.item_id)
        .where(Item.location_id == End.TRANSIT, Item.state == ItemStateName.HELD, ~left_again(Movement))
    )
    filled = (
        select(WaveTote.code, WaveTote.location_id, Item.id)
        .join(WavePick, WavePick.tote_id == WaveTote.id)
        .join(Item, Item.id == WavePick.picked_item_id)
        .where(WaveTote.sealed_at.is_(None), Item.state == ItemStateName.HELD)
    )
    held: dict[tuple[str, int, bool], int] = {}
    marked = union_all(sent.add_columns(literal(True)), filled.add_columns(literal(False))).subquery()
    for code, place_id, _item, sealed in session.execute(select(marked)):
        key = (code, place_id, bool(sealed))
        held[key] = held.get(key, 0) + 1
    places = {place_id for _, place_id, _ in held}
    known = {place.id: place for place in session.scalars(select(Location).where(Location.id.in_(places)))}
    return [
        Reprint(
            code=code, to=known[place].code, to_name=known[place].name, to_name_en=known[place].name_en, held=count,
            sealed=sealed,
        )
        for (code, place, sealed), count in sorted(held.items())
    ]  # fmt: skip
