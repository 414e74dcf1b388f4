"""This file is the deny-list: what must neither be received nor used from the moment a recall is opened.

A target says which goods of a product are meant. What it covers of each lot stands in the lot's own row (`denied`),
which every judgement of an item reads anyway: so nothing of a recalled lot can be used before it is held, or when it
comes later. What cannot be told apart, for want of a lot, a date or a serial, is covered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog import Lot
from spd.core.base import Base
from spd.core.columns import Code, Id, UtcDateTime
from spd.ledger import Item
from spd.stock.ranges import within


class Sure(IntEnum):
    """Whether goods are meant."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class RecallTarget(Base):
    """Goods of one product that a recall means: lots, serials, days made and days of expiry; what is empty is all.

    `lots` and `serials` are JSON lists of [first, last].
    """

    __tablename__ = "recall_targets"
    __table_args__ = (UniqueConstraint("reference", "line"),)

    id: Mapped[Id]
    reference: Mapped[Code]
    """The recall."""
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    di: Mapped[Code] = mapped_column(default="")
    """As the notice states it, at any level of packaging."""
    lots: Mapped[str] = mapped_column(Text(), default="[]")
    serials: Mapped[str] = mapped_column(Text(), default="[]")
    produced_from_on: Mapped[date | None]
    produced_to_on: Mapped[date | None]
    expires_from_on: Mapped[date | None]
    expires_to_on: Mapped[date | None]
    denied_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """Since when it is on the deny-list."""
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    @property
    def lot_ranges(self) -> list[list[str]]:
        """The lots meant; none named is all."""
        return json.loads(self.lots)  # type: ignore[no-any-return]

    @property
    def serial_ranges(self) -> list[list[str]]:
        """The serials meant; none named is all."""
        return json.loads(self.serials)  # type: ignore[no-any-return]


class RecallException(Base):
    """One item that a recall turned out not to mean."""

    __tablename__ = "recall_exceptions"

    reference: Mapped[Code] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)


@dataclass(frozen=True, kw_only=True)
class Arriving:
    """Goods at the bay, as their label states them."""

    product_id: int
    lot: str
    serial: str = ""
    expires_on: date | None = None
    produced_on: date | None = None


def references(denied: str, serial: str, item_id: int) -> list[str]:
    """The recalls that cover one item of a lot of which this is denied."""
    return [
        reference
        for reference, (serials, but) in _read(denied).items()
        if item_id not in but and (not serials or not serial or within(serial, serials))
    ]


@lru_cache(maxsize=256)
def _read(denied: str) -> dict[str, tuple[list[list[str]], frozenset[int]]]:
    told: dict[str, Any] = json.loads(denied) if denied else {}
    return {reference: (said["serials"], frozenset(said["but"])) for reference, said in told.items()}


def means(target: RecallTarget, arriving: Arriving) -> bool:
    """Whether a target means, or may mean, goods at the bay."""
    lot = means_lot(target, arriving.lot, arriving.produced_on, arriving.expires_on)
    return bool(lot and means_serial(target, arriving.serial))


def means_lot(target: RecallTarget, code: str, produced_on: date | None, expires_on: date | None) -> Sure:
    """Whether a target means a lot."""
    lots = target.lot_ranges
    judged = [Sure.YES if not lots else Sure.UNKNOWN if not code else Sure(2 * within(code, lots))]
    judged.append(_in_window(produced_on, target.produced_from_on, target.produced_to_on))
    judged.append(_in_window(expires_on, target.expires_from_on, target.expires_to_on))
    return min(judged)


def means_serial(target: RecallTarget, serial: str) -> Sure:
    """Whether a target that means the lot means a serial of it."""
    serials = target.serial_ranges
    return Sure.YES if not serials else Sure.UNKNOWN if not serial else Sure(2 * within(serial, serials))


