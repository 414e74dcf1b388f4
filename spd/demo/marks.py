"""This file is what stands on a package of the demo: its GS1 data, as a scanner sends it and as people read it."""

from __future__ import annotations

from datetime import date

from scanners import Scan, read
from spd.demo.samples import Ware


def printed(ware: Ware, level: int, *, lot: str, expires_on: date, serial: str = "") -> str:
    """The text under the bars, which may be keyed in as it stands."""
    text = f"(01){ware.gtin(level)}(17){expires_on:%y%m%d}(10){lot}"
    return f"{text}(21){serial}" if serial else text


def scanned(ware: Ware, level: int, *, lot: str, expires_on: date, serial: str = "", today: date) -> Scan:
    """What is read from the DataMatrix."""
    data = f"]d201{ware.gtin(level)}17{expires_on:%y%m%d}10{lot}"
    return read(f"{data}\x1d21{serial}" if serial else data, today=today)
