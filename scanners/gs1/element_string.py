"""This file is a GS1 element string as a Scan: from a symbol, from FNC1 written as ^, or typed with brackets."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scanners.gs1.elements import GS, Reading, read_elements, reading_of
from scanners.gs1.fields import put_fields
from scanners.gs1.lost_separator import splits
from scanners.gs1.table import KEYS, TABLE
from scanners.profile import Profile
from scanners.scan import Deferred, Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Unreadable, caution

_JOINT = re.compile(r"\^?\|\^")  # a linear symbol and its composite component, written one after the other


def scan_elements(
    raw: str, heard: Heard, profile: Profile, today: date | None, *, reading: Reading | None = None
) -> Scan:
    """The Scan of an element string, which may have been read already.

    Raises: Unreadable where nothing that names a thing could be read.
    """
    data = heard.data
    if "|" in data:  # in no GS1 value, so it is where a composite component was joined on
        data = data.replace("|" + GS, GS)
    if data[:1] == "^":
        data = (_JOINT.sub(GS, data[1:]) if "|" in data else data[1:]).replace("^", GS)
    if not data:
        raise Unreadable("empty")
    reading = reading or read_elements(data)
    # A code that carries a separator shows that its device sends them.
    readings = [] if profile.sends_separator or GS in data else _other_readings(data, reading)
    if readings:
        return _doubtful(raw, heard, reading, today, (data, readings))
    if reading.broken:
        _refuse_nameless(reading)
    return as_scan(raw, heard, reading, today, data)


def _refuse_nameless(reading: Reading) -> None:
    """Refuse a text that could not be read to its end, unless what was read names a thing. Raises: Unreadable."""
    if not any(ai in KEYS for ai, _ in reading.elements):
        fault = reading.faults[-1]
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))


def scan_clean(raw: str, data: str, symbology: str | None, today: date | None) -> Scan:
    """The same of a text that came through nothing that could have changed it, but for a separator lost."""
    reading = read_elements(data)
    readings = [] if GS in data else _other_readings(data, reading)
    if readings:
        return _doubtful(raw, Heard(data, symbology), reading, today, (data, readings))
    if reading.broken:
        _refuse_nameless(reading)
    fields = _judged(raw, symbology, reading, data)
    put_fields(fields, reading.elements, today)
    return Scan.of(fields)


def _other_readings(data: str, reading: Reading) -> list[list[Element]]:
    """The elements of every reading of a text without separators, if there is another than this one."""
    at = 0
    for index, (ai, value) in enumerate(reading.elements):
        if not TABLE[ai].predefined:
            before = reading.elements[:index]
            break
        at += len(ai) + len(value)
    else:
        before = list(reading.elements)
    found = splits(data, at, before)
    return [] if len(found) == 1 and found[0] == reading.elements else found


def as_scan(raw: str, heard: Heard, reading: Reading, today: date | None, data: str) -> Scan:
    """The Scan of a reading, sound or not."""
    fields = _judged(raw, heard.symbology, reading, data)
    if heard.doubts:
        fields["warnings"] = (*heard.doubts, *fields["warnings"])
    put_fields(fields, reading.elements, today)
    return Scan.of(fields)


def _judged(raw: str, symbology: str | None, reading: Reading, data: str) -> dict[str, Any]:
    """The fields of a Scan that say what was read and how sound it is."""
    elements = tuple(reading.elements)
    lacking, faults = reading.lacking, reading.faults
    sound = not faults and elements != ()
    warnings = (*faults, lacking) if lacking is not None else tuple(faults)
    return {
        "raw": raw, "kind": "gs1", "data": data, "symbology": symbology, "standard": "GS1", "valid": sound,
        "strict_valid": sound and lacking is None, "elements": elements, "warnings": warnings,
        "fault": faults[0] if faults else None, "ambiguous": False,
    }  # fmt: skip


def _doubtful(
    raw: str, heard: Heard, reading: Reading, today: date | None, others: tuple[str, list[list[Element]]]
) -> Scan:
    """The Scan with its other readings; what they disagree about is left out, so that nothing is bound by chance."""
    data, readings = others
    fields = _judged(raw, heard.symbology, reading, data)
    if fields["valid"] or len(readings) > 1:
        agreed = frozenset(readings[0]).intersection(*readings[1:])
        stable = [element for element in readings[0] if element in agreed and element[0] != "21"]
    else:  # one reading, and not the plain one: it is likely, and a person says whether it is right
        stable = [element for element in readings[0] if element[0] != "21"]
    put_fields(fields, stable, today)
    fields["warnings"] = (*heard.doubts, *fields["warnings"], caution("ambiguous"))
    fields["ambiguous"] = True
    fields["alternatives"] = Deferred(
        len(readings), lambda: tuple(as_scan(raw, heard, reading_of(one), today, data) for one in readings)
    )
    return Scan.of(fields)


def elements_text(elements: tuple[Element, ...] | list[Element]) -> str:
    """The element string of `elements`, with a separator only where one is needed. Source: GenSpecs 7.8.6.3."""
    text = ""
    for index, (ai, value) in enumerate(elements, start=1):
        text += ai + value
        if index < len(elements) and not TABLE[ai].predefined:
            text += GS
    return text
