"""This file is holding by hand: somebody stops things, by item or by place, product and lot; somebody lets them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, policies, stock
from spd.catalog import Lot, Product
from spd.core.errors import Conflict, NotAllowed, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import ITEM_COLUMNS, Item, ItemState
from spd.places import Location, get_location
from spd.stock import OtherDepartment, holds
from spd.stock.holds import HOLDABLE, QUALITY, Hold, HoldReason, Why
from spd.stock.safety import refuse_gone
from spd.stock.until import Until, is_expired

BY_HAND = (
    HoldReason.DAMAGED, HoldReason.INSPECTION, HoldReason.TEMPERATURE, HoldReason.LICENCE, HoldReason.DISPUTE,
    HoldReason.RECALL, HoldReason.OTHER,
)  # fmt: skip
"""The reasons people give; the others come with a document, or with the day."""
BY_DOCUMENT = (HoldReason.WRITE_OFF, HoldReason.RETURN)


class NothingToStop(NotFound):
    """What was chosen is not here, or is held for this reason already."""

    code = "nothing-to-stop"
    say = {
        "zh": "没有可冻结的物品: 所选范围内无库存, 或已因同一原因冻结。核对货位、品规和批号。",
        "en": "Nothing to put on hold: none of it is here, or this reason holds it already. Check what you chose.",
    }


class NothingChosen(Refused):
    """A hold says what it holds."""

    code = "nothing-chosen"
    say = {
        "zh": "请说明冻结什么: 扫物品码, 或选货位、品规 (批号须连同品规)。",
        "en": "Say what to hold: scan items, or choose a place or a product (a lot goes with its product).",
    }


class UnknownHold(NotFound):
    """No hold has this number, or it is of a place that is not yours."""

    code = "unknown-hold"
    say = {"zh": "没有冻结记录 {hold}。刷新列表。", "en": "There is no hold {hold}. Reload the list."}


class AlreadyReleased(Conflict):
    """The hold has ended."""

    code = "already-released"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "冻结 {hold} 已解除, 不重复计。",
        "en": "Hold {hold} has been released. It is not counted again.",
    }


class StillExpired(Refused):
    """The day does not come back."""

    code = "still-expired"
    error = "E06"
    say = {
        "zh": "{item} 已过期 {expires_on}, 不能解冻。退供应商或报损。",
        "en": "{item} expired on {expires_on} and stays on hold. Return it to the supplier or write it off.",
    }


class HeldByDocument(Refused):
    """A write-off or a return holds it; the decision on that releases it."""

    code = "held-by-document"
    say = {
        "zh": "此件由单据 {document} 冻结。请在该单据上处理。",
        "en": "Document {document} holds this. Decide on that document instead.",
    }


class RecallHolds(NotAllowed):
    """Only quality lets recalled goods go."""

    code = "recall-holds"
    error = "E08"
    say = {
        "zh": "召回冻结只能由质量管理人员解除。",
        "en": "Only quality may release what a recall holds.",
    }


@dataclass(frozen=True, kw_only=True)
class ToHold:
    """What to stop, and why: the items named, or else everything at a place, of a product, of a lot."""

    occasion: Occasion
    why: Why
    items: Sequence[str | Scan] = ()
    location: str = ""
    product: str = ""
    lot: str = ""
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What is held now for that reason."""

    items: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class ToRelease:
    """Which holds to end, and what was found. `quality`: whether the person may let recalled goods go."""

    occasion: Occasion
    holds: Sequence[int]
    note: str
    quality: bool = False
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Released:
    """What may be used again, and what other reasons still hold."""

    free: tuple[str, ...]
    still_held: tuple[str, ...]
    repeated: bool = False


def hold(session: Session, asked: ToHold) -> Stopped:
    """Put things on hold. Items named that are no longer here are refused; of a wider choice they are left out.

    Raises: KeyReused, NothingChosen, UnknownLocation, UnknownItem, NotAnItem, SeveralLots, OtherDepartment,
    AlreadyUsed, Gone, NothingToStop, Moved, Racing.
    """
    ledger.find_done(session, asked.occasion)  # another act under this key is refused
    if placed := _placed(session, asked):
        return Stopped(items=placed, repeated=True)
    chosen = _named(session, asked) if asked.items else _chosen(session, asked)
    fresh = holds.place(session, asked.occasion, chosen, asked.why)
    if not fresh:
        raise NothingToStop()
    return Stopped(items=tuple(item.code for item in fresh))


