"""This file is the tables of orders. What was delivered of a line is not kept here: it is the sum of the movements."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Money, Name, Quantity, Word


class OrderState(StrEnum):
    """How far an order is. What was sent is partly delivered, then delivered, by what came of it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """What the supplier said to the version that was sent."""

    NONE = ""
    ACCEPTED = "accepted"
    CHANGED = "changed"
    """Accepted with less, or for another day."""
    DECLINED = "declined"


class Order(Base):
    """One order to one supplier for one store. Never deleted: cancelled."""

    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("over_percent BETWEEN 0 AND 100", name="over_is_bounded"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    label: Mapped[Code] = mapped_column(unique=True)
    """Our own code on its paper."""
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    state: Mapped[Word] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)
    answer: Mapped[Word] = mapped_column(default="")
    placed_at: Mapped[Instant]
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    wanted_on: Mapped[date | None]
    over_percent: Mapped[int] = mapped_column(default=0)
    """By how much more than ordered the supplier may deliver."""
    note: Mapped[Name] = mapped_column(default="")


class OrderLine(AppendOnly, Base):
    """What one version of an order asks of one product. `line` stays the same from version to version."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "version", "line"),
        CheckConstraint("quantity > 0", name="asks_something"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    version: Mapped[int]
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[Quantity]
    order_multiple: Mapped[Quantity] = mapped_column(default=1)
    """Base units of the packaging it is ordered in."""
    unit_price: Mapped[Money]
    settlement_mode: Mapped[Word]
    wanted_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text(), default="{}")
    """Why it was proposed: the figures behind it, as JSON."""


class OrderStep(AppendOnly, Base):
    """One thing done with an order: who, when, why, and the state it led to."""

    __tablename__ = "order_steps"
    __table_args__ = (UniqueConstraint("request_key", "order_id", "step"),)

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    version: Mapped[int]
    step: Mapped[Word]
    state_after: Mapped[Word]
    reason: Mapped[Name] = mapped_column(default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[Instant]
    day_on: Mapped[Day]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]
    """The digest of what was said under the key."""


class OrderAnswer(AppendOnly, Base):
    """What the supplier confirmed of one line; the newest of a version holds."""

    __tablename__ = "order_answers"
    __table_args__ = (CheckConstraint("quantity >= 0", name="not_negative"),)

    id: Mapped[Id]
    step_id: Mapped[int] = mapped_column(ForeignKey("order_steps.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[Quantity]
    promised_on: Mapped[date | None]
