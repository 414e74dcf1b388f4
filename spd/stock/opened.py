"""This file is packs and vials that were opened: when, until which day they may be used, and what is open on a ward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog import Lot
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Id, Instant, Quantity
from spd.core.occasion import Moment, Occasion
from spd.ledger import Item, ItemKind, ItemState, ItemStateName
from spd.places import Location
from spd.stock.until import unexpired


class OpenedItem(AppendOnly, Base):
    """One opening of a thing. What is opened again after it was put back sealed has another."""

    __tablename__ = "opened_items"
    __table_args__ = (Index("ix_opened_items_item", "item_id", "id"),)

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    request_key: Mapped[Code]
    """Of the act that opened it."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    quantity: Mapped[Quantity]
    """What was in it."""
    opened_at: Mapped[Instant]
    opened_on: Mapped[date]
    good_until_on: Mapped[date | None]
    """The last day on which it may be used; none is as long as it is unexpired."""
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


OPEN_UNTIL: Any = (
    select(OpenedItem.good_until_on)
    .where(OpenedItem.item_id == Item.id)
    .order_by(OpenedItem.id.desc())
    .limit(1)
    .correlate(Item)
    .scalar_subquery()
    .label("open_until")
)
"""Until when an opened thing may be used, to be read with it."""


def note_opened(
    session: Session, occasion: Occasion, item: ItemState, *, department_id: int | None, open_days: int
) -> OpenedItem:
    """A thing that is open from now on; its last day is fixed here, whatever is decided later."""
    opened = OpenedItem(
        item_id=item.id, request_key=str(occasion.request_key), department_id=department_id, quantity=item.quantity,
        opened_at=occasion.occurred_at, opened_on=occasion.day, opened_by_id=occasion.staff_id,
        good_until_on=occasion.day + timedelta(days=open_days) if open_days else None,
    )  # fmt: skip
    session.add(opened)
    session.flush()  # the next scan reads it
    return opened


def note_closed(session: Session, occasion: Occasion, item: ItemState) -> None:
    """A bulk of which nothing is used any more, every use having been undone: its days count from the next."""
    query = select(OpenedItem).where(OpenedItem.item_id == item.id).order_by(OpenedItem.id.desc())
    last = session.scalars(query.limit(1)).first()
    if last is not None and last.good_until_on is not None:
        note_opened(session, occasion, item, department_id=last.department_id, open_days=0)


def opens(item: ItemState, quantity: int, *, open_days: int, opened: bool) -> bool:
    """Whether taking so much opens it: a sealed pack of which some stays, a bulk whose days count once it is open."""
    if item.kind == ItemKind.PACK:
        return item.state == ItemStateName.AVAILABLE and quantity < item.quantity
    return item.kind == ItemKind.BULK and open_days > 0 and not opened and quantity < item.quantity


@dataclass(frozen=True, kw_only=True)
class OpenPack:
    """What is open of a product on a ward."""

    item: str
    quantity: int
    expires_on: date | None
    good_until_on: date | None
    opened_at: datetime | None


def open_packs(session: Session, product_id: int, department_id: int, *, when: Moment | None) -> list[OpenPack]:
    """The open packs of a product on a ward that may be drawn from at a moment (whenever: also those past their day),
    soonest to end first, then the longest open."""
    first = select(OpenedItem.opened_at).where(OpenedItem.item_id == Item.id).order_by(OpenedItem.id.desc()).limit(1)
    opened_at = first.correlate(Item).scalar_subquery().label("opened_at")
    query = (
        select(Item.code.label("item"), Item.quantity, Lot.expires_on, OPEN_UNTIL.label("good_until_on"), opened_at)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(
            Item.product_id == product_id, Location.department_id == department_id, Item.quantity > 0,
            Item.state == ItemStateName.OPEN, Lot.denied == "",
        )
        .order_by(Item.id)
    )  # fmt: skip
    query = query if when is None else query.where(unexpired(when))
    found = [OpenPack(**row._asdict()) for row in session.execute(query)]
    good = [one for one in found if when is None or last_day(one) >= when.day]
    return sorted(good, key=lambda one: (last_day(one), one.opened_at is None, one.opened_at))


def last_day(pack: OpenPack) -> date:
    """The last day on which an open pack may be used."""
    return min(pack.expires_on or date.max, pack.good_until_on or date.max)
