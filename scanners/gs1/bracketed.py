"""This file is GS1 text with its identifiers in brackets, as it is printed below a symbol and typed by hand."""

from __future__ import annotations

from datetime import date

from scanners.gs1.element_string import as_scan
from scanners.gs1.elements import GS, Reading, read_elements
from scanners.gs1.table import KEYS, TABLE
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution


def scan_bracketed(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of bracketed text. A bracket that belongs to a value is written as a backslash and the bracket.

    Spaces that people put around a value are let pass with a warning.
    Raises: Unreadable where the brackets do not pair up, or nothing that names a thing could be read.
    """
    pairs, faults = _pairs(heard.data)
    text = GS.join(ai + value for ai, value in pairs)
    reading = read_elements(text)
    if reading.elements != pairs and not reading.faults:
        faults.append(caution("brackets"))
    reading = Reading(reading.elements, faults + reading.faults, reading.broken, reading.lacking)
    if not pairs or (reading.broken and not any(ai in KEYS for ai, _ in reading.elements)):
        fault = (reading.faults or [caution("brackets")])[0]
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))
    return as_scan(raw, heard, reading, today, text)


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
    at = 0
    while at < len(text):
        close = text.find(")", at)
        if text[at] != "(" or close < 0:
            faults.append(caution("brackets", at))
            break
        ai = text[at + 1 : close]
        if ai not in TABLE:
            faults.append(caution("ai-unknown", at, text=ai))
            break
        value, at = _value(text, close + 1)
        if value != value.strip(" "):
            faults.append(caution("character", close + 1, ai=ai))
            value = value.strip(" ")
        if fault := _wrong_length(ai, value, close + 1):
            faults.append(fault)
            break
        pairs.append((ai, value))
    return pairs, faults


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that begins at `start`, and where the next bracket opens."""
    at = text.find("(", start)
    while at > start and text[at - 1] == "\\":
        at = text.find("(", at + 1)
    end = at if at >= 0 else len(text)
    return text[start:end].replace("\\(", "("), end


def _wrong_length(ai: str, value: str, position: int) -> Caution | None:
    entry = TABLE[ai]
    if not value:
        return caution("ai-data-empty", position, ai=ai)
    if len(value) < entry.minimum:
        return caution("ai-length", position, ai=ai)
    return caution("ai-too-long", position, ai=ai) if len(value) > entry.maximum else None


def bracketed_text(elements: tuple[Element, ...] | list[Element]) -> str:
    """The text as it is typed: brackets of values escaped."""
    return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in elements)
