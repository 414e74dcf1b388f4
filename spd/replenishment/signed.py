"""This file is what a signature answers: what is ward stock now, what is missing, what must not be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from spd.core.errors import Refused
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import Location
from spd.replenishment.models import Dispatch
from spd.replenishment.totes import codes_of, things_of
from spd.staff import Staff
from spd.stock import Expired, Goods, Held, Recalled, goods_of, kit_fitness, kits
from spd.stock.kits import Kit
from spd.stock.until import is_expired


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A thing of the tote that is not signed for: held, recalled or expired. It goes to quarantine."""

    item: str
    name: str
    name_en: str
    error: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What became ward stock, what of the tote is still missing, and what must not be used."""

    dispatch: str
    location: str
    items: tuple[str, ...]
    missing: tuple[str, ...]
    title_passed: int
    signed_by: str = ""
    things: int = 0
    """How many things were signed for: a kit is one."""
    stopped: tuple[Stopped, ...] = ()
    repeated: bool = False


def unfit(goods: Goods, when: Moment) -> Refused | None:
    """Why it is not signed for: held, recalled or expired."""
    if goods.item.state == ItemStateName.HELD:
        return Held(item=goods.item.code)
    if goods.recalls:
        return Recalled(item=goods.item.code, lot=goods.lot or "-", recall=", ".join(goods.recalls))
    return Expired(expires_on=goods.until.said) if is_expired(goods.until, when) else None


def stopped_in(goods: Sequence[Goods], inside: dict[int, Kit], when: Moment) -> list[Stopped]:
    """What of a tote is not signed for: the unfit, and all that is in one kit with them."""
    found = []
    for one in goods:
        if refusal := unfit(one, when) or _kit_unfit(one, goods, inside, when):
            found.append(stopped_of(one, when, refusal))
    return found


def refusal_of(taken: Iterable[str], goods: Sequence[Goods], inside: dict[int, Kit], when: Moment) -> Refused:
    """Why nothing of what was taken from a tote is signed for: its first thing that is stopped, or the kit that is."""
    chosen = frozenset(taken)
    for one in goods:
        if one.item.code in chosen and (refusal := _kit_unfit(one, goods, inside, when) or unfit(one, when)):
            return refusal
    raise AssertionError("what is not signed for is unfit")


def _kit_unfit(one: Goods, goods: Sequence[Goods], inside: dict[int, Kit], when: Moment) -> Refused | None:
    """Why the kit that holds this thing is not signed for."""
    kit = inside.get(one.item.id)
    if kit is None:
        return None
    return kit_fitness.unfit(kit, [other for other in goods if inside.get(other.item.id) is kit], when=when)


def stopped_of(goods: Goods, when: Moment, refusal: Refused | None = None) -> Stopped:
    """A thing that is not signed for, and why."""
    why = refusal or unfit(goods, when)
    assert why is not None, "only what is unfit is stopped"
    return Stopped(
        item=goods.item.code, name=goods.name, name_en=goods.name_en, error=why.error, zh=why.sentence("zh"),
        en=why.sentence("en"),
    )  # fmt: skip


_SIGNED = aliased(Movement)


def told_again(session: Session, tote: Dispatch, place: Location, done: Sequence[Movement]) -> Signed:
    """The signature as it was answered the first time, whatever was signed for since."""
    of_tote = (_SIGNED.item_id == Item.id) & (_SIGNED.document == tote.code) & (_SIGNED.kind == MovementKind.DELIVER)
    missing = (
        select(Item.code)
        .join(Movement, Movement.item_id == Item.id)
        .outerjoin(_SIGNED, of_tote)
        .where(Movement.document == tote.code, Movement.kind == MovementKind.DISPATCH)
        .where(_SIGNED.id.is_(None) | (_SIGNED.recorded_at > done[0].recorded_at))
        .order_by(Item.id)
    )
    left = goods_of(session, list(session.scalars(missing)))
    stopped = _stopped_then(session, left, done[0])
    stopped += _in_kits_with(session, left, stopped, done[0])
    bad = {one.item for one in stopped}
    return Signed(
        dispatch=tote.code,
        location=place.code,
        items=codes_of(session, done),
        missing=tuple(one.item.code for one in left if one.item.code not in bad),
        title_passed=sum(m.from_owner_id != m.to_owner_id for m in done),
        signed_by=session.get_one(Staff, done[0].staff_id).name,
        things=things_of(session, done),
        stopped=tuple(stopped),
        repeated=True,
    )


def _in_kits_with(session: Session, left: Sequence[Goods], stopped: Sequence[Stopped], done: Movement) -> list[Stopped]:
    """What was in a kit with something that was stopped then."""
    kit_of = kits.sealed_then(session, [one.item.id for one in left], done.recorded_at)
    why = {kit_of[one.item.id]: held for one in left for held in stopped
           if held.item == one.item.code and one.item.id in kit_of}  # fmt: skip
    known = {one.item for one in stopped}
    return [
        replace(why[kit_of[one.item.id]], item=one.item.code, name=one.name, name_en=one.name_en)
        for one in left
        if one.item.code not in known and kit_of.get(one.item.id) in why
    ]


def _stopped_then(session: Session, left: Sequence[Goods], done: Movement) -> list[Stopped]:
    """Those of the things left that were held or expired when the others were signed for."""
    then = (
        select(Movement.item_id, func.max(Movement.sequence).label("sequence"))
        .where(Movement.item_id.in_([one.item.id for one in left]), Movement.recorded_at <= done.recorded_at)
        .group_by(Movement.item_id)
        .subquery()
    )
    held = select(Movement.item_id).join(
        then, (then.c.item_id == Movement.item_id) & (then.c.sequence == Movement.sequence)
    )
    was_held = set(session.scalars(held.where(Movement.state_after == ItemStateName.HELD)))
    found, signed = [], Moment(done.day_on, done.occurred_at)
    for one in left:
        if one.item.id in was_held:
            found.append(stopped_of(one, signed, Held(item=one.item.code)))
        elif is_expired(one.until, signed):
            found.append(stopped_of(one, signed, Expired(expires_on=one.until.said)))
    return found
