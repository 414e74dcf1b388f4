"""This file is what a label says, and the sizes it is printed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Carrier = Literal["datamatrix", "gs1-datamatrix", "qr", "code128", "gs1-128"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label before it has a size.

    code: what the symbol carries; for the GS1 carriers bracketed text such as `(01)06901234567892(10)L2601`.
    title_zh, title_en: what kind of label this is; name: the product, place or person, Chinese first.
    quantity: with its unit, as it is to be read; notes: more lines, printed as they are.
    reprint: 0 for the first print; n says so on the label, and the code stays the same.
    preview: it is to be looked at, and says so: what sticks on goods is printed and counted.
    """

    code: str
    carrier: Carrier = "datamatrix"
    title_zh: str = ""
    title_en: str = ""
    name: str = ""
    name_en: str = ""
    specification: str = ""
    quantity: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: date | None = None
    ward: str = ""
    notes: tuple[str, ...] = ()
    reprint: int = 0
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """The printable face of one label, in millimetres."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """An A4 sheet of labels: how many across and down, and where the first one begins, in millimetres."""

    size: Size
    across: int
    down: int
    left: float
    top: float


SIZES: dict[str, Size] = {
    "40x25": Size(40, 25),
    "50x30": Size(50, 30),
    "60x40": Size(60, 40),
    "70x40": Size(70, 40),
    "100x60": Size(100, 60),
    "badge": Size(85.6, 54),
    "wristband": Size(110, 25),
}
SHEETS: dict[str, Sheet] = {
    "a4-24": Sheet(Size(70, 37), 3, 8, 0, 0.5),
    "a4-21": Sheet(Size(70, 42.4), 3, 7, 0, 0.1),
    "a4-10": Sheet(Size(96, 55), 2, 5, 9, 11),
}


class DoesNotFit(ValueError):
    """The label cannot be printed readably in this size."""


class NoFont(RuntimeError):
    """This machine has no font with Chinese characters."""


class Unprintable(ValueError):
    """The symbol did not read back as what it must carry."""
