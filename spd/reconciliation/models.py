"""This file is the tables of reconciliation: what HIS charged, and the cases that charges and uses fall into."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


class Verdict(StrEnum):
    """What a case is. Source: domain facts B4."""

    MATCHED = "matched"
    LATE = "late"
    USED_NOT_CHARGED = "used_not_charged"
    CHARGED_NOT_USED = "charged_not_used"
    QUANTITY = "quantity"
    PRICE = "price"
    PRODUCT = "product"
    PATIENT = "patient"
    ORPHAN_REFUND = "orphan_refund"
    NOT_CHARGEABLE = "not_chargeable"


class ChargeLine(AppendOnly, Base):
    """One line that HIS billed, or refunded: then below zero, and `refund_of` names the line it takes back."""

    __tablename__ = "charge_lines"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="charges_something"),
        CheckConstraint("refund_of = '' OR quantity < 0", name="refunds_take_back"),
        Index("ix_charge_lines_day", "day_on", "department_id"),
        Index("ix_charge_lines_recorded", "recorded_at"),
        Index("ix_charge_lines_refund_of", "refund_of"),
        Index("ix_charge_lines_item", "item"),
    )

    id: Mapped[Id]
    number: Mapped[Code] = mapped_column(unique=True)
    """HIS's own number of the line."""
    refund_of: Mapped[Code]
    """The number of the line it refunds; empty for a charge."""
    encounter: Mapped[Code] = mapped_column(index=True)
    """As HIS says it: the stay may come later than its charges."""
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    charge_code: Mapped[Code]
    """What it was billed under: HIS's code, or ours of the product."""
    item: Mapped[Code]
    """House code or serial of the thing, where HIS knows it."""
    lot: Mapped[Code]
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    amount: Mapped[Money]
    charged_at: Mapped[Instant]
    day_on: Mapped[Day]
    fingerprint: Mapped[Digest]
    """Of all HIS said: the same number with another fingerprint is a drift, and refused."""
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class ChargeWindow(AppendOnly, Base):
    """A span of time whose charges were sent to us: from its first instant, up to but without its last."""

    __tablename__ = "charge_windows"
    __table_args__ = (CheckConstraint("until_at > from_at", name="lasts"),)

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(unique=True)
    from_at: Mapped[Instant]
    until_at: Mapped[Instant]
    lines: Mapped[Quantity]
    recorded_at: Mapped[Instant]


class ChargeRun(AppendOnly, Base):
    """One reconciliation: when, how much was new, how many cases it opened and how many it ended."""

    __tablename__ = "charge_runs"

    id: Mapped[Id]
    since_on: Mapped[Day]
    """The day of the earliest charge: uses before it are not expected to have one."""
    started_at: Mapped[Instant]
    facts: Mapped[Quantity]
    opened: Mapped[Quantity]
    ended: Mapped[Quantity]


class ChargeCase(Base):
    """Charges and uses that belong together, judged as one; ended where later facts make another of it."""

    __tablename__ = "charge_cases"
    __table_args__ = (
        Index(
            "uq_charge_cases_key", "key", unique=True, postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_charge_cases_open", "verdict", "day_on"),
    )  # fmt: skip

    id: Mapped[Id]
    key: Mapped[Digest]
    """Of its facts and its verdict: the same facts judged again are the same case."""
    verdict: Mapped[Word]
    rule: Mapped[Word]
    """By what they were put together: item, lot, day, stay, product, netted, alone."""
    encounter: Mapped[Code] = mapped_column(index=True)
    charge_code: Mapped[Code]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    day_on: Mapped[Day]
    """Of its first fact: its age counts from here."""
    charged_quantity: Mapped[Quantity]
    used_quantity: Mapped[Quantity]
    charged: Mapped[Money]
    used: Mapped[Money]
    opened_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who has taken it on; before that, whose duty it is follows from the verdict."""
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    resolution: Mapped[Word] = mapped_column(default="")


class ChargeFact(Base):
    """Where one charge line or one movement stands now: in exactly one case."""

    __tablename__ = "charge_facts"
    __table_args__ = (
        UniqueConstraint("charge_line_id"),
        UniqueConstraint("movement_id"),
        CheckConstraint("(charge_line_id IS NULL) <> (movement_id IS NULL)", name="is_one_of_them"),
        Index("ix_charge_facts_day", "day_on", "department_id"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("charge_cases.id"), index=True)
    charge_line_id: Mapped[int | None] = mapped_column(ForeignKey("charge_lines.id"))
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    day_on: Mapped[Day]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]


class ChargePastFact(AppendOnly, Base):
    """Where one charge line or one movement stood before: in a case that has ended since."""

    __tablename__ = "charge_past_facts"
    __table_args__ = (Index("ix_charge_past_facts_day", "day_on", "department_id"),)

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("charge_cases.id"), index=True)
    charge_line_id: Mapped[int | None] = mapped_column(ForeignKey("charge_lines.id"))
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    day_on: Mapped[Day]
    quantity: Mapped[Quantity]
    amount: Mapped[Money]


class ChargeUse(AppendOnly, Base):
    """So much of a charge that came first, confirmed by a use; undone with the use, where that is reversed."""

    __tablename__ = "charge_uses"
    __table_args__ = (
        UniqueConstraint("charge_line_id", "ordinal"),
        UniqueConstraint("charge_line_id", "movement_id"),
        CheckConstraint("quantity > 0", name="confirms_something"),
    )

    id: Mapped[Id]
    charge_line_id: Mapped[int] = mapped_column(ForeignKey("charge_lines.id"))
    ordinal: Mapped[int]
    """Of the line: two uses at one moment never both confirm the same."""
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), index=True)
    quantity: Mapped[Quantity]
    linked_at: Mapped[Instant]


class ChargeCaseAct(AppendOnly, Base):
    """What somebody did about a case: took it, resolved it, opened it again; with the reason."""

    __tablename__ = "charge_case_acts"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary(32))
    case_id: Mapped[int] = mapped_column(ForeignKey("charge_cases.id"), index=True)
    act: Mapped[Word]
    resolution: Mapped[Word]
    reason: Mapped[Name]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[Instant]
