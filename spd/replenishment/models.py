"""This file is the tables of distribution: what is asked for, what is picked in one round, totes, what came short.

What lies in a tote and whether it arrived are movements; what a place needs is reckoned from what it has.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Name, Quantity, UtcDateTime, Word

_OPEN = text("closed_at IS NULL")


class Dispatch(Base):
    """One tote: where from, where to. What is in it, and whether it arrived, are movements."""

    __tablename__ = "dispatches"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """The code on its label."""
    seal: Mapped[str | None] = mapped_column(String(80), index=True, unique=True)
    """The number of the seal it was closed with, where the hospital uses numbered ones."""
    from_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), index=True)
    dispatched_at: Mapped[Instant]


class MissingItem(Base):
    """A thing that the ward did not find in the tote it left in. It is on its way until somebody finds it."""

    __tablename__ = "missing_items"
    __table_args__ = (UniqueConstraint("dispatch_id", "item_id"),)

    id: Mapped[Id]
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    reported_at: Mapped[Instant]
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class RefillCard(Base):
    """The card in a bin: scanned when the bin is empty, it asks for so many packs. One for a place and product."""

    __tablename__ = "refill_cards"
    __table_args__ = (UniqueConstraint("location_id", "product_id"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    pack_quantity: Mapped[Quantity]
    packs: Mapped[int]
    """What the bin holds."""
    made_at: Mapped[Instant]


class RefillRequest(Base):
    """What a place asks for beyond what its stock says: by hand, or by the card of an empty bin. One open at a time.

    It is closed when the ward has signed for so much.
    """

    __tablename__ = "refill_requests"
    __table_args__ = (
        Index(
            "uq_refill_requests_open",
            "location_id",
            "product_id",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    id: Mapped[Id]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    pack_quantity: Mapped[Quantity]
    packs: Mapped[int]
    delivered: Mapped[Quantity] = mapped_column(default=0)
    """Base units signed for since it was asked."""
    by_card: Mapped[bool] = mapped_column(default=False)
    by_hand: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[Name] = mapped_column(default="")
    asked_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class RefillTrigger(AppendOnly, Base):
    """One time that somebody asked. Several may stand behind one request."""

    __tablename__ = "refill_triggers"

    id: Mapped[Id]
    request_id: Mapped[int] = mapped_column(ForeignKey("refill_requests.id"), index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    kind: Mapped[Word]
    """card or hand."""
    packs: Mapped[int]
    added: Mapped[bool]
    """Whether it changed anything; a card scanned again does not."""
    reason: Mapped[Name] = mapped_column(default="")
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Wave(Base):
    """What is picked in one round through a store."""

    __tablename__ = "waves"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    from_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
    finished_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class WaveLine(Base):
    """What one place gets of one product in one wave."""

    __tablename__ = "wave_lines"
    __table_args__ = (
        UniqueConstraint("wave_id", "location_id", "product_id"),
        CheckConstraint("packs > 0", name="asks_something"),
    )

    id: Mapped[Id]
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    pack_quantity: Mapped[Quantity]
    packs: Mapped[int]
    first: Mapped[int]
    """How many packs of the product go, soonest to expire first, to places that use theirs sooner."""


class WaveTote(Base):
    """The tote of one place in one wave; its code is that of the dispatch it becomes when it is sealed."""

    __tablename__ = "wave_totes"
    __table_args__ = (UniqueConstraint("wave_id", "location_id", "number"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    number: Mapped[int]
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)


class WavePick(Base):
    """One pack to be picked: which is proposed, which it became. Proposing locks nothing; the scan does."""

    __tablename__ = "wave_picks"
    __table_args__ = (Index("ix_wave_picks_wave", "wave_id", "position"),)

    id: Mapped[Id]
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("wave_lines.id"), index=True)
    position: Mapped[int]
    """Its turn on the way through the store."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    """The pack proposed; none where one has to be made first."""
    picked_item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    picked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    tote_id: Mapped[int | None] = mapped_column(ForeignKey("wave_totes.id"), index=True)
    short: Mapped[bool] = mapped_column(default=False)
    """Looked for, and not found."""


class Shortage(Base):
    """What a wave could not bring a place. Closed only when the ward has signed for so much of a later delivery."""

    __tablename__ = "shortages"
    __table_args__ = (
        Index("ix_shortages_open", "location_id", "product_id", postgresql_where=_OPEN),
        UniqueConstraint("line_id"),
    )

    id: Mapped[Id]
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("wave_lines.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    pack_quantity: Mapped[Quantity]
    packs: Mapped[int]
    delivered: Mapped[Quantity] = mapped_column(default=0)
    """Base units signed for since, out of later deliveries."""
    arisen_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
