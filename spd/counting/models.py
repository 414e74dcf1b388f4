"""This file is the tables of stocktaking: counts and their scope, what was counted, what was decided, what came out."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


class CountKind(StrEnum):
    """What a count is of."""

    FULL = "full"
    LOCATION = "location"
    CLASS = "class"
    CALENDAR = "calendar"
    SPECIAL = "special"


class CountState(StrEnum):
    """How far a count is."""

    PLANNED = "planned"
    COUNTING = "counting"
    REVIEW = "review"
    APPROVED = "approved"
    """Decided, and its differences adjusted."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Round(StrEnum):
    """Whose counting a line is: the first counter's, the second's, or the counting again of a difference."""

    FIRST = "first"
    SECOND = "second"
    RECOUNT = "recount"


class Finding(StrEnum):
    """What a count found of one thing."""

    OK = "ok"
    MISSING = "missing"
    """Booked here and counted by nobody."""
    RESERVED = "reserved"
    """Booked here, kept for somebody, and not scanned: shown, never counted missing."""
    DISAGREE = "disagree"
    """Two counters, two numbers."""
    HELD = "held"
    EXPIRED = "expired"
    REFOUND = "refound"
    """Lost at an earlier count, and here again."""
    ELSEWHERE = "elsewhere"
    """Found here, booked there."""
    MOVED = "moved"
    """It was found here, booked there, and is booked here now."""
    IN_TRANSIT = "in_transit"
    """Found here, and nobody has signed for it."""
    USED = "used"
    """Used by the book, but here."""
    GONE = "gone"
    """Returned, written off or packed up by the book, but here."""
    UNKNOWN = "unknown"
    """A code that is nothing here."""


class Count(Base):
    """One stocktake: its scope, who may count, how far it is. It blocks no work and sets no balance."""

    __tablename__ = "counts"
    __table_args__ = (
        CheckConstraint("rounds IN (1, 2)", name="one_or_two"),
        Index("ix_counts_state", "state"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Word]
    tier: Mapped[Word] = mapped_column(default="")
    """Of a calendar count: daily, A, B or C."""
    title: Mapped[Name]
    product_class: Mapped[Word] = mapped_column(default="")
    """Only products of this class; empty is all."""
    some_products: Mapped[bool] = mapped_column(default=False)
    """Only the products named in its list."""
    blind: Mapped[bool] = mapped_column(default=True)
    rounds: Mapped[int] = mapped_column(default=1)
    """2: a second person counts everything again without having seen the first count."""
    custodian_may_count: Mapped[bool]
    state: Mapped[Word] = mapped_column(default=CountState.PLANNED)
    planned_on: Mapped[Day]
    planned_at: Mapped[Instant]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class CountPlace(Base):
    """One place of a count."""

    __tablename__ = "count_places"

    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), primary_key=True, index=True)


class CountProduct(Base):
    """One product of a count that is of some products only."""

    __tablename__ = "count_products"

    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)


class CountPass(Base):
    """One going over of one place: begun by the scan of its label, over with the next place or the end.

    The earliest beginning and the latest end hold, whatever order they are heard of in.
    """

    __tablename__ = "count_passes"

    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), primary_key=True)
    round: Mapped[Word] = mapped_column(primary_key=True)
    opened_at: Mapped[Instant]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class CountLine(AppendOnly, Base):
    """One thing seen or counted at a place by somebody. A later line of the same round and thing takes its place."""

    __tablename__ = "count_lines"

    id: Mapped[Id]
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    round: Mapped[Word]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    said: Mapped[Name] = mapped_column(default="")
    """What was read, where it is nothing we know."""
    quantity: Mapped[Quantity]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]


class CountLineItem(AppendOnly, Base):
    """An item a line is of, as it stood when the server heard the line: the sequence that the count stands on.

    Several items where they are one heap of one lot, owner and price.
    """

    __tablename__ = "count_line_items"

    line_id: Mapped[int] = mapped_column(ForeignKey("count_lines.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True, index=True)
    version: Mapped[int]
    quantity: Mapped[Quantity]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    state: Mapped[Word]


class CountAct(AppendOnly, Base):
    """One step of a count, by whom, under which key: asked again, it is answered, not done again."""

    __tablename__ = "count_acts"

    id: Mapped[Id]
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    act: Mapped[Word]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Instant]


class CountReason(AppendOnly, Base):
    """Why something differs, or what became of an exception; the newest of a subject holds."""

    __tablename__ = "count_reasons"

    id: Mapped[Id]
    act_id: Mapped[int] = mapped_column(ForeignKey("count_acts.id"))
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), index=True)
    subject: Mapped[Code]
    """The code of an item, or ? and the number of a line whose code is unknown."""
    reason: Mapped[Word]
    note: Mapped[Name] = mapped_column(default="")


class CountResult(AppendOnly, Base):
    """What came out for one thing, as it was approved."""

    __tablename__ = "count_results"
    __table_args__ = (
        Index("ix_count_results_count", "count_id"),
        Index("ix_count_results_item", "item_id"),
        Index("ix_count_results_shelf", "location_id", "product_id"),
    )

    id: Mapped[Id]
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"))
    subject: Mapped[Code]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    finding: Mapped[Word]
    book: Mapped[Quantity]
    counted: Mapped[Quantity]
    difference: Mapped[Quantity]
    adjusted: Mapped[Quantity]
    """How much of the difference was booked."""
    exception: Mapped[Word] = mapped_column(default="")
    """Why the difference could not be booked."""
    unit_price: Mapped[Money]
    consigned: Mapped[bool]
    reason: Mapped[Word] = mapped_column(default="")
    note: Mapped[Name] = mapped_column(default="")
    counted_at: Mapped[Instant]
    """The moment the difference is of."""
    counted_on: Mapped[date]
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
