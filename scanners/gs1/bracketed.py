"""This file is GS1 text with its identifiers in brackets, as it is printed below a symbol and typed by hand."""

from __future__ import annotations

import re
from datetime import date

from scanners.gs1.element_string import as_scan
from scanners.gs1.elements import GS, judge, read_elements, read_sound
from scanners.gs1.table import KEYS, TABLE, Identifier
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

_PIECE = re.compile(r"\(([0-9]{2,4})\)([^()\\ ]+)")


def scan_bracketed(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of bracketed text. A bracket that belongs to a value is written as a backslash and the bracket.

    Spaces that people put around a value or before it all break the standard, and the values are read all the same.
    Raises: Unreadable where the brackets do not pair up, or nothing that names a thing could be read.
    """
    if heard.data.startswith(heard.data[: len(heard.data) // 2], (len(heard.data) + 1) // 2):
        heard.doubts.append(caution("double-read"))
    early = [caution("space")] if raw[:1] == " " else []
    pairs = _pieces(heard.data)
    if not early and pairs and (sound := read_sound(pairs)):
        return as_scan(raw, heard, sound, today, GS.join([ai + value for ai, value in pairs]))
    pairs, faults = (pairs, []) if pairs and _fit(pairs) else _pairs(heard.data)
    if pairs and faults and faults[-1].code != "space":  # the bracket that stopped it may be of the value before it
        faults.append(caution("brackets", faults[-1].position, ai=pairs[-1][0]))
    text = GS.join([ai + value for ai, value in pairs])
    reading = read_elements(text) if GS in heard.data else judge(pairs)
    if reading.elements != pairs and not reading.faults:
        faults.append(caution("brackets"))
    if faults or early:
        reading.faults = early + faults + reading.faults
    if not pairs or (reading.broken and not any(ai in KEYS for ai, _ in reading.elements)):
        fault = (reading.faults or [caution("brackets")])[0]
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))
    return as_scan(raw, heard, reading, today, text)


def _pieces(text: str) -> list[Element]:
    """What `_pairs` finds, at once, in text whose values hold neither brackets nor spaces; nothing in any other."""
    pairs: list[Element] = _PIECE.findall(text)
    return pairs if sum([len(ai) + len(value) for ai, value in pairs]) + 2 * len(pairs) == len(text) else []


def _fit(pairs: list[Element]) -> bool:
    """Whether every identifier is known and every value of a length that it may have."""
    for ai, value in pairs:
        entry = TABLE.get(ai)
        if entry is None or not entry.minimum <= len(value) <= entry.maximum:
            return False
    return True


def pairs_of_text(text: str) -> list[Element]:
    """The identifiers and values of bracketed text.

    Raises: Unreadable where its structure has a fault.
    """
    pairs, faults = _pairs(text)
    if faults or not pairs:
        fault = faults[0] if faults else caution("brackets")
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))
    return pairs


def _pairs(text: str) -> tuple[list[Element], list[Caution]]:
    """The identifiers and values up to the first fault of structure, and the faults."""
    pairs: list[Element] = []
    faults: list[Caution] = []
    at, end = 0, len(text)
    while at < end:
        close = text.find(")", at)
        if text[at] != "(" or close < 0:
            faults.append(caution("brackets", at))
            break
        ai = text[at + 1 : close]
        entry = TABLE.get(ai)
        if entry is None:
            faults.append(caution("ai-unknown", at, text=ai))
            break
        start = close + 1
        at = text.find("(", start)
        if at < 0:
            at = end
        value = text[start:at]
        if value[-1:] == "\\":
            value, at = _escaped(text, start, at)
        if value[:1] == " " or value[-1:] == " ":
            faults.append(caution("space", start))
            value = value.strip(" ")
        if not entry.minimum <= len(value) <= entry.maximum or not value:
            faults.append(_wrong_length(entry, value, start))
            break
        pairs.append((ai, value))
    return pairs, faults


def _escaped(text: str, start: int, at: int) -> tuple[str, int]:
    """The value that begins at `start` and holds the bracket at `at`, and where the next one opens."""
    while at > start and text[at - 1] == "\\":
        at = text.find("(", at + 1)
    end = at if at >= 0 else len(text)
    return text[start:end].replace("\\(", "("), end


def _wrong_length(entry: Identifier, value: str, position: int) -> Caution:
    if not value:
        return caution("ai-data-empty", position, ai=entry.ai)
    if len(value) < entry.minimum:
        return caution("ai-length", position, ai=entry.ai)
    return caution("ai-too-long", position, ai=entry.ai)


def bracketed_text(elements: tuple[Element, ...] | list[Element]) -> str:
    """The text as it is typed: brackets of values escaped."""
    return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in elements)