def _in_window(day: date | None, first: date | None, last: date | None) -> Sure:
    if first is None and last is None:
        return Sure.YES
    if day is None:
        return Sure.UNKNOWN
    return Sure(2 * ((first or date.min) <= day <= (last or date.max)))


def targets_of(session: Session, reference: str) -> list[RecallTarget]:
    """What a recall means, in the order stated."""
    query = select(RecallTarget).where(RecallTarget.reference == reference).order_by(RecallTarget.line)
    return list(session.scalars(query))


def in_force(session: Session, product_ids: Iterable[int] | None = None) -> list[RecallTarget]:
    """Everything denied now; of these products where they are named."""
    query = select(RecallTarget).where(RecallTarget.denied_at.is_not(None), RecallTarget.lifted_at.is_(None))
    if product_ids is not None:
        query = query.where(RecallTarget.product_id.in_(list(product_ids)))
    return list(session.scalars(query.order_by(RecallTarget.id)))


def deny(session: Session, reference: str, *, at: datetime) -> list[RecallTarget]:
    """The targets of a recall, denied from now on."""
    return _switch(session, reference, denied_at=at, lifted_at=None)


def lift(session: Session, reference: str, *, at: datetime) -> list[RecallTarget]:
    """The targets of a recall, no longer denied."""
    return _switch(session, reference, lifted_at=at)


def _switch(session: Session, reference: str, **values: Any) -> list[RecallTarget]:
    targets = targets_of(session, reference)
    for target in targets:
        for name, value in values.items():
            setattr(target, name, value)
    session.flush()  # what is in force is read again
    refresh(session, {target.product_id for target in targets})
    return targets


def except_items(session: Session, reference: str, item_ids: Sequence[int], product_ids: Iterable[int]) -> None:
    """Items that a recall does not mean after all."""
    for item_id in item_ids:
        session.merge(RecallException(reference=reference, item_id=item_id))
    session.flush()  # what is excepted is read again
    refresh(session, product_ids)


def refresh(session: Session, product_ids: Iterable[int]) -> None:
    """Write into every lot of these products what is denied of it."""
    wanted = sorted(set(product_ids))
    # Two recalls of one product wait for each other here, so that the second reads what the first denied.
    mine = update(Lot).where(Lot.product_id.in_(wanted)).values(denied=Lot.denied)
    session.execute(mine, execution_options={"synchronize_session": False})
    targets = in_force(session, wanted)
    spared = _spared(session, {target.reference for target in targets})
    lots = select(Lot).where(Lot.product_id.in_(wanted)).order_by(Lot.id)
    for lot in session.scalars(lots.execution_options(populate_existing=True)):
        lot.denied = _denied(lot, [target for target in targets if target.product_id == lot.product_id], spared)
    session.flush()  # whoever judges an item of them from now on reads it


def _spared(session: Session, references: set[str]) -> dict[tuple[str, int], list[int]]:
    """The items that are no longer meant, by recall and lot."""
    found: dict[tuple[str, int], list[int]] = {}
    query = (
        select(RecallException.reference, Item.lot_id, Item.id)
        .join(Item, Item.id == RecallException.item_id)
        .where(RecallException.reference.in_(references))
        .order_by(Item.id)
    )
    for reference, lot_id, item_id in session.execute(query):
        found.setdefault((reference, lot_id), []).append(item_id)
    return found


def _denied(lot: Lot, targets: Sequence[RecallTarget], spared: dict[tuple[str, int], list[int]]) -> str:
    told: dict[str, dict[str, list[Any]]] = {}
    for target in targets:
        if not means_lot(target, lot.code, lot.produced_on, lot.expires_on):
            continue
        before = told.get(target.reference)
        serials = target.serial_ranges
        if before is not None:  # two lines of one notice: both; where one means all, all
            serials = before["serials"] + serials if before["serials"] and serials else []
        told[target.reference] = {"serials": serials, "but": spared.get((target.reference, lot.id), [])}
    return json.dumps(told, ensure_ascii=False) if told else ""
