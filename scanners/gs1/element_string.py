"""This file is a GS1 element string as a Scan: from a symbol, from FNC1 written as ^, or typed with brackets."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scanners.gs1.elements import GS, Reading, read_elements
from scanners.gs1.fields import fields_of
from scanners.gs1.lost_separator import may_be_cut, splits
from scanners.gs1.table import KEYS, TABLE
from scanners.profile import Profile
from scanners.scan import Deferred, Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

_JOINT = re.compile(r"\^?\|\^")  # a linear symbol and its composite component, written one after the other
_DIFFERING = ("lot", "serial", "expires_on", "expires_at", "produced_on", "quantity", "gtin", "di", "gln", "sscc",
              "grai", "giai", "gsrn")  # fmt: skip


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
    if reading.broken and not readings and not any(ai in KEYS for ai, _ in reading.elements):
        fault = reading.faults[-1]
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))
    scan = as_scan(raw, heard, reading, today, data)
    return _doubt(scan, readings, raw, heard, today) if readings else scan


def _other_readings(data: str, reading: Reading) -> list[Reading]:
    """Every reading of a text without separators, if there is another than this one."""
    at = 0
    for index, (ai, value) in enumerate(reading.elements):
        if not TABLE[ai].predefined:
            before = reading.elements[:index]
            break
        at += len(ai) + len(value)
    else:
        before = list(reading.elements)
    if not may_be_cut(data, at):
        return []
    found = splits(data, at, before)
    return [] if len(found) == 1 and found[0].elements == reading.elements else found


def as_scan(raw: str, heard: Heard, reading: Reading, today: date | None, data: str) -> Scan:
    """The Scan of a reading, sound or not."""
    elements = tuple(reading.elements)
    lacking, faults = reading.lacking, reading.faults
    sound = not faults and elements != ()
    fields = fields_of(elements, today)
    fields["raw"] = raw
    fields["kind"] = "gs1"
    fields["data"] = data
    fields["symbology"] = heard.symbology
    fields["standard"] = "GS1"
    fields["valid"] = sound
    fields["strict_valid"] = sound and lacking is None
    fields["elements"] = elements
    if faults:
        fields["error"] = faults[0].en
    if faults or heard.doubts or lacking is not None:
        fields["warnings"] = (*heard.doubts, *faults) if lacking is None else (*heard.doubts, *faults, lacking)
    return Scan.of(fields)


def _doubt(scan: Scan, readings: list[Reading], raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan with its other readings; what they disagree about is left out, so that nothing is bound by chance."""
    agreed = frozenset(readings[0].elements).intersection(*(reading.elements for reading in readings[1:]))
    if scan.valid or len(readings) > 1:
        stable = [element for element in readings[0].elements if element in agreed]
    else:  # one reading, and not the plain one: it is likely, and a person says whether it is right
        stable = [element for element in readings[0].elements if element[0] != "21"]
    fields: dict[str, Any] = dict.fromkeys(_DIFFERING) | fields_of(stable, today)
    others = Deferred(
        len(readings), lambda: tuple(as_scan(raw, heard, reading, today, scan.data) for reading in readings)
    )
    warnings: tuple[Caution, ...] = (*scan.warnings, caution("ambiguous"))
    return Scan.of({**vars(scan), **fields, "warnings": warnings, "ambiguous": True, "alternatives": others})


def elements_text(elements: tuple[Element, ...] | list[Element]) -> str:
    """The element string of `elements`, with a separator only where one is needed. Source: GenSpecs 7.8.6.3."""
    text = ""
    for index, (ai, value) in enumerate(elements, start=1):
        text += ai + value
        if index < len(elements) and not TABLE[ai].predefined:
            text += GS
    return text
