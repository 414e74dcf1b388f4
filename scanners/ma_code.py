"""This file is China's MA codes (ZIIOT): a device identifier and, after it, what varies from piece to piece.

Its check characters only warn: two public readings of the rule differ, and labels of both kinds are about.
Source: ISO/IEC 15459 registration MA; ZIIOT, coding of medical devices.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from scanners import check_characters
from scanners.calendar_days import from_yymmdd
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

_CHARACTERS = (
    *((digit, value) for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg")),
    *((letter, value) for value, letter in enumerate("hijklmnopqrstuvwxyz", start=45)),
    *((sign, value) for value, sign in enumerate("-.@$,*+%/#!^~", start=64)),
)
_VALUES = dict(_CHARACTERS)


def scan_ma(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of an MA code.

    Raises: Unreadable where it has no whole device identifier.
    """
    data = heard.data
    if data.startswith("ma."):
        data = data.swapcase()
        heard.doubts.append(caution("caps-lock"))
    parts = data.split(".")
    if len(parts) < 5 or not all(parts[:5]):
        raise Unreadable("structure", len(data), standard="MA", text=data[:40])
    di = ".".join(parts[:5])
    doubts: list[Caution] = []
    if check_character(di[:-1]) != di[-1]:
        doubts.append(caution("check-character", len(di) - 1))
    fields: dict[str, Any] = {"di": di, "issuer": "ZIIOT", "labeler": parts[3]}
    if parts[4][0].isdigit():
        fields["level"] = int(parts[4][0])
    elements: list[Element] = [("MA", di)]
    faults: list[Caution] = []
    for part in parts[5:]:
        elements.append((part[:1], part[1:]))
        _put(fields, part[:1], part[1:], faults, today)
    if parts[5:] and parts[-1][:1] == "C" and check_character("." + ".".join(parts[5:-1])) != parts[-1][1:]:
        doubts.append(caution("check-character", len(data) - 1))
    _settle_expiry(fields)
    return Scan(
        raw=raw, kind="ma", data=data, symbology=heard.symbology, standard="MA", valid=not faults,
        strict_valid=not faults, fault=faults[0] if faults else None, elements=tuple(elements),
        warnings=tuple(heard.doubts + doubts + faults), **fields,
    )  # fmt: skip


def _put(fields: dict[str, Any], name: str, value: str, faults: list[Caution], today: date | None) -> None:
    if name in ("S", "L"):
        fields["serial" if name == "S" else "lot"] = value
    elif name in ("M", "P", "E", "V"):
        day = from_yymmdd(value, today)
        if day is None:
            faults.append(caution("date", 0, text=value))
        else:
            fields[{"M": "produced_on", "P": "produced_on", "E": "lapses_on", "V": "expires_on"}[name]] = day
    elif name not in ("D", "C", "Y"):
        faults.append(caution("structure", 0, standard="MA", text=name + value))


def _settle_expiry(fields: dict[str, Any]) -> None:
    """V is the last usable day; E the first one on which the thing may not be used, so the day before it counts."""
    lapses: date | None = fields.pop("lapses_on", None)
    if lapses is not None:
        fields.setdefault("expires_on", lapses - timedelta(days=1))


def check_character(text: str) -> str | None:
    """The check digit over the text, or None where a character has no value."""
    try:
        return check_characters.luhn("".join(str(_VALUES[character]) for character in text))
    except KeyError:
        return None
