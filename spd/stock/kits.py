"""This file is kits as one thing: which things a kit holds, and that they move together or not at all.

A thing in a kit keeps its own code, lot and owner and is reserved for the kit; where its things are, the kit is. One
that has left the hospital since the kit was sealed (used, lost, gone back) is no longer in it, also if it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, Uuid, and_, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column

from scanners import Scan
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Quantity, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import Item, ItemStateName, Movement, UnknownItem
from spd.ledger.verify import Problem
from spd.places import OUTSIDE
from spd.stock.goods import Goods, goods_with
from spd.stock.identify import item_code
from spd.stock.sterility import Sterilisation, last_of

ASSEMBLED, OPENED, DISSOLVED = "assembled", "opened", "dissolved"


class Kit(Base):
    """One kit: a set of items kept together under one code for a procedure, until it is taken apart."""

    __tablename__ = "kits"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("kit_recipes.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    state: Mapped[Word]
    """assembled, opened (its things are used), dissolved (put back)."""
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    if TYPE_CHECKING:
        sterile: str | None
        """What its last sterilisation says: of `sterility.last_of`."""


Kit.sterile = column_property(last_of(Sterilisation.kit_id == Kit.id).correlate(Kit).scalar_subquery())  # type: ignore[assignment]


class KitItem(AppendOnly, Base):
    """One thing in a kit: the contents list as it was sealed."""

    __tablename__ = "kit_items"
    __table_args__ = (UniqueConstraint("kit_id", "item_id"),)

    id: Mapped[Id]
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    quantity: Mapped[Quantity]


class UnknownKit(NotFound):
    """No kit has this code."""

    code = "unknown-kit"
    error = "E01"
    say = {"zh": "没有套包 {kit}。扫描套包标签。", "en": "There is no kit {kit}. Scan the label on the kit."}


class KitEnded(Conflict):
    """The kit was opened or taken apart before."""

    code = "kit-ended"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "套包 {kit} 已拆开, 不重复计。",
        "en": "Kit {kit} has been opened or taken apart. It is not counted again.",
    }


class InKit(Refused):
    """The thing is in a sealed kit, and moves with it only."""

    code = "in-kit"
    error = "E02"
    say = {
        "zh": "{item} 在套包 {kit} 内, 不能单独移动。扫描套包标签, 或先拆开套包。",
        "en": "{item} is in kit {kit} and does not move by itself. Scan the kit's label, or take the kit apart first.",
    }


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Things that are moved, those of kits among them, and the kit of each that is in one."""

    goods: list[Goods]
    kits: dict[int, Kit]
    """By the item's number."""

    @property
    def things(self) -> int:
        """How many things a person has in hand: a kit is one."""
        return count_things(self.goods, self.kits)

    def mates(self, kit: Kit) -> list[Goods]:
        """What is in one of the kits."""
        return [one for one in self.goods if (its := self.kits.get(one.item.id)) and its.id == kit.id]


def count_things(goods: Iterable[Goods], kits: dict[int, Kit]) -> int:
    """How many things these are to whoever carries them: a kit is one, however much is in it."""
    return len({("kit", kits[one.item.id].id) if one.item.id in kits else ("item", one.item.id) for one in goods})


def find_kit(session: Session, code: str) -> Kit | None:
    """The kit with this code."""
    return session.scalars(select(Kit).where(Kit.code == code)).one_or_none()


def get_kit(session: Session, code: str) -> Kit:
    """The kit with this code. Raises: UnknownKit."""
    found = find_kit(session, code)
    if found is None:
        raise UnknownKit(kit=code)
    return found


def contents(session: Session, kit: Kit) -> list[Goods]:
    """What was sealed into a kit, as it stands now, in the order it was put in."""
    return _in_order(session, select(Item.code).where(KitItem.kit_id == kit.id))


def inside(session: Session, kit: Kit) -> list[Goods]:
    """What is in a sealed kit still: without what has left the hospital since. Raises: KitEnded."""
    if kit.state != ASSEMBLED:
        raise KitEnded(kit=kit.code)
    return _in_order(session, select(Item.code).where(KitItem.kit_id == kit.id, ~has_left()))


def _in_order(session: Session, query: Any) -> list[Goods]:
    rows = query.join(KitItem, KitItem.item_id == Item.id).join(Kit, Kit.id == KitItem.kit_id).order_by(KitItem.id)
    codes = list(session.scalars(rows))
    found = goods_with(session, codes)
    return [found[code] for code in codes]


