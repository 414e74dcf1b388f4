"""This file is what a device's UDI is worth: received under it, or set apart with the reason and used all the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from scanners import Scan, Unreadable, read
from spd.exchange.synthea.files import Used

NO_LOT = "无批号"
"""Goods are received by lot; a label that states none has this one."""

_LONGEST = 80
"""Characters of a code on record."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """A UDI, judged. A doubted one has its reason; its unit gets a label of our own and keeps the text as it came."""

    raw: str
    scan: Scan | None
    lot: str
    expires_on: date | None
    reason: str

    @property
    def good(self) -> bool:
        """Whether the unit is received under this UDI."""
        return not self.reason

    def for_receiving(self, house_code: str) -> Scan:
        """What the bay is told: the UDI itself, or the product's own code where the UDI is in doubt."""
        if self.good and self.scan is not None:
            return replace(self.scan, lot=self.lot, expires_on=self.expires_on)
        return Scan(
            raw=self.raw, kind="unknown", data=house_code, di=house_code, issuer="house", lot=self.lot,
            expires_on=self.expires_on,
        )  # fmt: skip


@dataclass
class Judge:
    """What labels have said so far: which product a DI is of, which units there are, when lots expire."""

    bound: dict[str, str] = field(default_factory=dict)
    """Device identifier to product code."""
    units: set[str] = field(default_factory=set)
    lots: dict[tuple[str, str], date | None] = field(default_factory=dict)
    """(Product code, lot) to the expiry it is known with."""

    def label_of(self, row: Used, product: str, day: date) -> Label:
        """The row's label, judged on the day of use."""
        raw = row.udi or ""
        scan, reason = _read(raw, day)
        if scan is not None and not reason:
            reason = self._doubt(scan, product, day)
        if scan is not None and not reason:
            self.bound[scan.di or ""] = product
            self.units.add(f"{scan.di}.{scan.serial}")
        lot, expires_on = self._lot(row, product, scan, day)
        return Label(raw=raw, scan=scan, lot=lot, expires_on=expires_on, reason=reason)

    def _doubt(self, scan: Scan, product: str, day: date) -> str:
        if self.bound.get(scan.di or "", product) != product:
            return f"di-of-another-product: {scan.di} is {self.bound[scan.di or '']}"
        if scan.serial and f"{scan.di}.{scan.serial}" in self.units:
            return f"unit-known: {scan.di}.{scan.serial} is on another unit"
        if scan.expires_on is not None and scan.expires_on < day:
            return f"expired: {scan.expires_on.isoformat()} was before its use"
        return ""

    def _lot(self, row: Used, product: str, scan: Scan | None, day: date) -> tuple[str, date | None]:
        """The lot and the expiry to record. One that contradicts what is known becomes a lot of its own, by row."""
        lot = (scan.lot if scan else None) or NO_LOT
        expires_on = scan.expires_on if scan else None
        if expires_on is not None and expires_on < day:
            # It was used: that is history. The expiry stays in the text of the label, or the use would be refused.
            lot, expires_on = f"{lot}/{row.row}", None
        known = self.lots.get((product, lot), expires_on)
        if known is not None and known != expires_on and (expires_on is not None or known < day):
            lot = f"{lot}/{row.row}"
        self.lots[(product, lot)] = expires_on or self.lots.get((product, lot))
        return lot, expires_on


def _read(raw: str, day: date) -> tuple[Scan | None, str]:
    """The scan, if it is one, and what is wrong with it."""
    if not raw:
        return None, "no-udi: the row has none"
    try:
        scan = read(raw, today=day)
    except Unreadable as error:
        return None, f"{error.code}: {error.en}"
    if len(f"{scan.di}.{scan.serial}") > _LONGEST or len(scan.lot or "") > _LONGEST - 20:
        return None, "too-long: its identifier, serial or lot is longer than any that is issued"
    if scan.di is None:
        return scan, f"no-device-identifier: {scan.error or 'nothing in it names a product'}"
    if not scan.valid or scan.ambiguous:
        doubt = scan.warnings[0] if scan.warnings else None
        return scan, f"{doubt.code}: {doubt.en}" if doubt else f"doubtful: {scan.error}"
    return scan, ""


def quarantined(labels: Iterable[tuple[Used, Label]]) -> list[tuple[int, str]]:
    """(Row, reason) of every label in doubt, in the order of the file."""
    return sorted((row.row, label.reason) for row, label in labels if not label.good)
