"""This file is whether a thing may be used: the blocks, and the cautions that let it pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from spd.core.errors import Conflict, Refusal, Refused
from spd.core.occasion import Moment
from spd.ledger import ItemKind, ItemStateName
from spd.stock import deny_list
from spd.stock.deny_list import Arriving, RecallTarget
from spd.stock.goods import Goods
from spd.stock.until import Until, is_expired

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
    say_then: ClassVar[dict[str, str]] = {
        "zh": "此件 {item} 已于 {at} 使用 ({by_zh}), 不能再用。换一件; 如实物完好, 请走冲销。",
        "en": "{item} was used at {at} ({by}). Take another; if it is intact, have the earlier use reversed.",
    }
    """Where it is known when and by whom it was used."""

    def saying(self) -> dict[str, str]:
        """With when and by whom, where that is known."""
        return self.say_then if "at" in self.facts else self.say


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


def refuse_unsafe(goods: Goods, quantity: int, *, when: Moment) -> None:
    """Refuse what must not be used. Raises: AlreadyUsed, Gone, Recalled, Held, NotSignedYet, Expired, NotEnough."""
    for find in CHECKS:
        if (found := find(goods, quantity, when)) is not None:
            raise found


def refuse_gone(goods: Goods) -> None:
    """Refuse what is no longer in the hospital's hands. Raises: AlreadyUsed, Gone."""
    for find in (find_used, find_gone):
        if (found := find(goods, 0, Moment(date.min))) is not None:
            raise found


def find_used(goods: Goods, _quantity: int, _when: Moment) -> Refusal | None:
    """Whether it was used before."""
    return AlreadyUsed(item=goods.item.code) if goods.item.state == ItemStateName.CONSUMED else None


def find_gone(goods: Goods, _quantity: int, _when: Moment) -> Refusal | None:
    """Whether it has left the hospital otherwise than by being used."""
    item = goods.item
    gone = item.state in (ItemStateName.RETURNED, ItemStateName.WRITTEN_OFF, ItemStateName.SPENT)
    return Gone(item=item.code, state=item.state) if gone else None


def find_recalled(goods: Goods, _quantity: int, _when: Moment) -> Refusal | None:
    """Whether a recall in force means it, on hold already or not."""
    if recalls := goods.recalls:
        return Recalled(item=goods.item.code, lot=goods.lot or "-", recall=", ".join(recalls))
    return None


def find_held(goods: Goods, _quantity: int, _when: Moment) -> Refusal | None:
    """Whether somebody stopped it."""
    return Held(item=goods.item.code) if goods.item.state == ItemStateName.HELD else None


def find_unsigned(goods: Goods, _quantity: int, _when: Moment) -> Refusal | None:
    """Whether it is on its way or kept for somebody."""
    return None if goods.item.state in USABLE else NotSignedYet(item=goods.item.code)


def find_expired(goods: Goods, _quantity: int, when: Moment) -> Refusal | None:
    """Whether its last usable day is past, or the hour of it that the label names."""
    return Expired(expires_on=goods.until.said) if is_expired(goods.until, when) else None


def find_short(goods: Goods, quantity: int, _when: Moment) -> Refusal | None:
    """Whether more is wanted than it holds."""
    there = goods.item.quantity
    return NotEnough(wanted=quantity, there=there) if quantity > there else None


Check = Callable[[Goods, int, Moment], Refusal | None]
CHECKS: tuple[Check, ...] = (
    find_used, find_gone, find_recalled, find_held, find_unsigned, find_expired, find_short,
)  # fmt: skip


def refuse_recalled(targets: Iterable[RecallTarget], arriving: Arriving) -> None:
    """Refuse goods at the bay that one of these targets means. Raises: Recalled."""
    for target in targets:
        if target.product_id == arriving.product_id and deny_list.means(target, arriving):
            raise Recalled(item=arriving.serial or arriving.lot, lot=arriving.lot or "-", recall=target.reference)


def refuse_expired(until: Until, when: Moment) -> None:
    """Refuse what is past its last usable day or hour; the day itself is still good. Raises: Expired."""
    if is_expired(until, when):
        raise Expired(expires_on=until.said)


def is_stopped(goods: Goods, *, when: Moment) -> bool:
    """Whether it must not be used although it is here: on hold, recalled, or expired."""
    return goods.item.state == ItemStateName.HELD or bool(goods.recalls) or is_expired(goods.until, when)


def refuse_uncarried(goods: Goods, *, to_store: bool, when: Moment) -> None:
    """Refuse to carry what must not go there: what is held or expired goes back to a store and nowhere else.

    Raises: AlreadyUsed, Gone, Held, NotSignedYet, Expired.
    """
    if to_store and goods.item.state in (*USABLE, ItemStateName.HELD):
        return
    refuse_unsafe(goods, 1, when=when)


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
