"""This file is the table of dispatches: a tote of things on its way to one place."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Id, Instant


class Dispatch(Base):
    """One tote: where from, where to. What is in it, and whether it arrived, are movements."""

    __tablename__ = "dispatches"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """The code on its seal."""
    from_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), index=True)
    dispatched_at: Mapped[Instant]
