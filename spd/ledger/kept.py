"""This file is what a closed month is remembered by: its money in cells, its stock by department, up to which movement.

Reports of closed months read these rows and nothing else. A month closed again is kept again, one version higher.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Money, Quantity, Word
from spd.ledger.books import PeriodStep, Step
from spd.ledger.models import Movement, Posting


class KeptClosing(AppendOnly, Base):
    """One closing of a month. What was moved after it belongs to a later month, whatever its day."""

    __tablename__ = "kept_closings"
    __table_args__ = (UniqueConstraint("period", "version"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    last_movement_id: Mapped[Quantity]


class ClosedCell(AppendOnly, Base):
    """What a closed month posted to one account, department, class, chargeable or not."""

    __tablename__ = "closed_cells"
    __table_args__ = (Index("ix_closed_cells_period", "period", "account"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    account: Mapped[str] = mapped_column(String(16))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    product_class: Mapped[Word]
    chargeable: Mapped[bool]
    amount: Mapped[Money]
    lines: Mapped[Quantity]


class ClosedStock(AppendOnly, Base):
    """One part of a department's stock in a closed month: what came, what went, or what was there at its end."""

    __tablename__ = "closed_stock"
    __table_args__ = (Index("ix_closed_stock_period", "period"),)

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    product_class: Mapped[Word]
    part: Mapped[Word]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]


_OTHERS = aliased(KeptClosing)


def latest(kind: Any) -> ColumnElement[bool]:
    """The condition that rows are of the last closing of their month."""
    last = select(func.max(_OTHERS.version)).where(_OTHERS.period == kind.period).scalar_subquery()
    condition: ColumnElement[bool] = kind.version == last
    return condition


def closings(session: Session, periods: Collection[str] | None = None) -> dict[str, int]:
    """The last movement of every month that is closed and kept (of these months alone)."""
    query = select(KeptClosing.period, KeptClosing.last_movement_id).where(is_closed(KeptClosing), latest(KeptClosing))
    if periods is not None:
        query = query.where(KeptClosing.period.in_(periods))
    found: dict[str, int] = dict(session.execute(query).all())
    return found


def closed_as_of(session: Session, periods: Collection[str]) -> dict[str, datetime]:
    """Up to when what was recorded is in the last closing of each of these months."""
    query = select(PeriodStep.period, PeriodStep.as_of).where(
        PeriodStep.step == Step.CLOSED, PeriodStep.period.in_(periods)
    )
    return {period: as_of for period, as_of in session.execute(query.order_by(PeriodStep.id))}  # noqa: C416  last stays


def is_closed(kind: Any) -> ColumnElement[bool]:
    """The condition that rows are of a month that is closed now."""
    through = select(PeriodStep.closed_through).order_by(PeriodStep.id.desc()).limit(1).scalar_subquery()
    condition: ColumnElement[bool] = kind.period <= through
    return condition


def while_closed(session: Session, period: str) -> list[ColumnElement[bool]]:
    """For each time that a month was closed, the condition that a movement was made then.

    Numbers come in blocks, a block for each process: one that is lower than the last there was at the lock may be
    written after it, and is known by when it was recorded.
    """
    query = select(PeriodStep.step, PeriodStep.last_movement_id, PeriodStep.as_of).where(
        PeriodStep.period == period, PeriodStep.step.in_((Step.CLOSED, Step.REOPENED))
    )
    spans: list[ColumnElement[bool]] = []
    for step, last, at in session.execute(query.order_by(PeriodStep.id)):
        since = or_(Movement.id > last, Movement.recorded_at > at)
        spans = [*spans, since] if step == Step.CLOSED else [*spans[:-1], and_(spans[-1], ~since)]
    return spans


def next_closing(session: Session, period: str) -> KeptClosing:
    """The closing of this month that is under way: the movements there are now are its last."""
    before = session.scalar(select(func.max(KeptClosing.version)).where(KeptClosing.period == period)) or 0
    last = session.scalar(select(func.max(Movement.id))) or 0
    closing = KeptClosing(period=period, version=before + 1, last_movement_id=last)
    session.add(closing)
    session.flush()  # what is kept is looked up by its version
    return closing


def keep_cells(session: Session, closing: KeptClosing) -> None:
    """The month's postings in cells."""
    parts = (Posting.account, Posting.department_id, Posting.product_class, Posting.chargeable)
    names = ["period", "version", "account", "department_id", "product_class", "chargeable", "amount", "lines"]
    parts_of: tuple[Any, ...] = (Posting.period, literal(closing.version), *parts)
    summed = select(*parts_of, func.sum(Posting.amount), func.count())
    summed = summed.where(Posting.period == closing.period).group_by(Posting.period, *parts)
    session.execute(insert(ClosedCell).from_select(names, summed))
