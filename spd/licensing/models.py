"""This file is the tables of licences: what suppliers, makers and products are permitted, from when to when."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import BigInt, Code, Day, Id, Instant, Name, UtcDateTime, Word


class LicenceKind(StrEnum):
    """What a licence permits, and to whom."""

    BUSINESS = "business"
    """A supplier's business licence."""
    OPERATION = "operation"
    """A supplier's licence (class III) or filing (class II) to trade in devices."""
    PRODUCTION = "production"
    """A manufacturer's licence or filing to make devices."""
    REGISTRATION = "registration"
    """A product's registration (class II, III) or filing (class I)."""
    AUTHORISATION = "authorisation"
    """One link of the chain by which a maker's goods may be sold: from whom to whom."""


class Licence(Base):
    """One version of one licence. A renewal is a new row; a wrong one is withdrawn, never changed."""

    __tablename__ = "licences"
    __table_args__ = (
        CheckConstraint("valid_to_on IS NULL OR valid_to_on >= valid_from_on", name="ends_after_it_begins"),
        Index("ix_licences_party", "party_id", "kind"),
        Index("ix_licences_number", "number"),
        Index("ix_licences_subject", "subject"),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID | None] = mapped_column(Uuid(), unique=True)
    kind: Mapped[Word]
    subject: Mapped[Code]
    """What stays the same through renewals: the versions of one licence share it."""
    number: Mapped[Code]
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    """Who holds it; of an authorisation, who gives it. A registration may leave it open."""
    grantee_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"), index=True)
    """Of an authorisation: to whom."""
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    """Of an authorisation: whose goods; none is everybody's."""
    device_classes: Mapped[str] = mapped_column(String(8), default="")
    """The classes of devices it is about: "2", "3" or "23"; empty where it is not limited to some."""
    authority: Mapped[Name] = mapped_column(default="")
    valid_from_on: Mapped[Day]
    valid_to_on: Mapped[date | None]
    """The last day it holds; none where it has no end."""
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    note: Mapped[Name] = mapped_column(default="")
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_reason: Mapped[Name] = mapped_column(default="")


class LicenceProduct(Base):
    """A product that an authorisation names; one that names none is for all."""

    __tablename__ = "licence_products"

    licence_id: Mapped[int] = mapped_column(BigInt, ForeignKey("licences.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInt, ForeignKey("products.id"), primary_key=True)


class LicenceWarning(AppendOnly, Base):
    """A licence that came within so many days of its end; 0 is that it has ended."""

    __tablename__ = "licence_warnings"
    __table_args__ = (UniqueConstraint("licence_id", "days"),)

    id: Mapped[Id]
    licence_id: Mapped[int] = mapped_column(ForeignKey("licences.id"))
    days: Mapped[int]
    entered_on: Mapped[Day]
    noted_at: Mapped[Instant]


class LicenceOverride(AppendOnly, Base):
    """Somebody asks that goods may pass, today, although licences do not hold: what for, which, and why."""

    __tablename__ = "licence_overrides"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    act: Mapped[Word]
    day_on: Mapped[Day] = mapped_column(index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    wanted: Mapped[str] = mapped_column(Text())
    """What is to pass: a JSON list of product and day of production."""
    findings: Mapped[str] = mapped_column(Text())
    """What stood against it when it was asked: a JSON list."""
    reason: Mapped[Name]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[Instant]


class LicenceDecision(AppendOnly, Base):
    """What another person decided about such a request."""

    __tablename__ = "licence_decisions"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    override_id: Mapped[int] = mapped_column(ForeignKey("licence_overrides.id"), unique=True)
    allowed: Mapped[bool]
    reason: Mapped[Name]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Instant]
