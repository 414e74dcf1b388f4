"""This file is the scanner that a request comes from: how its scans are read, and what it may be used for.

A handheld names itself in the header `X-Device`, or by the cookie that the test card page gives its browser. One that
names itself must have passed the test card before it may read suppliers' codes where lots are booked; until then it
reads internal codes only. What a system sends over the interface came through no scanner of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, g, request

import scanners
from api.here import database
from scanners import Profile, Scan
from spd import devices
from spd.core import clock
from spd.core.transaction import reading
from spd.staff import Role

COOKIE = "device"
LOT_TRACKED = frozenset(
    (
        "receipts.receive", "uses.record", "emergency-uses.record", "pages.receive_scan", "pages.receive_goods",
        "pages.bedside_scan", "pages.emergency_scan",
    )
)  # fmt: skip
_KEPT = timedelta(seconds=10)  # a bedside scan does not ask the database about its scanner each time


@dataclass(frozen=True)
class Known:
    """A scanner as it was looked up."""

    profile: Profile
    passed: bool
    at: datetime


def name() -> str:
    """What the scanner calls itself; empty where it does not."""
    return (request.headers.get("X-Device") or request.cookies.get(COOKIE) or "").strip()[:80]


def heard(text: str) -> Scan:
    """What a scan says, read by the habits of the scanner it came from. Raises: Unreadable, DeviceUnfit."""
    code = name()
    if not code or "\x00" in code:
        return scanners.read(text)
    known = _known(code)
    scan = scanners.read(known.profile.ended(text), profile=known.profile)
    person = g.get("person")
    by_hand = person is not None and person.roles != {Role.INTEGRATION}
    if not known.passed and by_hand and request.endpoint in LOT_TRACKED and not scan.is_own:
        raise devices.DeviceUnfit(device=code)
    return scan


def habits() -> tuple[str, Profile, bool]:
    """The scanner of this request: its name, how it writes, whether it may read suppliers' codes where lots count."""
    code = name()
    if not code or "\x00" in code:
        return "", scanners.DEFAULT, True
    known = _known(code)
    return code, known.profile, known.passed


def heard_by(code: str, text: str) -> Scan:
    """What a scan says that this scanner read at a bedside without network. Raises: Unreadable, DeviceUnfit."""
    if not code or "\x00" in code:
        return scanners.read(text)
    known = _known(code)
    scan = scanners.read(known.profile.ended(text), profile=known.profile)
    if not known.passed and not scan.is_own:
        raise devices.DeviceUnfit(device=code)
    return scan


def forget() -> None:
    """Look scanners up again: one was set anew or tested."""
    current_app.extensions.pop("spd.devices", None)


def _known(code: str) -> Known:
    kept: dict[tuple[str, str], Known] = current_app.extensions.setdefault("spd.devices", {})
    key, now = (str(database().url), code), clock.now()
    known = kept.get(key)
    if known is None or not now - _KEPT < known.at <= now:
        if len(kept) > 5_000:  # more than any hospital has: somebody makes names up
            kept.clear()
        with reading(database()) as session:
            found = devices.find_device(session, code)
            profile = found.profile if found is not None else scanners.DEFAULT
            known = Known(profile, found is not None and found.passed_at is not None, now)
        kept[key] = known
    return known
