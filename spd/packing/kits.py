"""This file is kits for procedures: several products kept together under one code, with the list of what is inside.

A thing in a kit stays what it is, with its own code, lot and owner; it is reserved for the kit until the kit is opened
where it is used, or taken apart again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from scanners import Scan, own
from spd import ledger, stock
from spd.catalog import Product
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Moment, Occasion
from spd.ledger import Draft, ItemKind, ItemStateName, KeyReused, MovementKind
from spd.packing.models import KitRecipe, KitRecipeLine
from spd.places import End
from spd.stock import Goods, kit_fitness, kits, refuse_unsafe
from spd.stock.holds import stays
from spd.stock.kits import Kit, KitItem, contents, get_kit, inside


class UnknownKitRecipe(NotFound):
    """No kit recipe has this card."""

    code = "unknown-kit-recipe"
    error = "E01"
    say = {
        "zh": "没有此套包配方 {recipe}。扫描套包配方卡。",
        "en": "There is no kit recipe {recipe}. Scan the card of the kit's recipe.",
    }


class KitDiffers(Refused):
    """What was scanned is not what the recipe lists."""

    code = "kit-differs"
    error = "E12"
    say = {
        "zh": "与套包配方不符: {differs}。补齐或取出后再封包。",
        "en": "This is not what the recipe lists: {differs}. Add or take out what differs, then seal the kit.",
    }


class NotForKit(Refused):
    """A bulk is no piece: a kit holds units and sealed packs."""

    code = "not-for-kit"
    error = "E12"
    say = {
        "zh": "{item} 是散货, 不能放入套包。先加工成定数包, 或扫描单件。",
        "en": "{item} is a bulk and does not go into a kit. Make packs of it first, or scan single pieces.",
    }


class ElsewhereInKit(Refused):
    """A kit is put together at one place."""

    code = "kit-elsewhere"
    error = "E20"
    say = {
        "zh": "{item} 账面在 {location}, 与其他物品不在一处。套包在同一货位配齐。",
        "en": "{item} is at {location}, not with the others. A kit is put together at one place.",
    }


@dataclass(frozen=True, kw_only=True)
class KitLine:
    """So many base units of a product."""

    product: Product
    quantity: int


@dataclass(frozen=True, kw_only=True)
class KitRecipeSaid:
    """A kit's recipe as it is said; the name is what it is known by."""

    name: str
    lines: Sequence[KitLine]
    name_en: str = ""


@dataclass(frozen=True, kw_only=True)
class KitAsked:
    """A kit to be sealed from what was scanned."""

    occasion: Occasion
    recipe: str
    items: Sequence[str | Scan]


@dataclass(frozen=True, kw_only=True)
class KitMade:
    """A kit: its code and what is inside."""

    code: str
    name: str
    name_en: str
    state: str
    items: tuple[str, ...]
    repeated: bool = False


def settle_recipe(session: Session, occasion: Occasion, said: KitRecipeSaid) -> KitRecipe:
    """The kit's recipe from now on; kits sealed before keep theirs. Raises: KitDiffers, for a recipe of nothing."""
    if not said.lines:
        raise KitDiffers(differs="–")
    code = own.derive("command", f"kit:{said.name}".encode())
    last = session.scalars(
        select(KitRecipe).where(KitRecipe.code == code).order_by(KitRecipe.version.desc()).limit(1)
    ).one_or_none()
    totals: Counter[int] = Counter()
    for line in said.lines:
        totals[line.product.id] += line.quantity
    same = last is not None and {line.product_id: line.quantity for line in last.lines} == dict(totals)
    if last is not None and same and not last.retired:
        return last
    row = KitRecipe(
        code=code,
        name=said.name,
        name_en=said.name_en,
        version=last.version + 1 if last else 1,
        set_at=occasion.recorded_at,
        set_by_id=occasion.staff_id,
        lines=[
            KitRecipeLine(line=number, product_id=product_id, quantity=quantity)
            for number, (product_id, quantity) in enumerate(totals.items(), 1)
        ],
    )
    session.add(row)
    session.flush()  # two who set it at once: one is refused here
    return row


def end_recipe(session: Session, occasion: Occasion, name: str) -> KitRecipe:
    """The recipe of this name holds no more; kits sealed of it keep it. Raises: UnknownKitRecipe."""
    found = find_kit_recipe(session, own.derive("command", f"kit:{name}".encode()))
    if found is None:
        raise UnknownKitRecipe(recipe=name)
    row = KitRecipe(
        code=found.code, name=found.name, name_en=found.name_en, version=found.version + 1, retired=True,
        set_at=occasion.recorded_at, set_by_id=occasion.staff_id, lines=[],
    )  # fmt: skip
    session.add(row)
    session.flush()  # two who end it at once: one is refused here
    return row


_NEWER = aliased(KitRecipe)


def recipes_in_force(session: Session) -> list[KitRecipe]:
    """Every kit recipe that holds, by name."""
    later = select(_NEWER.id).where(_NEWER.code == KitRecipe.code, _NEWER.version > KitRecipe.version)
    query = select(KitRecipe).where(~later.exists(), ~KitRecipe.retired).order_by(KitRecipe.name)
    return list(session.scalars(query))