def _placed(session: Session, asked: ToHold) -> tuple[str, ...]:
    query = (
        select(Item.code, Hold.reason, Hold.reference)
        .join(Hold, Hold.item_id == Item.id)
        .where(Hold.request_key == asked.occasion.request_key)
        .order_by(Hold.id)
    )
    rows = session.execute(query).all()
    if any((reason, reference) != (asked.why.reason, asked.why.reference) for _, reason, reference in rows):
        raise ledger.KeyReused(key=asked.occasion.request_key)
    return tuple(code for code, _, _ in rows)


def _named(session: Session, asked: ToHold) -> list[ItemState]:
    goods = stock.goods_of(session, asked.items, asked.departments)
    for one in goods:
        refuse_gone(one)
        if asked.departments is not None and one.department_id not in asked.departments:
            raise OtherDepartment(item=one.item.code, location=one.location_name)
    return [one.item for one in goods]


def _chosen(session: Session, asked: ToHold) -> list[ItemState]:
    if not (asked.location or asked.product) or (asked.lot and not asked.product):
        raise NothingChosen()
    query = (
        select(*ITEM_COLUMNS)
        .join(Location, Location.id == Item.location_id)
        .where(Item.quantity > 0, Item.state.in_(HOLDABLE))
        .order_by(Item.id)
    )
    if asked.departments is not None:
        query = query.where(Location.department_id.in_(asked.departments))
    if asked.location:
        place = get_location(session, asked.location)
        if asked.departments is not None and place.department_id not in asked.departments:
            raise OtherDepartment(item=place.code, location=place.name)
        query = query.where(Item.location_id == place.id)
    if asked.product:
        query = query.where(Item.product_id.in_(select(Product.id).where(Product.code == asked.product)))
    if asked.lot:
        query = query.where(Item.lot_id.in_(select(Lot.id).where(Lot.code == asked.lot)))
    return [ItemState(**row._mapping) for row in session.execute(query)]


def release(session: Session, asked: ToRelease) -> Released:
    """End holds; what no other reason holds may be used again. By policy quality holds need a second person.

    Raises: KeyReused, UnknownHold, AlreadyReleased, HeldByDocument, RecallHolds, SamePerson, StillExpired, Moved,
    Racing.
    """
    ledger.find_done(session, asked.occasion)  # another act under this key is refused
    rows = session.execute(_with_items(asked)).all()
    found = [row[0] for row in rows]
    if missing := set(asked.holds) - {one.id for one in found}:
        raise UnknownHold(hold=min(missing))
    items = {row.item_id: row.code for row in rows}
    if all(one.release_key == asked.occasion.request_key for one in found):
        return _told(session, items, repeated=True)
    other = policies.get(session, "hold.release") == "other"
    for one, code, _, expires_on, expires_at in rows:
        _refuse_release(asked, one, code, Until(expires_on, expires_at), other=other)
    holds.release(session, asked.occasion, found, note=asked.note)
    return _told(session, items)


def _with_items(asked: ToRelease) -> Any:
    query: Any = (
        select(Hold, Item.code, Item.id.label("item_id"), Lot.expires_on, Lot.expires_at)
        .join(Item, Item.id == Hold.item_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Hold.id.in_(asked.holds))
        .order_by(Hold.id)
    )
    found: Any = query
    return found if asked.departments is None else found.where(Location.department_id.in_(asked.departments))


def _refuse_release(asked: ToRelease, one: Hold, item: str, until: Until, *, other: bool) -> None:
    if one.released_at is not None:
        raise AlreadyReleased(hold=one.id)
    if one.reason in BY_DOCUMENT:
        raise HeldByDocument(document=one.reference)
    if one.reason == HoldReason.RECALL and not asked.quality:
        raise RecallHolds()
    if one.reason in QUALITY and other:
        refuse_same_person(one.placed_by_id, asked.occasion.staff_id)
    if one.reason == HoldReason.EXPIRED and is_expired(until, asked.occasion.moment):
        raise StillExpired(item=item, expires_on=until.said)


def _told(session: Session, items: dict[int, str], *, repeated: bool = False) -> Released:
    held = {one.item_id for one in holds.open_holds(session, sorted(items))}
    return Released(
        free=tuple(code for item_id, code in items.items() if item_id not in held),
        still_held=tuple(code for item_id, code in items.items() if item_id in held),
        repeated=repeated,
    )