def has_left() -> Any:
    """Whether a thing has left the hospital since its kit was sealed."""
    gone = exists().where(
        Movement.item_id == Item.id, Movement.to_location_id.in_(OUTSIDE), Movement.recorded_at >= Kit.made_at
    )
    return or_(Item.quantity == 0, gone.correlate(Item, Kit))


def kits_with(session: Session, item_ids: Sequence[int]) -> dict[int, Kit]:
    """The sealed kit that each of these things is in, by the thing; those in none are left out."""
    found: dict[int, Kit] = {}
    for start in range(0, len(item_ids), 500):
        query = (
            select(KitItem.item_id, Kit)
            .join(Kit, and_(Kit.id == KitItem.kit_id, Kit.state == ASSEMBLED))
            .join(Item, Item.id == KitItem.item_id)
            .where(KitItem.item_id.in_(item_ids[start : start + 500]), ~has_left())
        )
        found |= {item_id: kit for item_id, kit in session.execute(query)}  # noqa: C416
    return found


def sealed_then(session: Session, item_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """The number of the kit that each of these things was in at an instant, by the thing."""
    sealed = and_(Kit.made_at <= at, or_(Kit.ended_at.is_(None), Kit.ended_at > at))
    found: dict[int, int] = {}
    for start in range(0, len(item_ids), 500):
        query = select(KitItem.item_id, Kit.id).join(Kit, Kit.id == KitItem.kit_id).where(sealed)
        rows = session.execute(query.where(KitItem.item_id.in_(item_ids[start : start + 500])))
        found |= {item_id: kit_id for item_id, kit_id in rows}  # noqa: C416
    return found


def gather(session: Session, said: Sequence[str | Scan], departments: frozenset[int] | None = None) -> Gathered:
    """The things said or scanned, each once; a kit's label is all that is in it.

    Raises: NotAnItem, SeveralLots, UnknownItem, KitEnded, InKit.
    """
    codes = list(dict.fromkeys(item_code(session, one, departments=departments) for one in said))
    found = goods_with(session, codes)
    goods: dict[int, Goods] = {}
    for code in codes:
        if code in found:
            goods.setdefault(found[code].item.id, found[code])
            continue
        kit = find_kit(session, code)
        if kit is None:
            raise UnknownItem(item=code)
        goods |= {one.item.id: one for one in inside(session, kit)}
    gathered = Gathered(goods=list(goods.values()), kits=kits_with(session, list(goods)))
    refuse_parts(session, gathered)
    return gathered


def refuse_parts(session: Session, gathered: Gathered) -> None:
    """Refuse a part of a kit: all of it is there, or none. Raises: InKit."""
    for kit in {kit.id: kit for kit in gathered.kits.values()}.values():
        mine = gathered.mates(kit)
        inside = select(func.count()).select_from(KitItem).join(Kit, Kit.id == KitItem.kit_id)
        inside = inside.join(Item, Item.id == KitItem.item_id).where(Kit.id == kit.id, ~has_left())
        if session.scalar(inside) != len(mine):
            raise InKit(item=mine[0].item.code, kit=kit.code)


def end(session: Session, occasion: Occasion, kit: Kit, state: str) -> None:
    """The kit, opened or taken apart, once. Raises: KitEnded."""
    values = {"state": state, "ended_at": occasion.recorded_at, "ended_by_id": occasion.staff_id}
    ended = update(Kit).where(Kit.id == kit.id, Kit.state == ASSEMBLED).values(values).returning(Kit.id)
    if session.execute(ended).first() is None:
        raise KitEnded(kit=kit.code)
    session.refresh(kit)


def problems(session: Session) -> Iterator[Problem]:
    """Sealed kits whose things are not all at one place, or are free to be taken one by one."""
    query = (
        select(Kit.code, Item.code, Item.location_id, Item.state)
        .join(KitItem, KitItem.kit_id == Kit.id)
        .join(Item, Item.id == KitItem.item_id)
        .where(Kit.state == ASSEMBLED, ~has_left())
        .order_by(Kit.id, KitItem.id)
    )
    kept = (ItemStateName.RESERVED, ItemStateName.IN_TRANSIT, ItemStateName.HELD)
    first: dict[str, int] = {}
    for code, item, place, state in session.execute(query):
        if first.setdefault(code, place) != place:
            says = f"{item} is at location {place}, others of the kit at {first[code]}"
            yield Problem(check="kits", table="kits", row=code, says=says)
        if state not in kept:
            yield Problem(check="kits", table="kits", row=code, says=f"{item} is {state}, not kept for the kit")
