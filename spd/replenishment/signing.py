"""This file is signing for a tote at the ward: only then is it ward stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanners import Scan
from spd import ledger, stock
from spd.core.errors import Conflict, NotAllowed, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, ItemKind, ItemStateName, Movement, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End, Location, get_location
from spd.replenishment import money
from spd.replenishment.models import Dispatch
from spd.replenishment.totes import codes_of, get_dispatch, waiting_in
from spd.stock import Goods, expiry, goods_of
from spd.stock.safety import is_stopped


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


class NotYourWard(NotAllowed):
    """Only the ward itself signs."""

    code = "not-your-ward"
    error = "E15"
    say = {
        "zh": "您无权在此科室签收。请该科室护士签收。",
        "en": "You may not sign for this ward. Ask a nurse of the ward to sign.",
    }


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
    held: tuple[str, ...] = ()
    """What arrived and must not be used: put on hold on its way, or expired by now."""
    repeated: bool = False


def sign(session: Session, said: ToSign) -> Signed:
    """The tote's items as ward stock. Goods settled on issue become the hospital's by this signature.

    What was put on hold on its way, or has expired, is here too, but on hold, and no title to it passes.

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
    opened = _opened(session, goods)
    stopped = {one.item.id for one in goods if is_stopped(one, on=said.occasion.day)}
    draft = Draft(session, said.occasion, expected=len(goods))
    passed = 0
    for one in goods:
        item = one.item
        title = item.id not in stopped and money.passes_title(one, place.kind)
        passed += title
        moneyless = item.id in stopped and item.owner_id != HOSPITAL_ID
        draft.move(
            item,
            Step(
                kind=MovementKind.DELIVER,
                quantity=item.quantity,
                from_location_id=End.TRANSIT,
                to_location_id=place.id,
                from_owner_id=item.owner_id,
                to_owner_id=HOSPITAL_ID if title else item.owner_id,
                state_after=_state(item.id, stopped, opened),
                department_id=place.department_id,
                document=tote.code,
                entry=None if moneyless else money.entry_of(session, one, origin.kind, place.kind, period=period),
            ),
        )
    draft.write()
    expiry.note_expired(session, said.occasion, goods)
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=tuple(one.item.code for one in goods),
        missing=tuple(missing),
        title_passed=passed,
        held=tuple(one.item.code for one in goods if one.item.id in stopped),
    )


def _state(item_id: int, stopped: set[int], opened: set[int]) -> ItemStateName:
    if item_id in stopped:
        return ItemStateName.HELD
    return ItemStateName.OPEN if item_id in opened else ItemStateName.AVAILABLE


def _opened(session: Session, goods: Sequence[Goods]) -> set[int]:
    """The packs among them that were open when they left: they arrive open."""
    packs = [one.item.id for one in goods if one.item.kind == ItemKind.PACK]
    left = aliased(Movement)
    last = select(func.max(left.sequence)).where(left.item_id == Movement.item_id, left.kind == MovementKind.DISPATCH)
    before = select(Movement.item_id).where(Movement.sequence == last.scalar_subquery() - 1)
    opened: set[int] = set()
    for start in range(0, len(packs), 500):
        here = Movement.item_id.in_(packs[start : start + 500])
        opened.update(session.scalars(before.where(here, Movement.state_after == ItemStateName.OPEN)))
    return opened


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
        held=codes_of(session, [m for m in done if m.state_after == ItemStateName.HELD]),
        repeated=True,
    )
