"""This file is what a scan is found to be: one immutable record for every carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal, overload

from scanners.unreadable import Caution, caution

Kind = Literal[
    "gs1", "hibc", "isbt128", "ma", "ppn", "trace", "nhsa", "nmpa", "epc",
    "unit", "pack", "bulk", "kit", "location", "staff", "wristband", "chart_copy", "document", "command",
    "test_card", "unknown",
]  # fmt: skip
OWN_KINDS = frozenset(
    ("unit", "pack", "bulk", "kit", "location", "staff", "wristband", "chart_copy", "document", "command",
     "test_card")
)  # fmt: skip
_SEVERAL = frozenset(("ambiguous", "two-products", "differ"))
_WHOLE = frozenset(("check-character", "link-character", "structure", "truncated"))  # doubts about all that is said
PRIVATE_ELEMENTS = frozenset(str(ai) for ai in range(7250, 7260))  # GS1: birth, sex, names, address of a person
Element = tuple[str, str]


def _traced(doubt: Caution) -> bool:
    """Whether a doubt is about a GS1 lot or serial."""
    return doubt.code != "missing-companion" and dict(doubt.facts).get("ai") in ("10", "21")


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One code as it was read.

    raw: as it came, for the audit; data: as it was understood, without prefix and device's noise.
    kind: the grammar, or which of our own labels; `unknown` is an answer, not an error.
    symbology: the AIM identifier sent before the code, such as `]d2`.
    valid: the carrier's own standard is met as it stands; strict_valid: GS1's required companions are met too;
    fault: what breaks the standard, where something does.
    di: device identifier, as databases key it; issuer: who allots it; gtin: always 14 digits; gtin_format: 8, 12, 13 or
    14 digits as issued; level: packaging level or indicator digit, 0 the smallest.
    lot: None where several readings of an ambiguous code differ; serial: None in every ambiguous one.
    expires_on: the last usable day; expires_at: the time on that day, UTC in HIBC, local in GS1.
    produced_at: the time on the day of production, local.
    code: our own label's code, or the whole number where it is one (NHSA, trace code, NMPA certificate).
    trace_code: the 20 digits of a drug's or reagent's package, also where they stand beside a product code.
    alternatives: every reading that the standard allows, where `ambiguous`.
    """

    raw: str
    kind: Kind
    data: str
    symbology: str | None = None
    standard: str | None = None
    valid: bool = True
    strict_valid: bool = True
    fault: Caution | None = None
    code: str | None = None
    trace_code: str | None = None
    di: str | None = None
    issuer: str | None = None
    gtin: str | None = None
    gtin_format: int | None = None
    level: int | None = None
    labeler: str | None = None
    product_code: str | None = None
    unit_of_measure: int | None = None
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    expires_at: time | None = None
    produced_on: date | None = None
    produced_at: time | None = None
    quantity: int | None = None
    sscc: str | None = None
    gln: str | None = None
    grai: str | None = None
    giai: str | None = None
    gsrn: str | None = None
    elements: tuple[Element, ...] = ()
    warnings: tuple[Caution, ...] = ()
    ambiguous: bool = False
    alternatives: Sequence[Scan] = ()

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Scan:
        """A Scan that keeps these fields, the others having their defaults.

        The usual way sets all fields one by one through the frozen class, which takes as long as reading the code.
        """
        scan = object.__new__(cls)
        object.__setattr__(scan, "__dict__", fields)
        return scan

    @property
    def error(self) -> str | None:
        """What breaks the standard, in English."""
        return None if self.fault is None else self.fault.en

    @property
    def is_own(self) -> bool:
        """Whether this is a label of our own printing."""
        return self.kind in OWN_KINDS

    @property
    def bound_by(self) -> str | None:
        """What the catalogue knows its package by: the device identifier, or what opens a trace code, the drug."""
        return self.product_code if self.kind == "trace" else self.di

    @property
    def doubt(self) -> Caution | None:
        """Why product, lot and serial may not be booked as they were read; None where they may.

        An ambiguous code all of whose readings agree in them, and name no serial, is none the less certain.
        """
        if self.ambiguous:
            said = {(one.di, one.lot, one.serial, one.expires_on, one.produced_on, one.quantity)
                    for one in self.alternatives}  # fmt: skip
            if len(said) == 1 and len(self.alternatives) > 1 and self.alternatives[0].serial is None:
                return None
            return next((one for one in self.warnings if one.code in _SEVERAL), caution("ambiguous"))
        if self.valid or not (self.lot or self.serial):
            return None
        return next((one for one in self.warnings if one.code in _WHOLE or _traced(one)), None)

    @property
    def loggable(self) -> str:
        """The raw text for a log, with what is about a person left out."""
        if any(ai in PRIVATE_ELEMENTS for ai, _ in self.elements):
            return " ".join(f"({ai}){'***' if ai in PRIVATE_ELEMENTS else value}" for ai, value in self.elements)
        return self.raw

    def warns(self, code: str) -> bool:
        """Whether the doubt `code` is among the warnings."""
        return any(doubt.code == code for doubt in self.warnings)


class Deferred(Sequence[Scan]):
    """Scans that are made when somebody looks at them: how many there are is known at once, and mostly enough."""

    def __init__(self, count: int, make: Callable[[], tuple[Scan, ...]]) -> None:
        self._count = count
        self._make = make
        self._made: tuple[Scan, ...] | None = None

    def _all(self) -> tuple[Scan, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Scan: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Scan]: ...
    def __getitem__(self, index: int | slice) -> Scan | Sequence[Scan]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Scan]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())
