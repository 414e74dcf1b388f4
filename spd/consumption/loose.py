"""This file is packs that are used loose: opened, finished, put back sealed after a mis-scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, stock
from spd.consumption.by_whom import NotYours, user_of
from spd.consumption.judging import ALSO, Noted, ToJudge, judge, mode_of
from spd.consumption.record import Bedside, UseScanned, entry_of, step_of
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemKind, ItemState, ItemStateName, Movement, MovementKind, Step
from spd.places import WARD_KINDS
from spd.stock import Goods, opened, use_happened
from spd.stock.scanned_uses import VARIANCE


class NotToOpen(Refused):
    """Only a sealed pack on a ward is opened."""

    code = "not-to-open"
    error = "E12"
    say = {
        "zh": "{item} 不是本科室未拆封的定数包, 不能开包。",
        "en": "{item} is not a sealed pack of this ward and is not opened.",
    }


class NotOpen(Refused):
    """Only an open pack is finished."""

    code = "not-open"
    error = "E12"
    say = {
        "zh": "{item} 未开包, 不能结束。未用的定数包直接扫描使用。",
        "en": "{item} is not open. A sealed pack is used by scanning it.",
    }


class DrawnSince(Refused):
    """Something was drawn from the pack after it was opened."""

    code = "drawn-since"
    say = {
        "zh": "{item} 开包后已有取用, 不能恢复为未开封。先撤销取用。",
        "en": "Something was drawn from {item} since it was opened. Undo that first.",
    }


@dataclass(frozen=True, kw_only=True)
class OpeningAsked:
    """A pack to be opened, or finished."""

    occasion: Occasion
    item: str | Scan
    raw_scan: bytes | None = None
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A pack that is open, and until which day it may be used."""

    movement_id: int
    item: str
    product: str
    name: str
    name_en: str
    lot: str
    quantity: int
    base_unit: str
    good_until_on: date | None
    cautions: tuple[stock.Caution, ...] = ()
    repeated: bool = False
    noted: tuple[Noted, ...] = field(default=(), compare=False)
    """What the rules found and let pass, for whoever keeps it: told the first time."""
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)


def open_pack(session: Session, asked: OpeningAsked) -> Opened:
    """A sealed pack of a ward, open stock of the ward from now on; nothing is charged yet.

    Held against every rule that is not about a patient: what blocks a use stops it, all else is told.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, NotToOpen, NotYours, then in the order of `stock.use_rules`
    what blocks; Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return _told(session, done[0], repeated=True)
    code = stock.item_code(session, asked.item, departments=asked.departments)
    key, when = asked.occasion.request_key, asked.occasion.moment
    found = stock.get_for_use(session, code, None, request_key=key, when=when, also=ALSO)
    goods = found.goods
    _refuse_other(goods, asked)
    judged = judge(session, ToJudge(
        occasion=asked.occasion, found=found, quantity=1, user_id=goods.department_id, departments=asked.departments,
        told_as=use_happened.as_opened,
    ))  # fmt: skip
    item = goods.item
    sealed = item.kind == ItemKind.PACK and item.state == ItemStateName.AVAILABLE
    if not sealed or goods.location_kind not in WARD_KINDS:
        raise NotToOpen(item=code)
    draft = Draft(session, asked.occasion)
    draft.move(item, _stays(item, ItemStateName.OPEN, goods, raw_scan=asked.raw_scan))
    movement = draft.write()[0]
    mode = mode_of(found)
    opened.note_opened(
        session, asked.occasion, item, department_id=goods.department_id, open_days=mode.open_days
    )  # fmt: skip
    told = _told(session, session.get_one(Movement, movement["id"]))
    return replace(told, cautions=tuple(judged.cautions), noted=judged.noted(False), about=judged.about)


def _refuse_other(goods: Goods, asked: OpeningAsked) -> None:
    if asked.departments is not None and goods.department_id not in asked.departments:
        raise NotYours(department=goods.department_code)


def _stays(
    item: ItemState, state: ItemStateName, goods: Goods, *, raw_scan: bytes | None = None, reverses: int | None = None
) -> Step:
    """The thing where it lies, in another state."""
    return Step(
        kind=MovementKind.OPEN if reverses is None else MovementKind.REVERSE, quantity=item.quantity,
        from_location_id=item.location_id, to_location_id=item.location_id, from_owner_id=item.owner_id,
        to_owner_id=item.owner_id, state_after=state, department_id=goods.department_id, raw_scan=raw_scan,
        reverses_id=reverses,
    )  # fmt: skip


def _told(session: Session, movement: Movement, *, repeated: bool = False) -> Opened:
    item = ledger.item_states(session, [movement.item_id])[movement.item_id]
    goods = stock.get_goods(session, item.code)
    until = select(opened.OpenedItem.good_until_on).where(opened.OpenedItem.request_key == str(movement.request_key))
    return Opened(
        movement_id=movement.id, item=item.code, product=goods.product_code, name=goods.name, name_en=goods.name_en,
        lot=goods.lot, quantity=movement.quantity, base_unit=goods.base_unit,
        good_until_on=session.scalars(until).first(), repeated=repeated,
    )  # fmt: skip


def reseal(session: Session, occasion: Occasion, opening: Movement) -> int:
    """A pack opened by mistake, sealed again; the number of the movement. Raises: DrawnSince, Moved, Racing."""
    item = ledger.item_states(session, [opening.item_id])[opening.item_id]
    if item.version != opening.sequence or item.state != ItemStateName.OPEN:
        raise DrawnSince(item=item.code)
    draft = Draft(session, occasion)
    draft.move(
        item, _stays(item, ItemStateName.AVAILABLE, stock.get_goods(session, item.code), reverses=opening.id)
    )  # fmt: skip
    return int(draft.write()[0]["id"])


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A pack that is empty now; `variance` is what was in it by the book and was charged to nobody's use."""

    item: str
    variance: int
    cost: Decimal
    repeated: bool = False


def finish(session: Session, asked: OpeningAsked) -> Finished:
    """An open pack that is empty: what the book still has in it is borne by the department, as a variance.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, NotYours, NotOpen, NoRule, Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        item = ledger.item_states(session, [done[0].item_id])[done[0].item_id]
        quantity = done[0].quantity
        return Finished(item=item.code, variance=quantity, cost=quantity * item.unit_price, repeated=True)
    code = stock.item_code(session, asked.item, departments=asked.departments)
    use = UseScanned(occasion=asked.occasion, item=code, departments=asked.departments, raw_scan=asked.raw_scan)
    key, when = asked.occasion.request_key, asked.occasion.moment
    found = stock.get_for_use(session, code, None, request_key=key, when=when, also=ALSO)
    goods = found.goods
    _refuse_other(goods, asked)
    if goods.item.state != ItemStateName.OPEN:
        raise NotOpen(item=code)
    user, refused = user_of(session, goods, department=None, mine=asked.departments)
    if refused is not None:
        raise refused
    assert user is not None, "a ward's stock has somebody who bears it"
    bedside = Bedside(use=use, goods=goods, quantity=goods.item.quantity, user=user, stay=None)
    draft = Draft(session, asked.occasion)
    step = step_of(bedside, goods.item, entry_of(session, bedside))
    draft.move(goods.item, replace(step, reason=VARIANCE))
    draft.write()
    return Finished(
        item=code, variance=goods.item.quantity, cost=goods.item.quantity * goods.item.unit_price
    )  # fmt: skip
