"""This file is fixed quantities: how many packs of a product a location holds, asked by one, approved by another.

A version is a new row and none is ever changed, so that what held on a day can be told. Of a location and product the
newest approved version holds; an upper limit of nothing ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, Uuid, and_, func, insert, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Digest, Id, Instant, Name, Quantity
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import KeyReused

_AT_ONCE = 400


class FixedQuantity(AppendOnly, Base):
    """One version of how much a location holds of a product. Not approved, it is a proposal."""

    __tablename__ = "fixed_quantities"
    __table_args__ = (
        UniqueConstraint("location_id", "product_id", "version"),
        Index("ix_fixed_quantities_request", "request_key"),
    )

    id: Mapped[Id]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    version: Mapped[int]
    pack_quantity: Mapped[Quantity]
    """Base units in one pack; 1 where the product is held loose."""
    lower: Mapped[int]
    """In packs: at so many or fewer it is refilled."""
    upper: Mapped[int]
    """In packs: never more than so many. Nothing ends the fixed quantity."""
    valid_from_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """Who asked for it."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[Name] = mapped_column(default="")
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]


class BadLevel(Refused):
    """The limits make no sense together."""

    code = "bad-level"
    say = {
        "zh": "定数无效: 下限 {lower}, 上限 {upper}, 每包 {pack_quantity}。上限须大于下限 (0 为取消), 每包至少 1。",
        "en": "These limits do not work: lower {lower}, upper {upper}, {pack_quantity} in a pack. The upper limit is "
        "above the lower (0 ends it), and a pack holds at least 1.",
    }


class UnknownFixedQuantity(NotFound):
    """There is no such version."""

    code = "unknown-fixed-quantity"
    say = {
        "zh": "找不到定数记录 {number}。刷新页面后重试。",
        "en": "There is no fixed quantity {number}. Reload the page.",
    }


