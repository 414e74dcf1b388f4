"""This file is making packs: sealed, labelled, of a fixed quantity of one product, lot, owner and price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from scanners import Scan, own
from spd import ledger, stock
from spd.catalog import ProductClass
from spd.core.errors import Refused
from spd.core.occasion import Moment, Occasion
from spd.ledger import Draft, ItemKind, ItemStateName, Movement, MovementKind, NewItem, Step
from spd.places import End
from spd.stock import Goods
from spd.stock.loaned import LOANER
from spd.stock.safety import refuse_unsafe


class MixedPack(Refused):
    """The sources differ in what must be one in a pack."""

    code = "mixed-pack"
    error = "E12"
    say = {
        "zh": "不能混装: {differs} 不同。每个定数包只装同一品规、批号、货权、单价和结算方式的物品。",
        "en": "These cannot share a pack: {differs} differs. A pack holds one product, lot, owner and price.",
    }


class NotPackable(Refused):
    """High-value goods carry a code each and are never packed; a sealed pack is not packed again."""

    code = "not-packable"
    error = "E12"
    say = {
        "zh": "{item} 不能装入定数包: 高值耗材一物一码, 定数包只能由散货制作。扫描散货条码。",
        "en": "{item} cannot be packed: high-value items keep their code; packs are made of bulk. Scan a bulk.",
    }


@dataclass(frozen=True, kw_only=True)
class PacksAsked:
    """So many packs of so many base units each, from these bulks; no count means as many as there are."""

    occasion: Occasion
    sources: Sequence[str | Scan]
    quantity: int
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class PackMade:
    """One pack and what its label says."""

    code: str
    quantity: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    lot: str
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class PacksMade:
    """The packs of one act, and what stays loose in the bulks they were taken from."""

    packs: tuple[PackMade, ...]
    loose: int
    repeated: bool = False


def make_packs(session: Session, asked: PacksAsked) -> PacksMade:
    """Packs with codes of their own; the remainder stays loose in its bulk.

    Raises: KeyReused, UnknownItem, NotPackable, AlreadyUsed, Gone, Held, NotSignedYet, Expired, MixedPack, NotEnough,
    Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return told_again(session, done)
    codes = dict.fromkeys(stock.item_code(session, source) for source in asked.sources)
    sources = [stock.get_goods(session, code) for code in codes]
    for source in sources:
        _refuse_unpackable(source, when=asked.occasion.moment)
    refuse_mixed(sources)
    there = sum(source.item.quantity for source in sources)
    count = asked.count if asked.count is not None else there // asked.quantity
    if count < 1 or count * asked.quantity > there:
        raise stock.NotEnough(wanted=max(count, 1) * asked.quantity, there=there)
    draft = Draft(session, asked.occasion, expected=count)
    loose = take_out(draft, sources, count * asked.quantity)
    made = tuple(pack_of(draft, sources, number * asked.quantity, asked.quantity, number) for number in range(count))
    draft.write()
    return PacksMade(packs=made, loose=loose)


def _refuse_unpackable(source: Goods, *, when: Moment) -> None:
    loaned = source.item.settlement_mode == LOANER
    if source.item.kind != ItemKind.BULK or source.product_class == ProductClass.HIGH_VALUE or loaned:
        raise NotPackable(item=source.item.code)
    refuse_unsafe(source, 1, when=when)


def refuse_mixed(sources: Sequence[Goods]) -> None:
    """Refuse sources that differ in product, lot, owner, price, settlement or place. Raises: MixedPack."""
    for name in ("product_id", "lot_id", "owner_id", "supplier_id", "unit_price", "settlement_mode", "location_id"):
        if len({getattr(source.item, name) for source in sources}) > 1:
            raise MixedPack(differs=name.removesuffix("_id"))


def take_out(draft: Draft, sources: Sequence[Goods], wanted: int) -> int:
    """What stays loose in the bulks that were needed."""
    loose = 0
    for source in sources:
        taken = min(wanted, source.item.quantity)
        if not taken:
            break
        item = source.item
        draft.move(
            item,
            Step(
                kind=MovementKind.PACK,
                quantity=taken,
                from_location_id=item.location_id,
                to_location_id=End.PROCESSING,
                from_owner_id=item.owner_id,
                to_owner_id=item.owner_id,
                state_after=ItemStateName.SPENT if taken == item.quantity else item.state,
            ),
        )
        wanted -= taken
        loose += item.quantity - taken
    return loose


def pack_of(draft: Draft, sources: Sequence[Goods], offset: int, quantity: int, number: int) -> PackMade:
    """The pack that begins so many base units into these sources; `number` tells the packs of one act apart."""
    first = _source_of(sources, offset)
    item = first.item
    pack = draft.create(
        NewItem(
            code=own.derive("pack", f"{draft.occasion.request_key}:{number}".encode()),
            kind=ItemKind.PACK,
            product_id=item.product_id,
            lot_id=item.lot_id,
            unit_price=item.unit_price,
            settlement_mode=item.settlement_mode,
            supplier_id=item.supplier_id,
            parent_id=item.id,
            receipt_line_id=item.receipt_line_id,
        )
    )
    draft.move(
        pack,
        Step(
            kind=MovementKind.PACK,
            quantity=quantity,
            from_location_id=End.PROCESSING,
            to_location_id=item.location_id,
            from_owner_id=item.owner_id,
            to_owner_id=item.owner_id,
            state_after=ItemStateName.AVAILABLE,
        ),
    )
    return PackMade(
        code=pack.code,
        quantity=quantity,
        product=first.product_code,
        name=first.name,
        name_en=first.name_en,
        specification=first.specification,
        base_unit=first.base_unit,
        lot=first.lot,
        expires_on=first.expires_on,
    )


def _source_of(sources: Sequence[Goods], offset: int) -> Goods:
    """The bulk that the first piece of a pack comes from."""
    for source in sources:
        if offset < source.item.quantity:
            return source
        offset -= source.item.quantity
    raise AssertionError("packs are counted before they are made")


def told_again(session: Session, done: list[Movement]) -> PacksMade:
    """The packs as they were answered the first time, whatever came of them and of their sources since."""
    created = [movement.item_id for movement in done if movement.from_location_id == End.PROCESSING]
    quantities = {movement.item_id: movement.quantity for movement in done}
    codes = {item.id: item.code for item in ledger.item_states(session, created).values()}
    packs = []
    for item_id in created:
        goods = stock.get_goods(session, codes[item_id])
        packs.append(
            PackMade(
                code=goods.item.code,
                quantity=quantities[item_id],
                product=goods.product_code,
                name=goods.name,
                name_en=goods.name_en,
                specification=goods.specification,
                base_unit=goods.base_unit,
                lot=goods.lot,
                expires_on=goods.expires_on,
            )
        )
    loose = sum(ledger.quantity_after(session, m) for m in done if m.to_location_id == End.PROCESSING)
    return PacksMade(packs=tuple(packs), loose=loose, repeated=True)
