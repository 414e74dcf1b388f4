"""This file is closing a tote and a wave: what was picked leaves, what was not found is kept as a shortage."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, ItemState, ItemStateName, Racing
from spd.places import Location
from spd.replenishment.deliver import Sent, leave
from spd.replenishment.models import Dispatch, Shortage, Wave, WaveLine, WavePick, WaveTote
from spd.replenishment.totes import codes_of, find_dispatch


class UnknownTote(NotFound):
    """No wave has this tote."""

    code = "unknown-tote"
    error = "E01"
    say = {"zh": "没有补货箱 {tote}。扫描箱上的标签。", "en": "There is no tote {tote}. Scan the label on it."}


class EmptyTote(Refused):
    """Nothing lies in the tote."""

    code = "empty-tote"
    error = "E12"
    say = {
        "zh": "补货箱 {tote} 中没有已拣的物品, 不能封箱。先拣货。",
        "en": "Nothing has been picked into tote {tote}, so it cannot be sealed. Pick first.",
    }


class SealTaken(Conflict):
    """The seal is on another tote."""

    code = "seal-taken"
    error = "E03"
    say = {"zh": "封条 {seal} 已用于另一箱。换一个封条。", "en": "Seal {seal} is on another tote. Take another seal."}


@dataclass(frozen=True, kw_only=True)
class ToSeal:
    """A tote of a wave is closed and leaves. `seal`: the number of the seal, where numbered ones are used."""

    occasion: Occasion
    tote: str
    seal: str = ""


def find_tote(session: Session, code: str) -> WaveTote | None:
    """The tote of a wave with this code, sealed or not."""
    return session.scalars(select(WaveTote).where(WaveTote.code == code)).one_or_none()


def get_tote(session: Session, code: str) -> WaveTote:
    """The tote of a wave with this code. Raises: UnknownTote."""
    found = find_tote(session, code)
    if found is None:
        raise UnknownTote(tote=code)
    return found


def seal(session: Session, asked: ToSeal) -> Sent:
    """The tote on its way with what was picked into it; what was held since stays behind.

    Raises: KeyReused, UnknownTote, EmptyTote, SealTaken, Moved, Racing.
    """
    tote = get_tote(session, asked.tote)
    place = session.get_one(Location, tote.location_id)
    if done := ledger.find_done(session, asked.occasion):
        sent = codes_of(session, done)
        return Sent(code=tote.code, to=place.code, to_name=place.name, items=sent, repeated=True)
    items = inside(session, tote)
    if not items or tote.sealed_at is not None:
        raise EmptyTote(tote=tote.code)
    if asked.seal and find_dispatch(session, asked.seal) is not None:
        raise SealTaken(seal=asked.seal)
    wave = session.get_one(Wave, tote.wave_id)
    session.add(
        Dispatch(
            code=tote.code,
            seal=asked.seal or None,
            from_location_id=wave.from_location_id,
            to_location_id=tote.location_id,
            dispatched_at=asked.occasion.recorded_at,
        )
    )
    tote.sealed_at = asked.occasion.recorded_at
    draft = Draft(session, asked.occasion, expected=len(items))
    for item in items:
        draft.move(item, leave(item, tote.code))
    draft.write()
    return Sent(code=tote.code, to=place.code, to_name=place.name, items=tuple(item.code for item in items))


def inside(session: Session, tote: WaveTote) -> list[ItemState]:
    """What is kept in a tote that is not sealed yet."""
    query = (
        select(*ledger.ITEM_COLUMNS)
        .join(WavePick, WavePick.picked_item_id == Item.id)
        .where(WavePick.tote_id == tote.id, Item.state == ItemStateName.RESERVED)
        .order_by(Item.id)
    )
    return [ItemState(**row._mapping) for row in session.execute(query)]


def finish(session: Session, occasion: Occasion, wave: Wave) -> list[Shortage]:
    """The shortages of the wave, which is over now; what was not picked is asked for anew by the list.

    Finished before, it is as it was. Raises: Racing.
    """
    if wave.finished_at is None:
        wave.finished_at, wave.finished_by_id = occasion.recorded_at, occasion.staff_id
        picked = func.sum(case((WavePick.picked_item_id.is_not(None), 1), else_=0))
        query = (
            select(WaveLine, (WaveLine.packs - picked).label("missing"))
            .join(WavePick, WavePick.line_id == WaveLine.id)
            .where(WaveLine.wave_id == wave.id)
            .group_by(WaveLine.id)
            .having(WaveLine.packs > picked)
            .order_by(WaveLine.id)
        )
        session.add_all(_shortage(occasion, line, missing) for line, missing in session.execute(query))
        try:
            session.flush()  # they are read again below
        except IntegrityError as error:
            raise Racing() from error
    return list(session.scalars(select(Shortage).where(Shortage.wave_id == wave.id).order_by(Shortage.id)))


def _shortage(occasion: Occasion, line: WaveLine, missing: int) -> Shortage:
    return Shortage(
        wave_id=line.wave_id,
        line_id=line.id,
        location_id=line.location_id,
        product_id=line.product_id,
        pack_quantity=line.pack_quantity,
        packs=missing,
        arisen_at=occasion.recorded_at,
    )
