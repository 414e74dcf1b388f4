"""This file is a reading as plain JSON, the one object per line that `spd scan parse --json` prints."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from scanners.profile import DEFAULT, Profile
from scanners.reader import read
from scanners.scan import Scan
from scanners.unreadable import Caution, Unreadable

_TEXTS = (
    "kind", "standard", "valid", "error", "di", "issuer", "gtin", "gtin_format", "lot", "serial", "quantity",
    "unit_of_measure", "level", "labeler", "product_code", "sscc", "gln", "grai", "giai", "gsrn", "code", "symbology",
    "ambiguous", "strict_valid",
)  # fmt: skip
_texts = attrgetter(*_TEXTS)
_OF_ALTERNATIVES = ("kind", "gtin", "lot", "serial", "quantity")


def as_json(raw: str | bytes, *, profile: Profile = DEFAULT, today: date | None = None) -> dict[str, Any]:
    """What the input says, whatever it is: an unreadable one is reported with `valid` false and its error."""
    try:
        said = of_scan(read(raw, profile=profile, today=today))
    except Unreadable as refusal:
        en, zh = _writable(refusal.en), _writable(refusal.zh)
        said = of_scan(Scan(raw="", kind="unknown", data="", valid=False, strict_valid=False, error=en))
        said["unreadable"] = {"code": refusal.code, "position": refusal.position, "zh": zh, "en": en}
    said["input"] = _writable(raw if isinstance(raw, str) else raw.decode("utf-8", "replace"))
    return said


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


def of_scan(scan: Scan) -> dict[str, Any]:
    """The reading as JSON types: days in ISO form, elements as pairs."""
    said: dict[str, Any] = {"input": scan.raw}
    said.update(zip(_TEXTS, _texts(scan), strict=True))
    said["elements"] = [list(element) for element in scan.elements]
    said["expires_on"] = _iso(scan.expires_on)
    said["expires_at"] = None if scan.expires_at is None else scan.expires_at.isoformat("minutes")
    said["produced_on"] = _iso(scan.produced_on)
    said["warnings"] = [_said(doubt).copy() for doubt in scan.warnings]
    said["alternatives"] = [_alternative(other) for other in scan.alternatives]
    return said


def _alternative(other: Scan) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(other, name) for name in _OF_ALTERNATIVES}
    said["elements"] = [list(element) for element in other.elements]
    said["expires_on"] = _iso(other.expires_on)
    return said


@lru_cache(maxsize=4096)
def _said(doubt: Caution) -> dict[str, str]:
    return {"code": doubt.code, "zh": doubt.zh, "en": doubt.en}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
