"""This file is whether a kit may be used, or go to a ward: nothing in it is held, recalled or expired, all of it is
there, and it is sterile still where it was sterilised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.errors import Refused
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName
from spd.places import End
from spd.stock.goods import Goods, goods_with
from spd.stock.kits import Kit, KitItem, has_left
from spd.stock.safety import USABLE, NotSignedYet
from spd.stock.sterility import lost
from spd.stock.until import is_expired


class KitStopped(Refused):
    """Something in the kit is held, recalled or expired: the kit is not used and goes to no ward."""

    code = "kit-stopped"
    error = "E08"
    say = {
        "zh": "套包 {kit} 内 {name} ({item}) {why_zh}, 整包停用。退回库房, 拆开套包, 换下此件后重新封包。",
        "en": "In kit {kit}, {name} ({item}) is {why}: do not use the kit. Take it back to the store, take it apart, "
        "replace that piece and seal it again.",
    }


class KitNotSterile(Refused):
    """The kit as a whole is sterile no more."""

    code = "kit-not-sterile"
    error = "E06"
    say = {
        "zh": "套包 {kit} {why_zh}, 不可使用。送消毒供应中心重新灭菌。",
        "en": "Kit {kit} is {why}. Do not use it. Send it to be sterilised again.",
    }


class KitApart(Refused):
    """Something that was sealed into the kit is no longer in it."""

    code = "kit-apart"
    error = "E02"
    say = {
        "zh": "套包 {kit} 缺 {name} ({item}): 已使用、报损或退货。拆开套包, 补齐后重新封包。",
        "en": "{name} ({item}) is no longer in kit {kit}: used, lost or sent back. Take the kit apart, complete it and "
        "seal it again.",
    }


def refuse_unfit(session: Session, kit: Kit, goods: Sequence[Goods], *, when: Moment) -> None:
    """Refuse a kit that must not go to a ward or be used. Raises: KitStopped, KitNotSterile, KitApart, NotSignedYet."""
    if (refusal := unfit(kit, goods, when=when)) is not None:
        raise refusal
    refuse_apart(session, kit)
    refuse_on_its_way(kit, goods)


def unfit(kit: Kit, goods: Sequence[Goods], *, when: Moment) -> KitStopped | KitNotSterile | None:
    """Why a kit is stopped as a whole: something in it is held, recalled or expired, or it is not sterile any more."""
    for one in goods:
        held = one.item.state == ItemStateName.HELD
        why = (
            ("recalled", "已召回", "recalled") if one.recalls else ("held", "已冻结", "on hold") if held else
            ("expired", f"已过期 {one.expires_on}", f"expired ({one.expires_on})") if is_expired(one.until, when)
            else None
        )  # fmt: skip
        if why is not None:
            error = KitStopped(kit=kit.code, name=one.name, item=one.item.code, why_zh=why[1], why=why[2])
            return _near_miss(error, why[0], one)
    if goods and (not_sterile := lost(kit.sterile, when.day)) is not None:
        refusal = KitNotSterile(kit=kit.code, why_zh=not_sterile[0], why=not_sterile[1])
        return _near_miss(refusal, "sterility-lost", goods[0])
    return None


_Stop = TypeVar("_Stop", KitStopped, KitNotSterile)


def _near_miss(error: _Stop, rule: str, one: Goods) -> _Stop:
    """The refusal with what is kept of it where it comes at the bedside: by which rule, at which thing."""
    error.about = {
        "rule": rule, "item_id": one.item.id, "product_id": one.item.product_id, "location_id": one.item.location_id,
        "department_id": one.department_id,
    }  # fmt: skip
    return error


def refuse_apart(session: Session, kit: Kit) -> None:
    """Refuse a kit of which something is gone. Raises: KitApart."""
    gone = select(Item.code).join(KitItem, KitItem.item_id == Item.id).join(Kit, Kit.id == KitItem.kit_id)
    code = session.scalar(gone.where(Kit.id == kit.id, has_left()).order_by(KitItem.id).limit(1))
    if code is not None:
        raise KitApart(kit=kit.code, item=code, name=goods_with(session, [code])[code].name)


def refuse_on_its_way(kit: Kit, goods: Sequence[Goods]) -> None:
    """Refuse a kit that is in a tote, or not what a kit's things are. Raises: NotSignedYet."""
    for one in goods:
        if one.item.location_id == End.TRANSIT or one.item.state not in (*USABLE, ItemStateName.RESERVED):
            raise NotSignedYet(item=kit.code)
