"""This file is signing for a tote at the ward: only then is it ward stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanners import Scan
from spd import ledger, stock
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemKind, ItemStateName, Movement, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End, Location, get_location
from spd.replenishment import money
from spd.replenishment.models import Dispatch
from spd.replenishment.receiver import NotYourWard, by_badge, refuse_stranger, refuse_unproved
from spd.replenishment.shortages import credit
from spd.replenishment.signed import Signed, stopped_of, told_again, unfit
from spd.replenishment.totes import get_dispatch, waiting_in
from spd.staff import Person, Staff
from spd.stock import Goods, goods_of


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


@dataclass(frozen=True, kw_only=True)
class ToSign:
    """A ward signs for a tote: all of it, or the items scanned.

    badge: whose signature it is, where another carries the device; signer: who asks, where no badge was scanned;
    proved: the badge's password was checked at the door; departments: where the asker signs, where nobody is named.
    """

    occasion: Occasion
    dispatch: str
    location: str
    items: Sequence[str | Scan] = ()
    departments: frozenset[int] | None = None
    badge: str = ""
    signer: Person | None = None
    proved: bool = False


def sign(session: Session, said: ToSign) -> Signed:
    """The tote's items as ward stock. Goods settled on issue become the hospital's by this signature.

    What is held or expired is not signed for, and stays on the list of the tote.

    Raises: KeyReused, UnknownDispatch, UnknownLocation, WrongWard, UnknownStaff, NotYourWard, AlreadyDelivered,
    NothingToSign, Held, Recalled, Expired, PinNeeded, Moved, Racing.
    """
    tote = get_dispatch(session, said.dispatch)
    place = get_location(session, said.location)
    if done := ledger.find_done(session, said.occasion):
        return told_again(session, tote, place, done)
    right = session.get_one(Location, tote.to_location_id)
    if place.id != right.id:
        raise WrongWard(right=right.name)
    said = _by(session, said, place)
    waiting = waiting_in(session, tote.code)
    if not waiting:
        raise AlreadyDelivered(dispatch=tote.code)
    scanned = list(dict.fromkeys(stock.item_code(session, item) for item in said.items))
    for code in scanned:
        if code not in waiting:
            raise NothingToSign(item=code, dispatch=tote.code)
    taken = scanned or waiting
    goods = goods_of(session, waiting)
    stopped = [one for one in goods if unfit(one, said.occasion.day)]
    bad = {one.item.code for one in stopped}
    good = [one for one in goods if one.item.code in taken and one.item.code not in bad]
    if not good:
        raise next(why for one in stopped if one.item.code in taken and (why := unfit(one, said.occasion.day)))
    refuse_unproved(session, good, proved=said.proved)
    passed = _book(session, said, tote, place, good)
    credit(session, said.occasion, tote, place, good)
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=tuple(one.item.code for one in good),
        missing=tuple(code for code in waiting if code not in taken and code not in bad),
        title_passed=passed,
        signed_by=session.get_one(Staff, said.occasion.staff_id).name,
        stopped=tuple(stopped_of(one, said.occasion.day) for one in stopped),
    )


def _by(session: Session, said: ToSign, place: Location) -> ToSign:
    """The same, as of who signs. Raises: UnknownStaff, NotYourWard."""
    signer = by_badge(session, said.badge) if said.badge else said.signer
    if signer is not None:
        refuse_stranger(signer, place)
        return replace(said, occasion=replace(said.occasion, staff_id=signer.id))
    if said.departments is not None and place.department_id not in said.departments:
        raise NotYourWard(location=place.code)
    return said


def _book(session: Session, said: ToSign, tote: Dispatch, place: Location, goods: Sequence[Goods]) -> int:
    """The movements and their money; how many things became the hospital's."""
    origin = session.get_one(Location, tote.from_location_id)
    period = ledger.open_period(said.occasion.day, ledger.closed_through(session))
    opened = _opened(session, goods)
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
                state_after=ItemStateName.OPEN if item.id in opened else ItemStateName.AVAILABLE,
                department_id=place.department_id,
                document=tote.code,
                entry=money.entry_of(session, one, origin.kind, place.kind, period=period),
            ),
        )
    draft.write()
    return passed


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
