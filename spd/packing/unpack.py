"""This file is taking packs apart: what was sealed is loose again, in the bulk it came from where that still lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanners import Scan, own
from spd import ledger, stock
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemKind, ItemState, ItemStateName, Movement, MovementKind, NewItem, Step
from spd.places import WARD_KINDS, End
from spd.stock import Goods, refuse_unsafe


class NotSealed(Refused):
    """Only a sealed pack in a store is taken apart; on a ward it is opened by being used."""

    code = "not-sealed"
    error = "E12"
    say = {
        "zh": "{item} 不是库房中未拆封的定数包, 不能解包。科室的定数包请退回库房后再解。",
        "en": "{item} is not a sealed pack in a store and is not taken apart. Return a ward's pack to the store first.",
    }


@dataclass(frozen=True, kw_only=True)
class ToUnpack:
    """Packs to be taken apart, and why."""

    occasion: Occasion
    items: Sequence[str | Scan]
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """The bulk that each pack's contents went into, by the pack's code."""

    bulks: dict[str, str]
    repeated: bool = False


def unpack(session: Session, asked: ToUnpack) -> Unpacked:
    """The packs' contents loose again; their labels are never used again.

    Raises: KeyReused, UnknownItem, NotSealed, AlreadyUsed, Gone, Held, NotSignedYet, Expired, Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return Unpacked(bulks=_told_again(session, done), repeated=True)
    draft = Draft(session, asked.occasion, expected=len(asked.items))
    bulks: dict[str, str] = {}
    grown: dict[int, ItemState] = {}
    for goods in stock.goods_of(session, asked.items):
        _refuse_unsealed(goods)
        refuse_unsafe(goods, 1, when=asked.occasion.moment)
        bulks[goods.item.code] = _loosen(session, draft, goods, asked, grown)
    draft.write()
    return Unpacked(bulks=bulks)


def _refuse_unsealed(goods: Goods) -> None:
    sealed = goods.item.kind == ItemKind.PACK and goods.item.state != ItemStateName.OPEN
    if not sealed or goods.location_kind in WARD_KINDS:
        raise NotSealed(item=goods.item.code)


def _loosen(session: Session, draft: Draft, goods: Goods, asked: ToUnpack, grown: dict[int, ItemState]) -> str:
    pack = goods.item
    draft.move(pack, _step(pack, pack.location_id, End.PROCESSING, ItemStateName.SPENT, asked.reason))
    bulk = _bulk(session, draft, goods, grown)
    back = _step(pack, End.PROCESSING, pack.location_id, ItemStateName.AVAILABLE, asked.reason)
    grown[bulk.id] = draft.move(bulk, back)
    return bulk.code


def _bulk(session: Session, draft: Draft, goods: Goods, grown: dict[int, ItemState]) -> ItemState:
    """The bulk it came from, where that lies at the same place and may be added to; else a new one."""
    pack = goods.item
    parent = grown.get(pack.parent_id or 0) or ledger.item_states(session, [pack.parent_id or 0]).get(
        pack.parent_id or 0
    )
    if parent is not None and _takes(parent, pack):
        return parent
    code = own.derive("bulk", f"{draft.occasion.request_key}:{pack.code}".encode())
    return draft.create(
        NewItem(
            code=code,
            kind=ItemKind.BULK,
            product_id=pack.product_id,
            lot_id=pack.lot_id,
            unit_price=pack.unit_price,
            settlement_mode=pack.settlement_mode,
            supplier_id=pack.supplier_id,
            parent_id=pack.id,
            receipt_line_id=pack.receipt_line_id,
        )
    )


def _takes(bulk: ItemState, pack: ItemState) -> bool:
    same = ("product_id", "lot_id", "owner_id", "unit_price", "settlement_mode", "supplier_id")
    alike = all(getattr(bulk, name) == getattr(pack, name) for name in same)
    lies_there = bulk.state == ItemStateName.AVAILABLE and bulk.location_id == pack.location_id
    return bulk.kind == ItemKind.BULK and alike and (lies_there or bulk.state == ItemStateName.SPENT)


def _step(pack: ItemState, source: int, target: int, state: ItemStateName, reason: str) -> Step:
    return Step(
        kind=MovementKind.UNPACK,
        quantity=pack.quantity,
        from_location_id=source,
        to_location_id=target,
        from_owner_id=pack.owner_id,
        to_owner_id=pack.owner_id,
        state_after=state,
        reason=reason,
    )


def _told_again(session: Session, done: Sequence[Movement]) -> dict[str, str]:
    """Each pack and the bulk it went into: they follow each other in the act."""
    items = ledger.item_states(session, [movement.item_id for movement in done])
    codes = [items[movement.item_id].code for movement in done]
    return dict(zip(codes[::2], codes[1::2], strict=True))
