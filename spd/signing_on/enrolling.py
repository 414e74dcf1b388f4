"""This file is a device's life: registered, enrolled by a one-time code, seen, revoked; each step on record."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.devices import Device, find_device
from spd.places import get_location
from spd.signing_on.models import DeviceProfile, DeviceState, DeviceStep, EnrolledDevice, EnrolmentCode
from spd.signing_on.refusals import CodeNotGood, DeviceRevoked, UnknownEnrolled

CODE_MINUTES = 30
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that is read for something else
_LENGTH = 10
_ENROLLED = UUID("a3a0c1f6-7a0f-4f1f-9f2e-0c8d7c1f5b42")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A device as an administrator names it."""

    code: str
    name: str = ""
    location: str | None = None
    profile: DeviceProfile = DeviceProfile.HANDHELD


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A browser that has become a device, and the secret that it keeps; told once."""

    device: str
    secret: str


def register(session: Session, occasion: Occasion, said: Said) -> EnrolledDevice:
    """The device by its name, or what is said of it anew; sent again with its key, the same.

    Raises: UnknownLocation.
    """
    place = get_location(session, said.location).id if said.location else None
    device = find_device(session, said.code)
    if device is None:
        device = Device(code=said.code)
        session.add(device)
    device.name = said.name or device.name or ""
    session.flush()  # its number goes into its enrolment
    row = session.scalars(select(EnrolledDevice).where(EnrolledDevice.device_id == device.id)).one_or_none()
    if row is not None and _said_before(session, occasion):
        return row
    fresh = row is None
    if row is None:
        row = EnrolledDevice(device_id=device.id, profile=said.profile.value, state=DeviceState.WAITING.value, queue="")
        session.add(row)
    row.location_id, row.profile = place, said.profile.value
    session.flush()  # its number goes into its history
    words = " · ".join(part for part in (device.name, said.location or "", said.profile.value) if part)
    _step(session, occasion, row, "registered" if fresh else "changed", words)
    return row


def new_code(session: Session, occasion: Occasion, code: str) -> str:
    """A one-time code for the device, as it is typed; an earlier one ends. A revoked device begins anew by it.

    Raises: UnknownEnrolled.
    """
    row = get_enrolled(session, code, lock=True)
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    _end_codes(session, row, occasion.recorded_at)
    session.add(
        EnrolmentCode(
            enrolled_id=row.id, digest=_digest(text), made_by_id=occasion.staff_id, made_at=occasion.recorded_at,
            expires_at=occasion.recorded_at + timedelta(minutes=CODE_MINUTES),
        )
    )  # fmt: skip
    _step(session, occasion, row, "code", "")
    return f"{text[:5]}-{text[5:]}"


def claim(session: Session, text: str, *, at: datetime) -> Claimed:
    """The browser that gives the code is the device from now on; whichever was it before no longer is.

    Raises: CodeNotGood.
    """
    typed = text.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    made = session.scalars(
        select(EnrolmentCode).where(EnrolmentCode.digest == _digest(typed)).with_for_update()
    ).one_or_none()
    if made is None or made.ended_at is not None or made.expires_at < at:
        raise CodeNotGood()
    made.ended_at = at
    row = session.get_one(EnrolledDevice, made.enrolled_id, with_for_update=True)
    secret = secrets.token_urlsafe(32)
    row.digest, row.state, row.enrolled_at, row.revoked_at = _digest(secret), DeviceState.ENROLLED.value, at, None
    row.seen_at = at
    _note(session, uuid5(_ENROLLED, str(made.id)), row, {"act": "enrolled", "words": "", "staff_id": None, "at": at})
    return Claimed(device=session.get_one(Device, row.device_id).code, secret=secret)


def revoke(session: Session, occasion: Occasion, code: str, reason: str) -> EnrolledDevice:
    """The device, revoked: nobody comes on at it, and who is on is off at the next request.

    What its queue holds is handed in as a file. Sent again with its key, the same. Raises: UnknownEnrolled,
    DeviceRevoked.
    """
    row = get_enrolled(session, code, lock=True)
    if _said_before(session, occasion):
        return row
    if row.state == DeviceState.REVOKED:
        raise DeviceRevoked(device=code)
    row.state, row.revoked_at = DeviceState.REVOKED.value, occasion.recorded_at
    _end_codes(session, row, occasion.recorded_at)
    _step(session, occasion, row, "revoked", reason)
    return row


def get_enrolled(session: Session, code: str, *, lock: bool = False) -> EnrolledDevice:
    """The device with this name. Raises: UnknownEnrolled."""
    query = select(EnrolledDevice).join(Device, Device.id == EnrolledDevice.device_id).where(Device.code == code)
    if lock:
        query = query.with_for_update(of=EnrolledDevice)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownEnrolled(device=code)
    return found


_BY_SECRET = select(
    EnrolledDevice.id, EnrolledDevice.state, EnrolledDevice.seen_at, EnrolledDevice.queue, Device.code, Device.name
).join(Device, Device.id == EnrolledDevice.device_id)


def find_by_secret(connection: Connection, secret: str) -> Row[int, str, datetime | None, str, str, str] | None:
    """The device that keeps this secret, a row: id, state, seen_at, queue, code, name; None where none does."""
    query = _BY_SECRET.where(EnrolledDevice.digest == _digest(secret))
    return connection.execute(query).one_or_none()


def seen(session: Session, enrolled_id: int, *, at: datetime, queue: str = "") -> None:
    """Keep when the device was last heard of, and what its queue calls itself."""
    said: dict[str, Any] = {"seen_at": at} | ({"queue": queue} if queue else {})
    session.execute(update(EnrolledDevice).where(EnrolledDevice.id == enrolled_id).values(**said))


def device_of_queue(session: Session, queue: str) -> str:
    """What the device calls itself whose queue this is; empty where it is none of ours."""
    query = select(Device.code).join(EnrolledDevice, EnrolledDevice.device_id == Device.id)
    return session.scalar(query.where(EnrolledDevice.queue == queue).order_by(EnrolledDevice.id.desc()).limit(1)) or ""


def revoked_since(session: Session, queue: str) -> datetime | None:
    """Since when the device of this queue is revoked; None where it is not, or is no device of ours."""
    on = select(EnrolledDevice.id).where(EnrolledDevice.queue == queue, EnrolledDevice.state != DeviceState.REVOKED)
    if session.scalar(on.limit(1)) is not None:
        return None
    since: datetime | None = session.scalar(
        select(func.max(DeviceStep.at)).where(DeviceStep.queue == queue, DeviceStep.act == "revoked")
    )
    return since


def history(session: Session, enrolled_id: int) -> Sequence[DeviceStep]:
    """What happened to a device, in order."""
    query = select(DeviceStep).where(DeviceStep.enrolled_id == enrolled_id).order_by(DeviceStep.id)
    return session.scalars(query).all()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _end_codes(session: Session, row: EnrolledDevice, at: datetime) -> None:
    session.execute(
        update(EnrolmentCode)
        .where(EnrolmentCode.enrolled_id == row.id, EnrolmentCode.ended_at.is_(None))
        .values(ended_at=at)
    )


def _said_before(session: Session, occasion: Occasion) -> bool:
    return session.scalar(select(DeviceStep.id).where(DeviceStep.request_key == occasion.request_key)) is not None


def _step(session: Session, occasion: Occasion, row: EnrolledDevice, act: str, words: str) -> None:
    step = {"act": act, "words": words[:200], "staff_id": occasion.staff_id, "at": occasion.recorded_at}
    _note(session, occasion.request_key, row, step)


def _note(session: Session, key: UUID, row: EnrolledDevice, step: dict[str, Any]) -> None:
    session.flush()  # so that a refusal by the database comes here
    queue = row.queue if step["act"] == "revoked" else ""
    session.execute(insert(DeviceStep).values(enrolled_id=row.id, request_key=key, queue=queue, **step))