class Superseded(Conflict):
    """A newer version has come since it was proposed."""

    code = "superseded"
    say = {
        "zh": "此定数申请已被更新的版本取代。查看最新版本后再审批。",
        "en": "A newer version has replaced this proposal. Look at the newest before you decide.",
    }


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a location should hold of a product, in packs."""

    location_id: int
    product_id: int
    pack_quantity: int = 1
    lower: int
    upper: int


@dataclass(frozen=True, kw_only=True)
class ToSettle:
    """Levels to hold from now on. The occasion is of who approves; who asked for them is another."""

    occasion: Occasion
    levels: Sequence[Level]
    asked_by_id: int
    reason: str = ""


def settle(session: Session, said: ToSettle) -> list[FixedQuantity]:
    """The levels as new approved versions, in force from now on. Asked again with the same key, the first answer.

    Raises: KeyReused, SamePerson, BadLevel.
    """
    if done := _done(session, said.occasion):
        return done
    refuse_same_person(said.asked_by_id, said.occasion.staff_id)
    return _add(session, said, approved_by_id=said.occasion.staff_id)


def propose(session: Session, occasion: Occasion, levels: Sequence[Level], *, reason: str = "") -> list[FixedQuantity]:
    """The levels as proposals that hold once another person approves them. Raises: KeyReused, BadLevel."""
    if done := _done(session, occasion):
        return done
    asked = ToSettle(occasion=occasion, levels=levels, asked_by_id=occasion.staff_id, reason=reason)
    return _add(session, asked, approved_by_id=None)


def decide(session: Session, occasion: Occasion, number: int, *, approve: bool) -> FixedQuantity:
    """A proposal approved, or declined: then what held before holds on, as a version that says so.

    Raises: UnknownFixedQuantity, KeyReused, Superseded, SamePerson.
    """
    asked = session.get(FixedQuantity, number)
    if asked is None:
        raise UnknownFixedQuantity(number=number)
    if done := _done(session, occasion):
        return done[0]
    newest = _versions(session, {(asked.location_id, asked.product_id)})
    if asked.approved_by_id is not None or newest[asked.location_id, asked.product_id] != asked.version:
        raise Superseded()
    before = None if approve else at(session, asked.location_id, asked.product_id)
    held = asked if approve else before
    level = Level(
        location_id=asked.location_id,
        product_id=asked.product_id,
        pack_quantity=held.pack_quantity if held else asked.pack_quantity,
        lower=held.lower if held else 0,
        upper=held.upper if held else 0,
    )
    said = ToSettle(occasion=occasion, levels=[level], asked_by_id=asked.set_by_id, reason=asked.reason)
    return settle(session, said)[0]


_NEWER = aliased(FixedQuantity)


def holds() -> ColumnElement[bool]:
    """Whether a row of `fixed_quantities` is the version in force of its location and product."""
    later = (
        select(_NEWER.id)
        .where(_NEWER.location_id == FixedQuantity.location_id, _NEWER.product_id == FixedQuantity.product_id)
        .where(_NEWER.version > FixedQuantity.version, _NEWER.approved_by_id.is_not(None))
    )
    return FixedQuantity.approved_by_id.is_not(None) & (FixedQuantity.upper > 0) & ~later.exists()


def in_force(session: Session, location_ids: Collection[int] | None = None) -> list[FixedQuantity]:
    """What holds, by location and product; of these locations only, where they are named."""
    query = select(FixedQuantity).where(holds()).order_by(FixedQuantity.location_id, FixedQuantity.product_id)
    if location_ids is not None:
        query = query.where(FixedQuantity.location_id.in_(location_ids))
    return list(session.scalars(query))


def at(session: Session, location_id: int, product_id: int) -> FixedQuantity | None:
    """What holds of a product at a location."""
    here = (FixedQuantity.location_id == location_id) & (FixedQuantity.product_id == product_id)
    return session.scalars(select(FixedQuantity).where(here, holds())).one_or_none()


def is_proposed() -> ColumnElement[bool]:
    """Whether a version is a proposal that nobody has decided, newer than whatever else there is."""
    later = (
        select(_NEWER.id)
        .where(_NEWER.location_id == FixedQuantity.location_id, _NEWER.product_id == FixedQuantity.product_id)
        .where(_NEWER.version > FixedQuantity.version)
    )
    return and_(FixedQuantity.approved_by_id.is_(None), ~later.exists())


def proposed(session: Session, location_ids: Collection[int] | None = None) -> list[FixedQuantity]:
    """The proposals nobody has decided: newer than whatever else there is of their location and product."""
    query = select(FixedQuantity).where(is_proposed())
    if location_ids is not None:
        query = query.where(FixedQuantity.location_id.in_(location_ids))
    return list(session.scalars(query.order_by(FixedQuantity.id)))


def _done(session: Session, occasion: Occasion) -> list[FixedQuantity]:
    mine = FixedQuantity.request_key == occasion.request_key
    done = list(session.scalars(select(FixedQuantity).where(mine).order_by(FixedQuantity.id)))
    if done and done[0].content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return done


def _add(session: Session, said: ToSettle, *, approved_by_id: int | None) -> list[FixedQuantity]:
    levels = {(level.location_id, level.product_id): level for level in said.levels}
    for level in levels.values():
        refuse_bad(level)
    last = _versions(session, levels)
    rows: list[dict[str, Any]] = [
        {
            **vars(level),
            "version": last.get(key, 0) + 1,
            "valid_from_at": said.occasion.recorded_at,
            "set_by_id": said.asked_by_id,
            "approved_by_id": approved_by_id,
            "reason": said.reason,
            "request_key": said.occasion.request_key,
            "content": said.occasion.content,
        }
        for key, level in levels.items()
    ]
    if rows:
        session.execute(insert(FixedQuantity), rows)
    return _done(session, said.occasion)


def refuse_bad(level: Level) -> None:
    """Refuse limits that make no sense together. Raises: BadLevel."""
    ends = level.upper == 0 and level.lower == 0
    if level.pack_quantity < 1 or level.lower < 0 or not (ends or level.upper > level.lower):
        raise BadLevel(lower=level.lower, upper=level.upper, pack_quantity=level.pack_quantity)


def _versions(session: Session, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The last version of each location and product, approved or not."""
    places = sorted({location_id for location_id, _ in keys})
    found: dict[tuple[int, int], int] = {}
    for start in range(0, len(places), _AT_ONCE):
        query = (
            select(FixedQuantity.location_id, FixedQuantity.product_id, func.max(FixedQuantity.version))
            .where(FixedQuantity.location_id.in_(places[start : start + _AT_ONCE]))
            .group_by(FixedQuantity.location_id, FixedQuantity.product_id)
        )
        found |= {(place, product): version for place, product, version in session.execute(query)}
    return found