def find_kit_recipe(session: Session, code: str) -> KitRecipe | None:
    """The recipe with this card, as it holds now."""
    query = select(KitRecipe).where(KitRecipe.code == code).order_by(KitRecipe.version.desc()).limit(1)
    found = session.scalars(query).one_or_none()
    return None if found is None or found.retired else found


def missing(recipe: KitRecipe, goods: Sequence[Goods], names: dict[int, str]) -> list[str]:
    """How what is there differs from the recipe: each product with what is there and what is wanted."""
    there: Counter[int] = Counter()
    for one in goods:
        there[one.item.product_id] += one.item.quantity
    wanted = Counter({line.product_id: line.quantity for line in recipe.lines})
    known = names | {one.item.product_id: one.name for one in goods}
    return [
        f"{known.get(product, product)} {there[product]}/{wanted[product]}"
        for product in {**wanted, **there}
        if there[product] != wanted[product]
    ]


def assemble(session: Session, asked: KitAsked) -> KitMade:
    """The kit sealed: its things are reserved for it. Asked again with the same key, the first answer.

    Raises: KeyReused, UnknownKitRecipe, UnknownItem, NotForKit, ElsewhereInKit, AlreadyUsed, Gone, Held, NotSignedYet,
    Expired, KitDiffers, Moved, Racing.
    """
    known = session.scalars(select(Kit).where(Kit.request_key == asked.occasion.request_key)).one_or_none()
    if known is not None:
        if known.content != asked.occasion.content:
            raise KeyReused(key=str(asked.occasion.request_key))
        return _told(session, known, repeated=True)
    recipe = find_kit_recipe(session, asked.recipe)
    if recipe is None:
        raise UnknownKitRecipe(recipe=asked.recipe)
    goods = stock.goods_of(session, asked.items)
    for one in goods:
        _refuse_unfit(one, goods[0], when=asked.occasion.moment)
    differs = missing(recipe, goods, names_of(session, recipe))
    if differs:
        raise KitDiffers(differs=", ".join(differs))
    kit = Kit(
        code=own.derive("kit", f"kit:{asked.occasion.request_key}".encode()),
        recipe_id=recipe.id,
        request_key=asked.occasion.request_key,
        content=asked.occasion.content,
        state="assembled",
        made_at=asked.occasion.recorded_at,
        made_by_id=asked.occasion.staff_id,
    )
    session.add(kit)
    session.flush()  # its number goes into its contents
    session.add_all(KitItem(kit_id=kit.id, item_id=one.item.id, quantity=one.item.quantity) for one in goods)
    draft = Draft(session, asked.occasion, expected=len(goods))
    for one in goods:
        draft.move(one.item, stays(one.item, MovementKind.RESERVE, ItemStateName.RESERVED, kit.code, recipe.name))
    draft.write()
    return _told(session, kit)


def _refuse_unfit(one: Goods, first: Goods, *, when: Moment) -> None:
    if one.item.kind == ItemKind.BULK or one.item.state == ItemStateName.OPEN:
        raise NotForKit(item=one.item.code)
    if one.item.location_id != first.item.location_id:
        raise ElsewhereInKit(item=one.item.code, location=one.location_name)
    refuse_unsafe(one, 1, when=when)


def names_of(session: Session, recipe: KitRecipe) -> dict[int, str]:
    """What the products of a recipe are called."""
    ids = [line.product_id for line in recipe.lines]
    return dict(session.execute(select(Product.id, Product.name).where(Product.id.in_(ids))).all())


def end(session: Session, occasion: Occasion, code: str, *, opened: bool) -> KitMade:
    """The kit opened where it is used, or taken apart: what is in it is free again, and the list is kept.

    Opened, everything in it is fit to be used; taken apart, what is held stays held.

    Raises: UnknownKit, KeyReused, KitEnded, KitStopped, KitNotSterile, KitApart, NotSignedYet, Moved, Racing.
    """
    kit = get_kit(session, code)
    if ledger.find_done(session, occasion) is not None:
        return _told(session, kit, repeated=True)
    goods = inside(session, kit)
    if opened:
        kit_fitness.refuse_unfit(session, kit, goods, when=occasion.moment)
    if any(one.item.location_id == End.TRANSIT for one in goods):
        raise stock.NotSignedYet(item=kit.code)
    reserved = [one for one in goods if one.item.state == ItemStateName.RESERVED]
    draft = Draft(session, occasion, expected=len(reserved))
    for one in reserved:
        draft.move(one.item, stays(one.item, MovementKind.RELEASE, ItemStateName.AVAILABLE, code, ""))
    kits.end(session, occasion, kit, kits.OPENED if opened else kits.DISSOLVED)
    if draft.movements:
        draft.write()
    return _told(session, kit)


def _told(session: Session, kit: Kit, *, repeated: bool = False) -> KitMade:
    recipe = session.get_one(KitRecipe, kit.recipe_id)
    return KitMade(
        code=kit.code,
        name=recipe.name,
        name_en=recipe.name_en,
        state=kit.state,
        items=tuple(one.item.code for one in contents(session, kit)),
        repeated=repeated,
    )
