"""This file is how wards differ by product: what opening a pack means, how long it is good then, what is charged first.

A mode is said for a product on a ward, for a product everywhere, or for a ward's every product; the nearest holds, else
the default. Each change is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, String, UniqueConstraint, Uuid, case, cast, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Id, Instant, Name, Word
from spd.core.errors import Refused
from spd.core.occasion import Occasion

EVERY = 0
"""The number that stands for every product, or every ward."""
MOST_DAYS = 3650


class Opening(StrEnum):
    """What opening a pack means."""

    USED = "used"
    """All of it is charged to the department at once."""
    LOOSE = "loose"
    """It is open stock of the ward, drawn down piece by piece."""


class Charging(StrEnum):
    """Which comes first, the use or HIS's charge."""

    AFTER_USE = "after_use"
    BEFORE_USE = "before_use"


@dataclass(frozen=True, kw_only=True)
class WardMode:
    """How a ward uses a product. `open_days`: days after the day of opening on which it may be used; 0 is no limit."""

    opening: str = Opening.USED.value
    open_days: int = 0
    charging: str = Charging.AFTER_USE.value

    @property
    def loose(self) -> bool:
        """Whether what is opened is drawn down piece by piece."""
        return self.opening == Opening.LOOSE

    @property
    def charged_first(self) -> bool:
        """Whether HIS charges before the use."""
        return self.charging == Charging.BEFORE_USE


class WardModeRow(Base):
    """The mode said for one scope."""

    __tablename__ = "ward_modes"
    __table_args__ = (
        UniqueConstraint("product_id", "department_id"),
        CheckConstraint("product_id <> 0 OR department_id <> 0", name="said_of_something"),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(BigInt)
    """0 is every product."""
    department_id: Mapped[int] = mapped_column(BigInt)
    """0 is every ward."""
    opening: Mapped[Word]
    open_days: Mapped[int]
    charging: Mapped[Word]


class WardModeChange(AppendOnly, Base):
    """One change of a mode, as it was said; nothing in `opening` where it was taken back."""

    __tablename__ = "ward_mode_changes"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    product_id: Mapped[int] = mapped_column(BigInt)
    department_id: Mapped[int] = mapped_column(BigInt)
    opening: Mapped[Word]
    open_days: Mapped[int]
    charging: Mapped[Word]
    reason: Mapped[Name]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(BigInt)


class ModeOfNothing(Refused):
    """A mode is of a product, of a ward, or of both."""

    code = "mode-of-nothing"
    say = {
        "zh": "科室用法须指明品规或科室。全院默认不在此修改。",
        "en": "A mode is said of a product, of a ward, or of both. The default of the hospital is not changed here.",
    }


def spoken(product_id: Any, department_id: Any) -> ColumnElement[str | None]:
    """The mode in force as text, to be read with a row that has a product and a department; nothing is the default."""
    row = WardModeRow
    nearest = case((row.product_id != EVERY, 2), else_=0) + case((row.department_id != EVERY, 1), else_=0)
    said = row.opening + "," + row.charging + "," + cast(row.open_days, String)
    query = (
        select(said)
        .where(row.product_id.in_([EVERY, product_id]), row.department_id.in_([EVERY, department_id]))
        .order_by(nearest.desc())
        .limit(1)
    )
    outside = [side.table for side in (product_id, department_id) if hasattr(side, "table")]
    query = query.correlate(*outside) if outside else query
    return query.scalar_subquery().label("ward_mode")


def read(spoken_: str | None) -> WardMode:
    """The mode that such a text says."""
    if not spoken_:
        return WardMode()
    opening, charging, days = spoken_.split(",")
    return WardMode(opening=opening, charging=charging, open_days=int(days))


def mode_of(session: Session, product_id: int, department_id: int | None) -> WardMode:
    """How a ward uses a product."""
    return read(session.scalar(select(spoken(product_id, department_id or EVERY))))


@dataclass(frozen=True, kw_only=True)
class ModeSaid:
    """What is said of a product, a ward, or both; no mode takes back what was said."""

    product_id: int
    department_id: int
    mode: WardMode | None
    reason: str = ""


def settle_mode(session: Session, occasion: Occasion, said: ModeSaid) -> bool:
    """The mode in force from now on; False where this request was answered before. Raises: ModeOfNothing."""
    if said.product_id == EVERY and said.department_id == EVERY:
        raise ModeOfNothing()
    known = select(WardModeChange.id).where(WardModeChange.request_key == occasion.request_key)
    if session.scalar(known) is not None:
        return False
    query = select(WardModeRow).where(
        WardModeRow.product_id == said.product_id, WardModeRow.department_id == said.department_id
    )
    row = session.scalars(query).one_or_none()
    if said.mode is None and row is not None:
        session.delete(row)
    elif said.mode is not None:
        if row is None:
            row = WardModeRow(product_id=said.product_id, department_id=said.department_id)
            session.add(row)
        row.opening, row.open_days, row.charging = said.mode.opening, said.mode.open_days, said.mode.charging
    mode = said.mode or WardMode(opening="", charging="")
    session.add(
        WardModeChange(
            request_key=occasion.request_key, product_id=said.product_id, department_id=said.department_id,
            opening=mode.opening, open_days=mode.open_days, charging=mode.charging, reason=said.reason,
            set_at=occasion.recorded_at, set_by_id=occasion.staff_id,
        )
    )  # fmt: skip
    session.flush()  # the next scan reads it
    return True
