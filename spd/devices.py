"""This file is handheld scanners: how each behaves, and whether it has passed the test card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from scanners import Profile
from scanners.proving_card import TASKS, Finding
from spd.core.base import Base
from spd.core.columns import Code, Id, Instant, Name, UtcDateTime
from spd.core.errors import NotFound, Refused


class Device(Base):
    """One scanner: the texts it sends around a code and in place of separators, and when it passed."""

    __tablename__ = "devices"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """What it calls itself in the header `X-Device`."""
    name: Mapped[Name] = mapped_column(default="")
    separators: Mapped[str] = mapped_column(String(200), default="[]")
    prefix: Mapped[str] = mapped_column(String(40), default="")
    suffix: Mapped[str] = mapped_column(String(40), default="")
    swaps_case: Mapped[bool] = mapped_column(default=False)
    rfid: Mapped[bool] = mapped_column(default=False)
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    """When it passed the card with the settings it has now."""

    @property
    def profile(self) -> Profile:
        """How its scans are to be read."""
        return Profile(
            name=self.code,
            separators=tuple(json.loads(self.separators)),
            sends_separator=self.passed_at is not None,
            prefix=self.prefix,
            suffix=self.suffix,
            swaps_case=self.swaps_case,
            rfid=self.rfid,
        )


class DeviceTest(Base):
    """One go at the test card, kept as it was."""

    __tablename__ = "device_tests"

    id: Mapped[Id]
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    tested_at: Mapped[Instant]
    passed: Mapped[bool]
    findings: Mapped[str] = mapped_column(Text())


class UnknownDevice(NotFound):
    """No scanner is registered under this name."""

    code = "unknown-device"
    say = {
        "zh": "没有登记扫描设备 {device}。先用测试卡登记。",
        "en": "No scanner {device} is registered. Register it with the test card first.",
    }


class DeviceUnfit(Refused):
    """The scanner has not passed the test card, so lots and serials may come through damaged."""

    code = "device-unfit"
    error = "E24"
    say = {
        "zh": "扫描枪 {device} 未通过测试卡, 可能丢字符, 仅可扫院内码。先扫测试卡, 或换一把。",
        "en": "Scanner {device} has not passed the test card and may drop characters; it may read internal codes only. "
        "Read the test card with it, or take another.",
    }


class ScannerUnnamed(DeviceUnfit):
    """A scanner that nobody has named has passed no test card."""

    code = "device-unnamed"
    say = {
        "zh": "此扫描枪没有名称, 未通过测试卡, 可能丢字符, 仅可扫院内码。先到“扫测试卡”页扫 4 次。",
        "en": "This scanner has no name and has not passed the test card; it may read internal codes only. Read "
        "the test card with it first: four scans.",
    }


def find_device(session: Session, code: str) -> Device | None:
    """The scanner with this name."""
    return session.scalars(select(Device).where(Device.code == code)).one_or_none()


def get_device(session: Session, code: str) -> Device:
    """The scanner with this name. Raises: UnknownDevice."""
    found = find_device(session, code)
    if found is None:
        raise UnknownDevice(device=code)
    return found


def settle(session: Session, profile: Profile, *, name: str = "") -> Device:
    """The scanner with these settings; other settings than before mean that it must be tested again."""
    found = find_device(session, profile.name)
    if found is None:
        found = Device(code=profile.name)
        session.add(found)
    said = {
        "separators": json.dumps(list(profile.separators), ensure_ascii=False),
        "prefix": profile.prefix,
        "suffix": profile.suffix,
        "swaps_case": profile.swaps_case,
        "rfid": profile.rfid,
    }
    if any(getattr(found, attribute) != value for attribute, value in said.items()):
        found.passed_at = None
    for attribute, value in said.items():
        setattr(found, attribute, value)
    found.name = name or found.name or ""
    session.flush()  # its number goes into its tests
    return found


def keep_test(
    session: Session, device: Device, findings: Sequence[Finding], *, staff_id: int, at: datetime
) -> DeviceTest:
    """Keep what the readings showed. It passed if every task of the card did."""
    passed = {finding.task for finding in findings if finding.passed} == {task.name for task in TASKS}
    test = DeviceTest(
        device_id=device.id,
        staff_id=staff_id,
        tested_at=at,
        passed=passed,
        findings=json.dumps([asdict(finding) for finding in findings], ensure_ascii=False),
    )
    session.add(test)
    device.tested_at = at
    device.passed_at = at if passed else None
    session.flush()  # its number is told
    return test


def tests_of(session: Session, device: Device, *, limit: int = 20) -> list[DeviceTest]:
    """The last goes at the card, the newest first."""
    return list(
        session.scalars(
            select(DeviceTest).where(DeviceTest.device_id == device.id).order_by(DeviceTest.id.desc()).limit(limit)
        )
    )
