"""This file is the tables of shared devices: enrolment, its one-time codes, its history, PINs, who came on and left."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Name, UtcDateTime, Word


class DeviceProfile(StrEnum):
    """What sort of device it is."""

    HANDHELD = "handheld"
    CART = "cart"
    DESKTOP = "desktop"
    PHONE = "phone"


class DeviceState(StrEnum):
    """Whether people may come on at it."""

    WAITING = "waiting"
    """Registered; its one-time code has not been used yet."""
    ENROLLED = "enrolled"
    REVOKED = "revoked"


class SignOnAct(StrEnum):
    """What somebody did at a device."""

    TRIED = "tried"
    """A PIN was given; one that nothing follows was wrong."""
    ON = "on"
    UNLOCKED = "unlocked"
    SECOND = "second"
    """Let something pass that somebody else does."""
    LOCKED = "locked"
    OFF = "off"
    PIN = "pin"
    """Set a new PIN, and proved the password."""


class EnrolledDevice(Base):
    """One device that people share: where it is, and the digest of the secret that its browser keeps."""

    __tablename__ = "enrolled_devices"

    id: Mapped[Id]
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), unique=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    profile: Mapped[Word]
    state: Mapped[Word]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Of the secret; kept after revocation, so that the device is told what to do."""
    queue: Mapped[Code] = mapped_column(default="", index=True)
    """What its queue for times without network calls itself."""
    enrolled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class EnrolmentCode(Base):
    """A code that lets one browser become a device, once and soon."""

    __tablename__ = "enrolment_codes"

    id: Mapped[Id]
    enrolled_id: Mapped[int] = mapped_column(ForeignKey("enrolled_devices.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When it was used, or another took its place."""


class DeviceStep(AppendOnly, Base):
    """One thing that happened to a device: registered, code made, enrolled, revoked; by whom, when, in what words."""

    __tablename__ = "device_steps"

    id: Mapped[Id]
    enrolled_id: Mapped[int] = mapped_column(ForeignKey("enrolled_devices.id"), index=True)
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    act: Mapped[Word]
    words: Mapped[Name]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Nobody where the device itself used its code."""
    queue: Mapped[Code] = mapped_column(default="", index=True)
    """Of a revocation: what the queue calls itself that is still to be handed in."""
    at: Mapped[Instant]


class Pin(Base):
    """The hash of somebody's PIN; how often it was tried wrong is read from what happened at devices."""

    __tablename__ = "pins"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), unique=True)
    hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[Instant]


class SignOn(AppendOnly, Base):
    """One time that somebody came on at a device, tried to, locked it or left it."""

    __tablename__ = "sign_ons"
    __table_args__ = (
        Index("ix_sign_ons_person", "staff_id", "id"),
        Index("ix_sign_ons_device", "enrolled_id", "id"),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    enrolled_id: Mapped[int | None] = mapped_column(ForeignKey("enrolled_devices.id"))
    """None where the PIN was set at a browser that is no shared device."""
    act: Mapped[Word]
    at: Mapped[Instant]
