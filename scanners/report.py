"""This file is a reading as plain JSON, the one object per line that `spd scan parse --json` prints."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

from scanners.profile import DEFAULT, Profile
from scanners.reader import read
from scanners.scan import Scan
from scanners.unreadable import Caution, Unreadable


def as_json(raw: str | bytes, *, profile: Profile = DEFAULT, today: date | None = None) -> dict[str, Any]:
    """What the input says, whatever it is: an unreadable one is reported with `valid` false and the reason."""
    written = _writable(raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))
    try:
        return of_scan(read(raw, profile=profile, today=today), written)
    except Unreadable as refusal:
        said = of_scan(Scan(raw="", kind="unknown", data="", valid=False, strict_valid=False), written)
        en, zh = _writable(refusal.en), _writable(refusal.zh)
        reason = {"code": refusal.code, "zh": zh, "en": en, "position": refusal.position}
        return said | {"error": en, "warnings": [reason]}


def _writable(text: str) -> str:
    """The text with half characters, which no file can hold, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def of_line(line: str, *, profile: Profile = DEFAULT, today: date | None = None) -> dict[str, Any]:
    """What one line of a file says: a JSON string, which can carry separators, or the scan as it is."""
    text = line.rstrip("\r\n")
    if text[:1] == text[-1:] == '"' and len(text) > 1:
        with suppress(ValueError):
            text = str(json.loads(text))
    return as_json(text, profile=profile, today=today)


def of_scan(scan: Scan, written: str) -> dict[str, Any]:
    """The reading as JSON types: days in ISO form, elements as pairs. written: the input as a file can hold it."""
    return {
        "input": written,
        "kind": scan.kind,
        "standard": scan.standard,
        "valid": scan.valid,
        "error": scan.error,
        "elements": [list(element) for element in scan.elements],
        "di": scan.di,
        "issuer": scan.issuer,
        "gtin": scan.gtin,
        "lot": scan.lot,
        "serial": scan.serial,
        "expires_on": _iso(scan.expires_on),
        "produced_on": _iso(scan.produced_on),
        "quantity": scan.quantity,
        "unit_of_measure": scan.unit_of_measure,
        "sscc": scan.sscc,
        "ambiguous": scan.ambiguous,
        "alternatives": [_alternative(other) for other in scan.alternatives],
        "warnings": [_said(doubt).copy() for doubt in scan.warnings],
        "strict_valid": scan.strict_valid,
    }


def _alternative(other: Scan) -> dict[str, Any]:
    """One of several readings: what tells it from the others."""
    return {
        "kind": other.kind,
        "elements": [list(element) for element in other.elements],
        "gtin": other.gtin,
        "lot": other.lot,
        "serial": other.serial,
        "expires_on": _iso(other.expires_on),
        "quantity": other.quantity,
    }


@lru_cache(maxsize=4096)
def _said(doubt: Caution) -> dict[str, str]:
    return {"code": doubt.code, "zh": doubt.zh, "en": doubt.en}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
