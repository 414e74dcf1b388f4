"""This file is picking: the scan of a pack keeps it for its tote. Nothing before that scan locks anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, policies, stock
from spd.catalog import Lot
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, ItemStateName, Moved, Movement, MovementKind
from spd.places import Location
from spd.replenishment import allocation
from spd.replenishment.models import Wave, WaveLine, WavePick, WaveTote
from spd.replenishment.waves import get_wave, open_tote, pending
from spd.stock import Caution, Goods
from spd.stock.holds import stays
from spd.stock.safety import cautions, refuse_unsafe


class NotInWave(Refused):
    """The wave needs nothing of this."""

    code = "not-in-wave"
    error = "E10"
    say = {
        "zh": "本波次不需要 {item} ({product})。放回货位, 扫描所示的包。",
        "en": "This wave does not need {item} ({product}). Put it back, scan the pack that is shown.",
    }


class NotInThisStore(Refused):
    """The item lies in another store than the wave picks in."""

    code = "not-in-this-store"
    error = "E20"
    say = {
        "zh": "{item} 账面在 {location}, 不在本波次的库房。放回原处。",
        "en": "{item} is at {location}, not in the store of this wave. Put it back.",
    }


class AlreadyPicked(Conflict):
    """The pack is kept already: in this wave, or in another."""

    code = "already-picked"
    error = "E03"
    verdict = "repeat"
    say = {"zh": "此件 {item} 已拣入 {tote}, 不重复计。", "en": "{item} is in {tote} already. It is not counted again."}


class FefoBreach(Refused):
    """A pack that expires sooner is there."""

    code = "fefo-breach"
    error = "E07"
    say = {
        "zh": "还有更早到期的包 {sooner} (效期 {expires_on}), 先拣它。",
        "en": "A pack that expires sooner is there: {sooner} (expires {expires_on}). Take that one.",
    }


class WaveFinished(Conflict):
    """Nothing more is picked in the wave."""

    code = "wave-finished"
    error = "E03"
    verdict = "repeat"
    say = {"zh": "波次 {wave} 已完成。新建波次。", "en": "Wave {wave} is finished. Make another."}


@dataclass(frozen=True, kw_only=True)
class ToPick:
    """A pack is scanned in a wave."""

    occasion: Occasion
    wave: str
    item: str | Scan


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What was picked and into which tote; what is left to pick in the wave."""

    item: str
    name: str
    name_en: str
    tote: str
    to: str
    to_name: str
    to_name_en: str
    left: int
    cautions: tuple[Caution, ...] = ()
    repeated: bool = False


def pick(session: Session, said: ToPick) -> Picked:
    """The pack kept for the tote of the place that gets it. Another that expires no later may stand for the one shown.

    Raises: KeyReused, UnknownWave, WaveFinished, NotAnItem, SeveralLots, UnknownItem, AlreadyPicked, AlreadyUsed, Gone,
    Held, NotSignedYet, Expired, NotInThisStore, NotInWave, FefoBreach, Moved, Racing.
    """
    wave = get_wave(session, said.wave)
    if done := ledger.find_done(session, said.occasion):
        return _told_again(session, wave, done[0])
    if wave.finished_at is not None:
        raise WaveFinished(wave=wave.code)
    goods = stock.get_goods(session, stock.item_code(session, said.item))
    _refuse_picked(session, goods)
    refuse_unsafe(goods, 1, when=said.occasion.moment)
    places = allocation.places_in(session, wave.from_location_id)
    if goods.item.location_id not in places:
        raise NotInThisStore(item=goods.item.code, location=goods.location_name)
    chosen, line = _pick_for(session, wave, goods)
    known = tuple(cautions(goods, on=said.occasion.day)) + _fefo(session, chosen, goods, places, said.occasion)
    tote = open_tote(session, wave, line.location_id)
    draft = Draft(session, said.occasion)
    draft.move(goods.item, stays(goods.item, MovementKind.PICK, ItemStateName.RESERVED, tote.code, ""))
    draft.write()
    _take(session, chosen, goods, tote, said.occasion)
    return _told(session, wave, goods, tote, known)


def put_back(session: Session, occasion: Occasion, item: str | Scan) -> str:
    """A pack picked by mistake, free again; its turn in the wave comes again. The code of the pack.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, NotInWave, Moved, Racing.
    """
    goods = stock.get_goods(session, stock.item_code(session, item))
    if ledger.find_done(session, occasion):
        return goods.item.code
    mine = (WavePick.picked_item_id == goods.item.id) & WaveTote.sealed_at.is_(None)
    picked = session.scalars(select(WavePick).join(WaveTote, WaveTote.id == WavePick.tote_id).where(mine)).first()
    if picked is None or goods.item.state != ItemStateName.RESERVED:
        raise NotInWave(item=goods.item.code, product=goods.name)
    draft = Draft(session, occasion)
    draft.move(goods.item, stays(goods.item, MovementKind.RELEASE, ItemStateName.AVAILABLE, "", "put back"))
    draft.write()
    picked.item_id, picked.picked_item_id, picked.picked_at, picked.tote_id = goods.item.id, None, None, None
    session.flush()  # what is left is counted by a query
    return goods.item.code


