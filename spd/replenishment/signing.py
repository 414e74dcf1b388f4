"""This file is signing for a tote at the ward: only then is it ward stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, stock
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End, Location, get_location
from spd.replenishment import money
from spd.replenishment.left import opened_before
from spd.replenishment.models import Dispatch
from spd.replenishment.receiver import NotYourWard, by_badge, refuse_stranger, refuse_unproved
from spd.replenishment.shortages import credit
from spd.replenishment.signed import Signed, refusal_of, stopped_in, told_again
from spd.replenishment.totes import get_dispatch, waiting_in
from spd.staff import Person, Staff
from spd.stock import Goods, goods_of, kits


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

    What is held or expired is not signed for, and stays on the list of the tote; so does a kit that holds such a thing.

    Raises: KeyReused, UnknownDispatch, UnknownLocation, WrongWard, UnknownStaff, NotYourWard, AlreadyDelivered,
    NothingToSign, InKit, Held, Recalled, Expired, KitStopped, PinNeeded, Moved, Racing.
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
    goods = goods_of(session, waiting)
    inside = kits.kits_with(session, [one.item.id for one in goods])
    taken = _scanned(session, said, tote, waiting) or waiting
    stopped = stopped_in(goods, inside, said.occasion.moment)
    bad = {one.item for one in stopped}
    good = [one for one in goods if one.item.code in taken and one.item.code not in bad]
    kits.refuse_parts(session, kits.Gathered(goods=good, kits={n: inside[n] for n in _ids(good) if n in inside}))
    if not good:
        raise refusal_of(taken, goods, inside, said.occasion.moment)
    refuse_unproved(session, good, proved=said.proved)
    passed = _book(session, said, tote, place, good, inside)
    credit(session, said.occasion, tote, place, [one for one in good if one.item.id not in inside])
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=tuple(one.item.code for one in good),
        missing=tuple(code for code in waiting if code not in taken and code not in bad),
        title_passed=passed,
        signed_by=session.get_one(Staff, said.occasion.staff_id).name,
        things=kits.count_things(good, inside),
        stopped=tuple(stopped),
    )


def _ids(goods: Sequence[Goods]) -> list[int]:
    return [one.item.id for one in goods]


def _scanned(session: Session, said: ToSign, tote: Dispatch, waiting: Sequence[str]) -> list[str]:
    """The things that were scanned, a kit by its label. Raises: NotAnItem, SeveralLots, UnknownItem, NothingToSign."""
    found: list[str] = []
    for item in said.items:
        code = stock.item_code(session, item)
        kit = None if code in waiting else kits.find_kit(session, code)
        codes = [code] if kit is None else [one.item.code for one in kits.contents(session, kit)]
        mine = [one for one in codes if one in waiting]
        if not mine:
            raise NothingToSign(item=code, dispatch=tote.code)
        found += mine
    return list(dict.fromkeys(found))


def _by(session: Session, said: ToSign, place: Location) -> ToSign:
    """The same, as of who signs. Raises: UnknownStaff, NotYourWard."""
    signer = by_badge(session, said.badge) if said.badge else said.signer
    if signer is not None:
        refuse_stranger(signer, place)
        return replace(said, occasion=replace(said.occasion, staff_id=signer.id))
    if said.departments is not None and place.department_id not in said.departments:
        raise NotYourWard(location=place.code)
    return said


def _book(
    session: Session, said: ToSign, tote: Dispatch, place: Location, goods: Sequence[Goods], inside: dict[int, kits.Kit]
) -> int:
    """The movements and their money; how many things became the hospital's. What is in a kit stays kept for it."""
    origin = session.get_one(Location, tote.from_location_id)
    period = ledger.posting_period(session, said.occasion.day)
    opened = opened_before(session, goods)
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
                state_after=ItemStateName.RESERVED
                if item.id in inside
                else ItemStateName.OPEN
                if item.id in opened
                else ItemStateName.AVAILABLE,
                department_id=place.department_id,
                document=tote.code,
                entry=money.entry_of(session, one, origin.kind, place.kind, period=period),
            ),
        )
    draft.write()
    return passed
