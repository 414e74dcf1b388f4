"""This file is the tables of the ledger; all but the items and the outbox are written once and never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Money, Name, Quantity, UtcDateTime, Word


class ItemKind(StrEnum):
    """What one code is on."""

    UNIT = "unit"
    PACK = "pack"
    BULK = "bulk"
    KIT = "kit"


class ItemStateName(StrEnum):
    """What may be done with an item. `open`: a pack opened and used loose; `spent`: a bulk all of which was packed."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    IN_TRANSIT = "in_transit"
    HELD = "held"
    OPEN = "open"
    CONSUMED = "consumed"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"
    SPENT = "spent"


class MovementKind(StrEnum):
    """What was done."""

    RECEIVE = "receive"
    PACK = "pack"
    UNPACK = "unpack"
    TRANSFER = "transfer"
    RESERVE = "reserve"
    PICK = "pick"
    DISPATCH = "dispatch"
    DELIVER = "deliver"
    OPEN = "open"
    CONSUME = "consume"
    RETURN = "return"
    ADJUST = "adjust"
    WRITE_OFF = "write_off"
    HOLD = "hold"
    RELEASE = "release"
    TITLE = "title"
    REVERSE = "reverse"


class Request(AppendOnly, Base):
    """One act as a device asked for it. Its key is kept for ever: asked again, it is answered, not done again."""

    __tablename__ = "requests"

    key: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    content: Mapped[Digest]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    recorded_at: Mapped[Instant]


class Item(Base):
    """One coded physical thing: a unit, a pack, or what is left of a bulk of one lot.

    Its row is the lock: it changes only through `ledger.Draft`, by one conditional update with its `version`.
    """

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="not_negative"),
        Index("ix_items_place", "location_id", "product_id", "state"),
        Index("ix_items_lot", "lot_id"),
        Index("ix_items_consigned", "owner_id", postgresql_where=text("owner_id <> 1")),
        Index(
            "ix_items_on_hand",
            "product_id",
            "location_id",
            postgresql_where=text("quantity > 0"),
            sqlite_where=text("quantity > 0"),
        ),
        Index(
            "ix_items_serial",
            "serial",
            postgresql_where=text("serial <> ''"),
            sqlite_where=text("serial <> ''"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Word]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    serial: Mapped[Code]
    unit_price: Mapped[Money]
    settlement_mode: Mapped[Word]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    receipt_line_id: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[Instant]
    quantity: Mapped[Quantity]
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    state: Mapped[Word]
    version: Mapped[int]
    """The sequence of its last movement."""
    head: Mapped[Digest]
    """The hash of its last movement."""


class Movement(AppendOnly, Base):
    """One item, or part of it, going from one place and owner to another.

    Never edited: a movement whose `reverses_id` names it undoes it, once.
    """

    __tablename__ = "movements"
    __table_args__ = (
        UniqueConstraint("request_key", "line", name="uq_movements_request"),
        UniqueConstraint("item_id", "sequence", name="uq_movements_sequence"),
        UniqueConstraint("reverses_id", name="uq_movements_reverses"),
        CheckConstraint("quantity > 0", name="moves_something"),
        Index("ix_movements_encounter", "encounter_id", postgresql_where=text("encounter_id IS NOT NULL")),
        Index("ix_movements_document", "document", postgresql_where=text("document <> ''")),
        Index("ix_movements_day", "day_on", "kind", "department_id"),
        # What was recorded after an instant: rows come in that order, so a few bytes a page of them are enough.
        Index(
            "ix_movements_recorded",
            "recorded_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(ForeignKey("requests.key", deferrable=True, initially="DEFERRED"))
    line: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    sequence: Mapped[int]
    kind: Mapped[Word]
    quantity: Mapped[Quantity]
    from_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    from_owner_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    to_owner_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    state_after: Mapped[Word]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    document: Mapped[Code]
    reason: Mapped[Name]
    occurred_at: Mapped[Instant]
    """At the bedside, by the device's clock."""
    recorded_at: Mapped[Instant]
    """By our clock."""
    day_on: Mapped[Day]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    raw_scan: Mapped[bytes | None] = mapped_column(LargeBinary())
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id"))
    entry_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the journal entry that came with it: the chain covers the money too."""
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]


class DocumentEntry(AppendOnly, Base):
    """Why money moved without goods: an invoice, a payment, a price difference, what a person owes. One row an entry.

    Their numbers have no gap and each names the hash of the one before: one chain for all.
    """

    __tablename__ = "document_entries"
    __table_args__ = (
        UniqueConstraint("request_key", "line", name="uq_document_entries_request"),
        Index("ix_document_entries_document", "kind", "document_id"),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(ForeignKey("requests.key", deferrable=True, initially="DEFERRED"))
    line: Mapped[int]
    kind: Mapped[Word]
    document_id: Mapped[int]
    """Its number in the table of its kind."""
    document: Mapped[Code]
    """As people call it."""
    reason: Mapped[Name]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    day_on: Mapped[Day]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    entry_digest: Mapped[Digest]
    previous_hash: Mapped[Digest]
    hash: Mapped[Digest]


class EntryRow(AppendOnly, Base):
    """One journal entry: the money of one movement, or of one document. Its postings sum to zero."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("movement_id", name="uq_entries_movement"),
        CheckConstraint("(movement_id IS NULL) <> (document_entry_id IS NULL)", name="of_one"),
        Index("ix_entries_period", "period"),
        Index(
            "uq_entries_document",
            "document_entry_id",
            unique=True,
            postgresql_where=text("document_entry_id IS NOT NULL"),
            sqlite_where=text("document_entry_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("movements.id", deferrable=True, initially="DEFERRED"))
    event: Mapped[Word]
    period: Mapped[str] = mapped_column(String(7))
    """The accounting month, YYYY-MM: the month of the act, or the open one where that is closed."""
    day_on: Mapped[Day]
    recorded_at: Mapped[Instant]
    digest: Mapped[Digest]
    document_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_entries.id", deferrable=True, initially="DEFERRED")
    )


class Posting(AppendOnly, Base):
    """One signed line of a journal entry: debit above zero, credit below.

    It repeats its entry's period, so that a month's roll-up reads one index and nothing else.
    """

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("entry_id", "line", name="uq_postings_line"),
        Index(
            "ix_postings_rollup",
            "period",
            "account",
            "department_id",
            "product_class",
            "chargeable",
            postgresql_include=["amount"],
        ),
        Index("ix_postings_party", "party_id", "period", postgresql_where=text("party_id IS NOT NULL")),
        Index("ix_postings_encounter", "encounter_id", postgresql_where=text("encounter_id IS NOT NULL")),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", deferrable=True, initially="DEFERRED"))
    line: Mapped[int]
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    amount: Mapped[Money]
    period: Mapped[str] = mapped_column(String(7))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    product_class: Mapped[Word]
    """Empty where the line is of no product."""
    chargeable: Mapped[bool]


class OutboxMessage(Base):
    """What another system must be told, written in the transaction that made it true and sent afterwards."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "topic", "sent_at"), Index("ix_outbox_movement", "movement_id"))

    id: Mapped[Id]
    topic: Mapped[Word]
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id", deferrable=True, initially="DEFERRED"))
    payload: Mapped[str] = mapped_column(Text())
    created_at: Mapped[Instant]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When the other system said that it has it."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often the other system failed over it while it took others."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """Not before then; none is at once."""
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    dead_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """Since when it waits for people: the other system refused it, or failed over it too often."""
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When it was decided not to send it at all."""
    trouble: Mapped[str | None] = mapped_column(String(200))
    """What came of it last."""