def set_short(session: Session, wave: Wave, number: int) -> bool:
    """Whether a pick is now given up because its pack was not found; one made or given up already is left.

    Raises: WaveFinished.
    """
    if wave.finished_at is not None:
        raise WaveFinished(wave=wave.code)
    mine = (WavePick.id == number) & (WavePick.wave_id == wave.id) & pending()
    picked = session.scalars(select(WavePick).where(mine)).one_or_none()
    if picked is None:
        return False
    picked.short = True
    session.flush()  # what is left is counted by a query
    return True


def _refuse_picked(session: Session, goods: Goods) -> None:
    """Raises: AlreadyPicked."""
    if goods.item.state != ItemStateName.RESERVED:
        return
    mine = select(Location.name).join(WaveTote, WaveTote.location_id == Location.id)
    mine = mine.join(WavePick, WavePick.tote_id == WaveTote.id).where(WavePick.picked_item_id == goods.item.id)
    if (name := session.scalar(mine.order_by(WavePick.id.desc()).limit(1))) is not None:
        raise AlreadyPicked(item=goods.item.code, tote=name)


def _pick_for(session: Session, wave: Wave, goods: Goods) -> tuple[WavePick, WaveLine]:
    """The pick that this pack is for: the one it was proposed for, else the next of its product and size."""
    fits = (WaveLine.product_id == goods.item.product_id) & (WaveLine.pack_quantity == goods.item.quantity)
    lines = {line.id: line for line in session.scalars(select(WaveLine).where(WaveLine.wave_id == wave.id, fits))}
    query = (
        select(WavePick)
        .where(WavePick.line_id.in_(lines), pending())
        .order_by(case((WavePick.item_id == goods.item.id, 0), else_=1), WavePick.position)
        .limit(1)
    )
    chosen = session.scalars(query).one_or_none()
    if chosen is None:
        raise NotInWave(item=goods.item.code, product=goods.name)
    return chosen, lines[chosen.line_id]


def _fefo(
    session: Session, chosen: WavePick, goods: Goods, places: Sequence[int], occasion: Occasion
) -> tuple[Caution, ...]:
    """The caution that a pack which expires sooner is there, and no wave is going to take it. Raises: FefoBreach."""
    sooner_than = Lot.expires_on.is_not(None) if goods.expires_on is None else Lot.expires_on < goods.expires_on
    meant_for_this = Item.id == (chosen.item_id or 0)
    query = (
        allocation.pickable(places, when=occasion.moment)
        .add_columns(Item.code, Lot.expires_on)
        .where(Item.product_id == goods.item.product_id, Item.quantity == goods.item.quantity)
        .where(Item.id != goods.item.id, sooner_than, meant_for_this | ~allocation.promised())
        .order_by(*allocation.soonest_first())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return ()
    breach = FefoBreach(sooner=row.code, expires_on=row.expires_on.isoformat())
    if policies.get(session, "refill.fefo") == "block":
        raise breach
    return (Caution(code=breach.code, error=breach.error, zh=breach.sentence("zh"), en=breach.sentence("en")),)


def _take(session: Session, chosen: WavePick, goods: Goods, tote: WaveTote, occasion: Occasion) -> None:
    """The pick as made. Where the pack was proposed for another pick, that one gets what was proposed for this.

    Raises: Moved, where somebody else made the same pick just now.
    """
    made = {"picked_item_id": goods.item.id, "picked_at": occasion.recorded_at, "tote_id": tote.id}
    taken = session.execute(update(WavePick).where(WavePick.id == chosen.id, pending()).values(made))
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Moved(item=goods.item.code)
    if chosen.item_id != goods.item.id:
        mine = (WavePick.item_id == goods.item.id) & pending()
        other = session.scalars(select(WavePick).where(mine).limit(1)).one_or_none()
        if other is not None:
            other.item_id = chosen.item_id
            session.flush()  # what is left is counted by a query


def left_of(session: Session, wave: Wave) -> int:
    """How many picks of a wave are still to be made."""
    query = select(func.count()).select_from(WavePick).where(WavePick.wave_id == wave.id, pending())
    return session.scalar(query) or 0


def _told(
    session: Session, wave: Wave, goods: Goods, tote: WaveTote, known: tuple[Caution, ...], *, repeated: bool = False
) -> Picked:
    place = session.get_one(Location, tote.location_id)
    return Picked(
        item=goods.item.code,
        name=goods.name,
        name_en=goods.name_en,
        tote=tote.code,
        to=place.code,
        to_name=place.name,
        to_name_en=place.name_en,
        left=left_of(session, wave),
        cautions=known,
        repeated=repeated,
    )


def _told_again(session: Session, wave: Wave, done: Movement) -> Picked:
    code = session.scalars(select(Item.code).where(Item.id == done.item_id)).one()
    tote = session.scalars(select(WaveTote).where(WaveTote.code == done.document)).one()
    return _told(session, wave, stock.get_goods(session, code), tote, (), repeated=True)
