"""This file is ISBT 128 on medical products of human origin: tissue, bone, skin.

Source: ICCBBA ST-001, data structures 001, 017 and 023 to 033; FDA, UDI formats by agency.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scanners.calendar_days import from_year_and_day
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

STARTS = re.compile(r"=[/,+<>})%0-9A-Z]|&,1|&\)")
# The identifier of a structure and what follows it. A donation number has no identifier but its equals sign.
_STRUCTURE = re.compile(
    r"(=/)([A-Z0-9]{16})|(=,)([A-Z0-9]{6})|(=>)([0-9]{6})|(=\})([0-9]{6})|(=\+)([0-9]{5})|(&,1)([A-Z0-9]{1,18})"
    r"|(=\))([A-Za-z0-9]{10})|(&\))([A-Za-z0-9]{10})"  # a container's maker and catalogue number, and its lot
    r"|(=%)([0-9A-Z]{4})|(=<)([0-9A-Z]{8})|(=)([A-Z0-9]{15})"
)


def scan_tissue(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of one structure, or of several in one message.

    Raises: Unreadable where something else stands between the structures.
    """
    elements: list[Element] = []
    at = 0
    while at < len(heard.data):
        match = _STRUCTURE.match(heard.data, at)
        if match is None:
            raise Unreadable("structure", at, standard="ISBT 128", text=heard.data[at : at + 20])
        name, value = (part for part in match.groups() if part is not None)
        elements.append((name, value))
        at = match.end()
    faults: list[Caution] = []
    fields = _fields(elements, faults)
    return Scan(
        raw=raw,
        kind="isbt128",
        data=heard.data,
        symbology=heard.symbology,
        standard="ISBT 128",
        valid=not faults,
        strict_valid=not faults and "di" in fields,
        fault=faults[0] if faults else None,
        elements=tuple(elements),
        warnings=tuple(heard.doubts + faults),
        **fields,
    )


def _fields(elements: list[Element], faults: list[Caution]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    first: dict[str, str] = {}
    for name, value in elements:
        if first.setdefault(name, value) != value:  # two products, or two pieces: the first counts, and nothing is sure
            faults.append(caution("structure", 0, standard="ISBT 128", text=name + value))
        elif name == "=/":
            fields.update(di=value, issuer="ICCBBA", labeler=value[:5], product_code=value[5:11])
        elif name == "=,":
            fields["serial"] = value
            if value == "000000":
                faults.append(caution("number", 0, ai="=,"))
        elif name == "&,1":
            fields["lot"] = value
        elif name == "=":
            fields["code"] = value  # the donation: two of them must never be mixed, whatever the product
        elif name in ("=>", "=}"):
            day = _day(value)
            if day is None:
                faults.append(caution("date", 0, text=value))
            else:
                fields["expires_on" if name == "=>" else "produced_on"] = day
    return fields


def _day(text: str) -> date | None:
    """The day of a century digit, a year and a day of the year: 025032 is 1 February 2025."""
    century = 1000 if text[0] == "9" else 2000
    return from_year_and_day(century + int(text[:3]), int(text[3:]))
