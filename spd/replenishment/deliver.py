"""This file is delivery to a ward: a tote leaves, the ward signs for it, and only then is it ward stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from scanners import Scan, own
from spd import ledger, stock
from spd.core.errors import Conflict, NotAllowed, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, ItemStateName, Movement, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End, Location, get_location
from spd.replenishment import money
from spd.replenishment.models import Dispatch
from spd.stock import Goods
from spd.stock.goods import goods_with
from spd.stock.safety import refuse_unsafe


class UnknownDispatch(NotFound):
    """No tote has this seal."""

    code = "unknown-dispatch"
    error = "E01"
    say = {
        "zh": "没有配送箱 {dispatch}。扫描箱封条码。",
        "en": "There is no tote {dispatch}. Scan the code on its seal.",
    }


class WrongWard(Refused):
    """The tote is for another place."""

    code = "wrong-ward"
    error = "E14"
    say = {
        "zh": "送错科室: 应送 {right}。不要签收, 送往 {right}。",
        "en": "Wrong ward: this is for {right}. Take it there.",
    }


class AlreadyDelivered(Conflict):
    """Everything in the tote has been signed for."""

    code = "already-delivered"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "配送箱 {dispatch} 已签收, 不重复计。",
        "en": "Tote {dispatch} has been signed for. It is not counted again.",
    }


class NothingToSign(Refused):
    """The item is not in this tote."""

    code = "not-in-tote"
    error = "E02"
    say = {
        "zh": "{item} 不在配送箱 {dispatch} 内。放在一边, 通知库房。",
        "en": "{item} is not in tote {dispatch}. Put it aside and tell the store.",
    }


class MixedOrigin(Refused):
    """A tote is filled at one place."""

    code = "mixed-origin"
    error = "E20"
    say = {
        "zh": "{item} 账面在 {location}, 与其他物品不在同一货位。分开装箱。",
        "en": "{item} is at {location}, not with the others. Fill a tote from one place only.",
    }


class NotYourWard(NotAllowed):
    """Only the ward itself signs."""

    code = "not-your-ward"
    error = "E15"
    say = {
        "zh": "您无权在此科室签收。请该科室护士签收。",
        "en": "You may not sign for this ward. Ask a nurse of the ward to sign.",
    }


@dataclass(frozen=True, kw_only=True)
class ToDispatch:
    """What goes into a tote, and where it goes."""

    occasion: Occasion
    items: Sequence[str | Scan]
    to: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A tote on its way."""

    code: str
    to: str
    to_name: str
    items: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class ToSign:
    """A ward signs for a tote: all of it, or the items scanned."""

    occasion: Occasion
    dispatch: str
    location: str
    items: Sequence[str | Scan] = ()
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What became ward stock, and what of the tote is still missing."""

    dispatch: str
    location: str
    items: tuple[str, ...]
    missing: tuple[str, ...]
    title_passed: int
    repeated: bool = False


def dispatch(session: Session, asked: ToDispatch) -> Sent:
    """The tote with its seal; its items are in transit, and still whose they were.

    Raises: KeyReused, UnknownLocation, UnknownItem, AlreadyUsed, Gone, Held, NotSignedYet, Expired, MixedOrigin,
    Moved, Racing.
    """
    code = own.derive("document", f"dispatch:{asked.occasion.request_key}".encode())
    if done := ledger.find_done(session, asked.occasion):
        tote = get_dispatch(session, code)
        place = session.get_one(Location, tote.to_location_id)
        return Sent(code=code, to=place.code, to_name=place.name, items=codes_of(session, done), repeated=True)
    place = get_location(session, asked.to)
    goods = goods_of(session, asked.items)
    for one in goods:
        refuse_unsafe(one, 1, on=asked.occasion.day)
        if one.item.location_id != goods[0].item.location_id:
            raise MixedOrigin(item=one.item.code, location=one.location_name)
    session.add(
        Dispatch(
            code=code,
            from_location_id=goods[0].item.location_id,
            to_location_id=place.id,
            dispatched_at=asked.occasion.recorded_at,
        )
    )
    draft = Draft(session, asked.occasion, expected=len(goods))
    for one in goods:
        draft.move(one.item, _leave(one, code))
    draft.write()
    return Sent(code=code, to=place.code, to_name=place.name, items=tuple(one.item.code for one in goods))


def _leave(goods: Goods, code: str) -> Step:
    item = goods.item
    return Step(
        kind=MovementKind.DISPATCH,
        quantity=item.quantity,
        from_location_id=item.location_id,
        to_location_id=End.TRANSIT,
        from_owner_id=item.owner_id,
        to_owner_id=item.owner_id,
        state_after=ItemStateName.IN_TRANSIT,
        document=code,
    )


def sign(session: Session, said: ToSign) -> Signed:
    """The tote's items as ward stock. Goods settled on issue become the hospital's by this signature.

    Raises: KeyReused, UnknownDispatch, UnknownLocation, WrongWard, NotYourWard, AlreadyDelivered, NothingToSign,
    Moved, Racing.
    """
    tote = get_dispatch(session, said.dispatch)
    place = get_location(session, said.location)
    if done := ledger.find_done(session, said.occasion):
        return _told_again(session, tote, place, done)
    right = session.get_one(Location, tote.to_location_id)
    if place.id != right.id:
        raise WrongWard(right=right.name)
    if said.departments is not None and place.department_id not in said.departments:
        raise NotYourWard(location=place.code)
    waiting = waiting_in(session, tote.code)
    if not waiting:
        raise AlreadyDelivered(dispatch=tote.code)
    scanned = list(dict.fromkeys(stock.item_code(session, item) for item in said.items))
    for code in scanned:
        if code not in waiting:
            raise NothingToSign(item=code, dispatch=tote.code)
    taken = scanned or waiting
    return _sign(session, said, tote, place, taken, [code for code in waiting if code not in taken])


def _sign(
    session: Session, said: ToSign, tote: Dispatch, place: Location, taken: Sequence[str], missing: Sequence[str]
) -> Signed:
    origin = session.get_one(Location, tote.from_location_id)
    period = ledger.open_period(said.occasion.day, ledger.closed_through(session))
    goods = goods_of(session, taken)
    draft = Draft(session, said.occasion, expected=len(goods))
    passed = 0
    for one in goods:
        title = money.passes_title(one, place.kind)
        passed += title
        item = one.item
        draft.move(
            item,
            Step(
                kind=MovementKind.DELIVER,
                quantity=item.quantity,
                from_location_id=End.TRANSIT,
                to_location_id=place.id,
                from_owner_id=item.owner_id,
                to_owner_id=HOSPITAL_ID if title else item.owner_id,
                state_after=ItemStateName.AVAILABLE,
                department_id=place.department_id,
                document=tote.code,
                entry=money.entry_of(session, one, origin.kind, place.kind, period=period),
            ),
        )
    draft.write()
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=tuple(one.item.code for one in goods),
        missing=tuple(missing),
        title_passed=passed,
    )


def _told_again(session: Session, tote: Dispatch, place: Location, done: Sequence[Movement]) -> Signed:
    """The signature as it was answered the first time, whatever was signed for since."""
    signed = aliased(Movement)
    of_tote = (signed.item_id == Item.id) & (signed.document == tote.code) & (signed.kind == MovementKind.DELIVER)
    missing = (
        select(Item.code)
        .join(Movement, Movement.item_id == Item.id)
        .outerjoin(signed, of_tote)
        .where(Movement.document == tote.code, Movement.kind == MovementKind.DISPATCH)
        .where(signed.id.is_(None) | (signed.recorded_at > done[0].recorded_at))
        .order_by(Item.id)
    )
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=codes_of(session, done),
        missing=tuple(session.scalars(missing)),
        title_passed=sum(m.from_owner_id != m.to_owner_id for m in done),
        repeated=True,
    )


def find_dispatch(session: Session, code: str) -> Dispatch | None:
    """The tote with this seal."""
    return session.scalars(select(Dispatch).where(Dispatch.code == code)).one_or_none()


def get_dispatch(session: Session, code: str) -> Dispatch:
    """The tote with this seal. Raises: UnknownDispatch."""
    found = find_dispatch(session, code)
    if found is None:
        raise UnknownDispatch(dispatch=code)
    return found


def waiting_in(session: Session, code: str) -> list[str]:
    """The codes of what left in a tote and has not been signed for."""
    query = (
        select(Item.code)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.sequence == Item.version))
        .where(Movement.document == code, Movement.kind == MovementKind.DISPATCH)
        .order_by(Item.id)
    )
    return list(session.scalars(query))


def goods_of(session: Session, said: Sequence[str | Scan], departments: frozenset[int] | None = None) -> list[Goods]:
    """The items said or scanned, each once. Raises: NotAnItem, SeveralLots, UnknownItem."""
    wanted = list(dict.fromkeys(stock.item_code(session, one, departments=departments) for one in said))
    found = goods_with(session, wanted)
    for code in wanted:
        if code not in found:
            raise ledger.UnknownItem(item=code)
    return [found[code] for code in wanted]


def codes_of(session: Session, done: Sequence[Movement]) -> tuple[str, ...]:
    """The codes of the items an act moved, in its order."""
    items = ledger.item_states(session, [movement.item_id for movement in done])
    return tuple(items[movement.item_id].code for movement in done)
