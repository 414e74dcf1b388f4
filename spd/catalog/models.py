"""This file is the tables of the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import Base
from spd.core.columns import Code, Day, Id, Money, Name, Quantity, UtcDateTime, Word


class ProductClass(StrEnum):
    """The three classes that are costed apart."""

    HIGH_VALUE = "high_value"
    LOW_VALUE = "low_value"
    REAGENT = "reagent"


class SettlementMode(StrEnum):
    """When title passes to the hospital and the payable arises."""

    ON_RECEIPT = "on_receipt"
    ON_ISSUE = "on_issue"
    ON_USE = "on_use"


class Product(Base):
    """What can be stocked, at specification level; counted in its base unit. Never deleted: retired."""

    __tablename__ = "products"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    initials: Mapped[str] = mapped_column(String(80), default="", index=True)
    """Pinyin initials, upper case, to search by."""
    specification: Mapped[Name] = mapped_column(default="")
    base_unit: Mapped[Word]
    product_class: Mapped[Word]
    chargeable: Mapped[bool] = mapped_column(default=False)
    implant: Mapped[bool] = mapped_column(default=False)
    cold_chain: Mapped[bool] = mapped_column(default=False)
    charge_code: Mapped[str] = mapped_column(String(40), default="")
    """What HIS bills it under."""
    insurance_code: Mapped[str] = mapped_column(String(40), default="")
    """The 20- or 27-digit code of the national insurance list."""
    registration_number: Mapped[str] = mapped_column(String(60), default="")
    manufacturer_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    ved: Mapped[str] = mapped_column(String(1), default="E")
    """How much care depends on it: V(ital), E(ssential), D(esirable)."""
    control_class: Mapped[Word] = mapped_column(default="")
    """Which of the 18 classes of the national control list, where it is in one."""
    attributes: Mapped[str] = mapped_column(Text(), default="{}")
    """What tells variants apart (diopter, size, side …): a JSON object of texts."""
    admission: Mapped[Word] = mapped_column(default="admitted")
    """Whether it may be ordered: admitted, temporary (until a day), pending, refused."""
    admitted_until_on: Mapped[date | None]
    """The last day of a temporary permission."""
    retired: Mapped[bool] = mapped_column(default=False)


class Packaging(Base):
    """A trade unit of a product: its code (GTIN or another device identifier), its level, the base units inside."""

    __tablename__ = "packagings"
    __table_args__ = (CheckConstraint("base_units > 0", name="holds_something"),)

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    issuer: Mapped[Word] = mapped_column(default="")
    level: Mapped[Word]
    base_units: Mapped[Quantity]


class Price(Base):
    """What one base unit costs from a supplier, from a day on, and how it is settled."""

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("product_id", "supplier_id", "valid_from_on"),
        CheckConstraint("unit_price >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    unit_price: Mapped[Money]
    settlement_mode: Mapped[Word]
    valid_from_on: Mapped[Day]
    valid_to_on: Mapped[date | None]
    """The last day it holds; none where it is open."""
    agreement: Mapped[Code] = mapped_column(default="")
    """The number of the agreement it stands in."""
    set_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


_HOURS = text("expires_at IS NOT NULL")  # few lots have one: they are found without reading the rest


class Lot(Base):
    """One lot of one product: lot text alone is not an identity. The empty code stands for goods without a lot."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        Index("ix_lots_expires_at", "expires_at", postgresql_where=_HOURS, sqlite_where=_HOURS),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    code: Mapped[Code] = mapped_column(index=True)
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """The last usable instant of that day, where the label names one."""
    produced_on: Mapped[date | None]
    denied: Mapped[str] = mapped_column(Text(), default="")
    """What of it must not be received or used, by recall: written by the deny-list alone."""
