"""This file is whether a thing may be used: the blocks, and the cautions that let it pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from spd.core.errors import Conflict, Refused
from spd.ledger import ItemKind, ItemStateName
from spd.stock import deny_list
from spd.stock.deny_list import Arriving, RecallTarget
from spd.stock.goods import Goods

NEAR_DAYS = 30  # the red level of near expiry; receiving has its own, longer one

USABLE = (ItemStateName.AVAILABLE, ItemStateName.OPEN)


class Expired(Refused):
    """The item's last usable day is past."""

    code = "expired"
    error = "E06"
    say = {
        "zh": "已过期 {expires_on}, 不可使用。放入退货箱。",
        "en": "Expired {expires_on}. Do not use. Put it in the return box.",
    }


class Held(Refused):
    """The item is on hold: recalled, or in quarantine."""

    code = "held"
    error = "E08"
    say = {
        "zh": "此件已冻结或召回, 禁用。放入隔离区并通知库房。",
        "en": "This item is on hold or recalled. Do not use it. Put it in quarantine and tell the store.",
    }


class Recalled(Held):
    """A recall in force means the lot, whether or not this piece of it is on hold yet."""

    code = "recalled"
    say = {
        "zh": "批次 {lot} 已召回 ({recall}), 禁用。放入隔离区并通知质控。",
        "en": "Lot {lot} is recalled ({recall}). Do not use it. Put it in quarantine and tell quality.",
    }


class AlreadyUsed(Conflict):
    """The item was used before."""

    code = "already-used"
    error = "E16"
    say = {
        "zh": "此件 {item} 已使用, 不能再用。换一件; 如实物完好, 请走冲销。",
        "en": "{item} has already been used. Take another; if it is intact, have the earlier use reversed.",
    }


class NotSignedYet(Refused):
    """The item is on its way, or kept for somebody: the ward has not signed for it."""

    code = "not-signed"
    error = "E02"
    say = {
        "zh": "此件 {item} 尚未签收或已被预留, 请先签收。",
        "en": "{item} is on its way or reserved. Sign for it at the ward first.",
    }


class Gone(Conflict):
    """The item is no longer in the hospital: returned, written off, or packed up."""

    code = "gone"
    error = "E16"
    say = {
        "zh": "此件 {item} 账面已不在院 ({state})。放入待验区并通知库房。",
        "en": "{item} is no longer in stock ({state}). Put it in quarantine and tell the store.",
    }


class NotEnough(Refused):
    """More is wanted than the item holds."""

    code = "not-enough"
    error = "E12"
    say = {
        "zh": "库存不足: 需 {wanted} 有 {there}。改数量, 或换一件。",
        "en": "Not enough: {wanted} wanted, {there} there. Change the quantity, or take another item.",
    }


class OtherDepartment(Refused):
    """The item is another department's stock."""

    code = "other-department"
    error = "E17"
    say = {
        "zh": "此件 {item} 属于 {location} 的库存。先办理调拨, 或用本科室库存。",
        "en": "{item} belongs to {location}. Transfer it first, or take one from your own stock.",
    }


@dataclass(frozen=True, kw_only=True)
class Caution:
    """Something to know that does not stop the act."""

    code: str
    error: str
    zh: str
    en: str


def refuse_unsafe(goods: Goods, quantity: int, *, on: date) -> None:
    """Refuse what must not be used. Raises: AlreadyUsed, Gone, Held, Recalled, NotSignedYet, Expired, NotEnough."""
    item = goods.item
    refuse_gone(goods)
    if item.state == ItemStateName.HELD:
        raise Held(item=item.code)
    if recalls := goods.recalls:
        raise Recalled(item=item.code, lot=goods.lot or "-", recall=", ".join(recalls))
    if item.state not in USABLE:
        raise NotSignedYet(item=item.code)
    refuse_expired(goods.expires_on, on=on)
    if quantity > item.quantity:
        raise NotEnough(wanted=quantity, there=item.quantity)


def refuse_gone(goods: Goods) -> None:
    """Refuse what is no longer in the hospital's hands. Raises: AlreadyUsed, Gone."""
    item = goods.item
    if item.state == ItemStateName.CONSUMED:
        raise AlreadyUsed(item=item.code)
    if item.state in (ItemStateName.RETURNED, ItemStateName.WRITTEN_OFF, ItemStateName.SPENT):
        raise Gone(item=item.code, state=item.state)


def refuse_recalled(targets: Iterable[RecallTarget], arriving: Arriving) -> None:
    """Refuse goods at the bay that one of these targets means. Raises: Recalled."""
    for target in targets:
        if target.product_id == arriving.product_id and deny_list.means(target, arriving):
            raise Recalled(item=arriving.serial or arriving.lot, lot=arriving.lot or "-", recall=target.reference)


def refuse_expired(expires_on: date | None, *, on: date) -> None:
    """Refuse what is past its last usable day; the day itself is still good. Raises: Expired."""
    if expires_on is not None and is_expired(expires_on, on=on):
        raise Expired(expires_on=expires_on.isoformat())


def is_expired(expires_on: date | None, *, on: date) -> bool:
    """Whether the last usable day is past."""
    return expires_on is not None and expires_on < on


def is_stopped(goods: Goods, *, on: date) -> bool:
    """Whether it must not be used although it is here: on hold, recalled, or expired."""
    return goods.item.state == ItemStateName.HELD or bool(goods.recalls) or is_expired(goods.expires_on, on=on)


def refuse_uncarried(goods: Goods, *, to_store: bool, on: date) -> None:
    """Refuse to carry what must not go there: what is held or expired goes back to a store and nowhere else.

    Raises: AlreadyUsed, Gone, Held, NotSignedYet, Expired.
    """
    if to_store and goods.item.state in (*USABLE, ItemStateName.HELD):
        return
    refuse_unsafe(goods, 1, on=on)


def cautions(goods: Goods, *, on: date, near_days: int = NEAR_DAYS) -> list[Caution]:
    """What the person should know although the act is done."""
    return near_expiry(goods.expires_on, on=on, near_days=near_days)


def near_expiry(expires_on: date | None, *, on: date, near_days: int) -> list[Caution]:
    """The caution that few days are left, where few are."""
    if expires_on is None or (left := (expires_on - on).days) > near_days:
        return []
    return [Caution(code="near-expiry", error="E07", zh=f"近效期 剩 {left} 天", en=f"Near expiry: {left} days left")]


def whole(goods: Goods) -> int:
    """How much one scan takes: all of a pack or a unit, one base unit of a bulk or of an open pack."""
    item = goods.item
    return 1 if item.kind == ItemKind.BULK or item.state == ItemStateName.OPEN else max(item.quantity, 1)
