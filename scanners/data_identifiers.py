"""This file is messages in the envelope of ISO/IEC 15434 with ASC MH10 data identifiers, as PPN labels have them.

Source: ISO/IEC 15434 format 06; IFA Coding System, PPN specification.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scanners.calendar_days import from_yymmdd, from_yyyymmdd
from scanners.gs1.fields import gtin_14, gtin_fields
from scanners.scan import Element, Scan
from scanners.transport import GS, Heard
from scanners.unreadable import Caution, Unreadable, caution, refuse_other_scripts

OPENS = "[)>"
MOST_DIGITS = 9  # of a quantity
_HEAD = "[)>\x1e06\x1d"
_TAIL = "\x1e\x04"
_FIELD = re.compile(r"([0-9]{0,3}[A-Z])(.*)", re.DOTALL)


def scan_message(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a format 06 message; one that does not end as it must is read with a warning.

    Raises: Unreadable where letters of another script are in it, or the envelope is another one.
    """
    data = heard.data
    refuse_other_scripts(data)
    if not data.startswith(_HEAD):
        raise Unreadable("structure", 0, standard="ISO/IEC 15434", text=data[:12])
    faults: list[Caution] = []
    if not data.endswith(_TAIL):
        faults.append(caution("sentinel", len(data)))
    elements: list[Element] = []
    for part in data[len(_HEAD) :].removesuffix(_TAIL).split(GS):
        if match := _FIELD.fullmatch(part):
            elements.append((match[1], match[2]))
        elif part:
            faults.append(caution("structure", 0, standard="MH10.8.2", text=part))
    fields = _fields(elements, faults, today)
    named = not elements or "di" in fields
    return Scan(
        raw=raw,
        kind="ppn" if named else "unknown",
        data=data,
        symbology=heard.symbology,
        standard="PPN" if named else "ISO/IEC 15434",
        valid=not faults,
        strict_valid=not faults and "di" in fields,
        fault=faults[0] if faults else None,
        elements=tuple(elements),
        warnings=tuple(heard.doubts + faults),
        **fields,
    )


def _fields(elements: list[Element], faults: list[Caution], today: date | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    first: dict[str, str] = {}
    for name, value in elements:
        if first.setdefault(name, value) != value:  # the first counts
            faults.append(caution("structure", 0, standard="MH10.8.2", text=name + value))
        elif name == "9N":
            fields.update(di=value, issuer="IFA", product_code=value)
            if not ppn_holds(value):
                faults.append(caution("check-character"))
        elif name == "8P" and value.isdigit() and len(value) <= 14:
            fields.update(gtin_fields(gtin_14(value)))
        elif name in ("1T", "S"):
            fields["lot" if name == "1T" else "serial"] = value
        elif name == "Q":
            if value.isdigit() and len(value) <= MOST_DIGITS:
                fields["quantity"] = int(value)
            else:
                faults.append(caution("structure", 0, standard="MH10.8.2", text=name + value[:20]))
        elif name in ("D", "14D", "16D"):
            day = from_yymmdd(value, today) if name == "D" else from_yyyymmdd(value)
            if day is None:
                faults.append(caution("date", 0, text=value))
            else:
                fields["produced_on" if name == "16D" else "expires_on"] = day
    return fields


def ppn_holds(value: str) -> bool:
    """Whether the last two digits of a PPN are the weighted sum of the rest, modulo 97."""
    body, check = value[:-2], value[-2:]
    total = sum(ord(character) * weight for weight, character in enumerate(body, start=2))
    return f"{total % 97:02}" == check
