"""This file is sterility of what the hospital sterilises itself: kits, and the trays of loaner sets.

Of a thing the last sterilisation counts: its lot, and the last day on which it is sterile. A lot that failed (its
indicator was not right) makes nothing sterile, whatever day it says.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, case, cast, literal, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Name

FAILED, UNKNOWN = "failed", "unknown"
"""What stands in place of the last sterile day: the lot failed; no sterilisation is on record."""


class Sterilisation(AppendOnly, Base):
    """One thing of one load: a kit or a loaner set, sterile through a day."""

    __tablename__ = "sterilisations"
    __table_args__ = (
        UniqueConstraint("request_key", "line"),
        CheckConstraint("(kit_id IS NULL) <> (set_id IS NULL)", name="of_one_thing"),
        Index("ix_sterilisations_kit", "kit_id", "id"),
        Index("ix_sterilisations_set", "set_id", "id"),
        Index("ix_sterilisations_lot", "lot"),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]
    line: Mapped[int]
    kit_id: Mapped[int | None] = mapped_column(ForeignKey("kits.id"))
    set_id: Mapped[int | None] = mapped_column(ForeignKey("loaner_sets.id"))
    lot: Mapped[Code]
    """The number of the load, as the steriliser has it (灭菌批号)."""
    until_on: Mapped[date]
    """The last day on which it is sterile."""
    done_at: Mapped[Instant]
    done_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class SterileLotFailure(AppendOnly, Base):
    """A load that is not sterile after all, whatever was of it."""

    __tablename__ = "sterile_lot_failures"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    lot: Mapped[Code] = mapped_column(unique=True)
    why: Mapped[Name]
    said_at: Mapped[Instant]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


def has_failed() -> Any:
    """Whether the lot of a sterilisation has failed."""
    return select(SterileLotFailure.id).where(SterileLotFailure.lot == Sterilisation.lot).exists()


def last_of(mine: Any) -> Any:
    """What the last sterilisation says, to be read with the thing whose it is (`mine`): `FAILED`, else its last day as
    text, nothing where there is none."""
    told = case((has_failed(), literal(FAILED)), else_=cast(Sterilisation.until_on, String))
    return select(told).where(mine).order_by(Sterilisation.id.desc()).limit(1)


STANDINGS = ("sterile", "past", "failed", "replaced")
_LATER = aliased(Sterilisation)


def standing(day: date) -> Any:
    """How far a thing is sterile by a load on a day: of `STANDINGS`; replaced is by a later load."""
    same = (_LATER.kit_id == Sterilisation.kit_id) | (_LATER.set_id == Sterilisation.set_id)
    later = select(_LATER.id).where(same, _LATER.id > Sterilisation.id).exists()
    return case((has_failed(), "failed"), (later, "replaced"), (Sterilisation.until_on < day, "past"), else_="sterile")


def lost(told: str | None, day: date) -> tuple[str, str] | None:
    """Why a thing is not sterile on a day, zh and en; None where it is, or where nothing is known of it."""
    if told in (None, UNKNOWN):
        return None
    if told == FAILED:
        return "灭菌批次不合格", "not sterile: its sterilisation failed"
    return (f"灭菌有效期 {told} 已过", f"not sterile since {told}") if day.isoformat() > str(told) else None
