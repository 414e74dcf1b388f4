"""This file is the scanner that a request comes from: how its scans are read, and what it may be used for.

A handheld names itself in the header `X-Device`, or by the cookie that the test card page gives its browser. Where lots
are booked, which is wherever something is done and not only looked up, a supplier's code is believed of a scanner that
has passed the test card. Of another it is refused, or taken with a notice, as the hospital has it for such devices; a
program that asks by a token and names no scanner is such a kind of its own. What a system sends over the interface came
through no scanner of ours, and neither did what somebody typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from flask import current_app, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

import scanners
from api.here import DEVICE_COOKIE as COOKIE
from api.here import database
from api.here import device as name
from scanners import Profile, Scan
from scanners.merge import merge
from spd import devices, policies
from spd.catalog.mapping import one_package
from spd.core import clock
from spd.core.transaction import reading
from spd.devices import Device
from spd.signing_on import EnrolledDevice
from spd.staff import Role

BLOCK, WARN = "block", "warn"
UNNAMED, OTHER, PROGRAM = "unnamed", "other", "program"
ONLY_LOOKED_UP = frozenset(
    (
        "scans.identify", "scans.image", "pages.home_scan", "pages.receive_scan", "pages.count_find",
        "pages.unable_to_scan", "unscanned.report", "packagings.bind", "pages.bind_code", "holds.place",
        "pages.stock_hold",
    )
)  # fmt: skip
"""Posts that book no lot: they say what a code is or where it leads, teach what it means, or stop what it names.

A lot that is held by a damaged code is found by nobody, so the worst that can happen is told at once: nothing was held.
"""
LABELS_OF_GOODS = frozenset(("gs1", "hibc", "ma", "ppn", "isbt128", "epc", "trace"))
"""Grammars in which a scanner that drops characters makes another lot, serial or day of what is printed."""
_KEPT = timedelta(seconds=10)  # a bedside scan does not ask the database about its scanner each time


@dataclass(frozen=True)
class Scanner:
    """A scanner as it was looked up. untested: what it may do with suppliers' codes; empty where it has passed."""

    name: str
    profile: Profile
    untested: str
    at: datetime

    def read(self, text: str) -> Scan:
        """What a scan says, read by the scanner's habits. Raises: Unreadable."""
        return scanners.read(self.profile.ended(text), profile=self.profile, today=_today())

    def refuse_unfit(self, scan: Scan) -> None:
        """Refuse a supplier's code that came through a scanner which must be tested first.

        Raises: DeviceUnfit, ScannerUnnamed.
        """
        if self.untested == BLOCK and scan.kind in LABELS_OF_GOODS:
            raise devices.DeviceUnfit(device=self.name) if self.name else devices.ScannerUnnamed()


def heard(text: str, *, keyed: bool = False) -> Scan:
    """What a scan says, read by the habits of the scanner it came from; keyed: it was typed, and came from none.

    Raises: Unreadable, DeviceUnfit, ScannerUnnamed.
    """
    if keyed:
        return typed(text)
    scanner = of_request()
    scan = scanner.read(text)
    if _books():
        scanner.refuse_unfit(scan)
    return scan


def typed(text: str) -> Scan:
    """What a code says that came through no scanner. Raises: Unreadable."""
    return scanners.read(text, today=_today())


def _today() -> date:
    """A day of now: it settles the century of what is printed with two digits of a year."""
    return clock.now().date()


def codes_of(said: str) -> list[str]:
    """The codes of one label that were sent as one text, a line each; GS parts a code, and is no end of a line."""
    return [code for line in said.split("\n") if (code := line.strip("\r"))]


def one_label(scans: Sequence[Scan]) -> Scan:
    """One reading of the codes of one label; identifiers of several issuers are one where the catalogue has them so."""
    if len({scan.di for scan in scans if scan.di}) < 2:
        return merge(scans)
    with reading(database()) as session:
        return merge(scans, same=partial(one_package, session))


def habits() -> tuple[str, Profile, bool]:
    """The scanner of this request: its name, how it writes, whether it may read suppliers' codes where lots count."""
    scanner = of_request()
    return scanner.name, scanner.profile, scanner.untested != BLOCK


def of_request() -> Scanner:
    """The scanner of this request."""
    code = name()
    kept: dict[tuple[str, str, bool], Scanner] = current_app.extensions.setdefault("spd.devices", {})
    key, now = (str(database().url), code, _by_program()), clock.now()
    known = kept.get(key)
    if known is None or not now - _KEPT < known.at <= now:
        if len(kept) > 5_000:  # more than any hospital has: somebody makes names up
            kept.clear()
        with reading(database()) as session:
            known = look_up(session, code, at=now)
        kept[key] = known
    return known


def look_up(session: Session, code: str, *, at: datetime) -> Scanner:
    """The scanner with this name as it is known now, or as one that nobody knows."""
    found = devices.find_device(session, code) if code else None
    profile = found.profile if found is not None else scanners.DEFAULT
    untested = ""
    if found is None or found.passed_at is None:
        untested = policies.get(session, policies.UNTESTED + _kind(session, code, found))
    return Scanner(code, profile, untested, at)


def _kind(session: Session, code: str, found: Device | None) -> str:
    """What sort of device it is, as the policies have them."""
    if found is not None:
        shared = session.scalar(select(EnrolledDevice.profile).where(EnrolledDevice.device_id == found.id))
        if shared is not None:
            return str(shared)
    if code:
        return OTHER
    return PROGRAM if _by_program() else UNNAMED


def _by_program() -> bool:
    """Whether a program asks, by a token, and no browser."""
    return bool(g.get("by_token"))


def forget() -> None:
    """Look scanners up again: one was set anew or tested, or what untested ones may do has changed."""
    current_app.extensions.pop("spd.devices", None)


def _books() -> bool:
    """Whether this request does something with what is scanned, through a scanner that a person holds."""
    person = g.get("person")
    by_hand = person is not None and person.roles != {Role.INTEGRATION}
    return by_hand and request.method not in ("GET", "HEAD") and request.endpoint not in ONLY_LOOKED_UP


__all__ = [
    "BLOCK", "COOKIE", "LABELS_OF_GOODS", "ONLY_LOOKED_UP", "WARN", "Scanner", "codes_of", "forget", "habits", "heard",
    "look_up", "name", "of_request", "one_label", "typed",
]  # fmt: skip
