"""This file is the numbers that stand alone under EAN, UPC and ITF bars: GTIN-8, -12, -13, -14 and SSCC."""

from __future__ import annotations

from typing import Any

from scanners import check_characters
from scanners.gs1.fields import gtin_14, gtin_fields
from scanners.scan import Scan
from scanners.transport import Heard
from scanners.unreadable import caution

GTIN_SIZES = (8, 12, 13, 14)


def is_bare_key(data: str) -> bool:
    """Whether the digits are a GTIN or an SSCC with the right check digit."""
    return data.isascii() and data.isdigit() and len(data) in (*GTIN_SIZES, 18) and check_characters.gs1_holds(data)


def scan_number(raw: str, heard: Heard, digits: str) -> Scan:
    """The Scan of a bare GTIN or SSCC; a check digit that does not fit is a warning, and the number is read."""
    holds = check_characters.gs1_holds(digits)
    doubts = heard.doubts if holds else [*heard.doubts, caution("check-digit", len(digits) - 1)]
    size = len(digits)
    fields: dict[str, Any] = {"sscc": digits} if size == 18 else gtin_fields(gtin_14(digits))
    if size != 18:
        # Thirteen or fourteen digits that begin with zeros are a shorter number, filled up by the bars or the device.
        fields["gtin_format"] = size if size < 13 else min(size, fields["gtin_format"])
    fields |= {
        "raw": raw, "kind": "gs1", "data": digits, "symbology": heard.symbology, "standard": "GS1", "valid": holds,
        "strict_valid": holds, "fault": None if holds else doubts[-1], "warnings": tuple(doubts),
    }  # fmt: skip
    return Scan.of(fields)
