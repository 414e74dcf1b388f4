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
from scanners.unreadable import Caution, Unreadable, caution, refuse_other_scripts

_CHARACTERS = (
    *((digit, value) for value, digit in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg")),
    *((letter, value) for value, letter in enumerate("hijklmnopqrstuvwxyz", start=45)),
    *((sign, value) for value, sign in enumerate("-.@$,*+%/#!^~", start=64)),
)
_VALUES = dict(_CHARACTERS)
_FIELDS = {"S": "serial", "L": "lot", "M": "produced_on", "P": "produced_on", "E": "lapses_on", "V": "expires_on"}
_SILENT = frozenset("DCY")  # sterilisation, check, insurance: kept among the elements


def scan_ma(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of an MA code.

    Raises: Unreadable where letters of another script are in it, or it has no whole device identifier.
    """
    data = heard.data
    refuse_other_scripts(data)
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
    if "0" <= parts[4][0] <= "9":
        fields["level"] = int(parts[4][0])
    elements: list[Element] = [("MA", di)]
    faults: list[Caution] = []
    for part in parts[5:]:
        elements.append((part[:1], part[1:]))
        _put(fields, part[:1], part[1:], faults, today)
    if parts[5:] and parts[-1][:1] == "C" and check_character("." + ".".join(parts[5:-1])) != parts[-1][1:]:
        doubts.append(caution("check-character", len(data) - 1))
    _settle_expiry(fields, faults)
    return Scan(
        raw=raw, kind="ma", data=data, symbology=heard.symbology, standard="MA", valid=not faults,
        strict_valid=not faults, fault=faults[0] if faults else None, elements=tuple(elements),
        warnings=tuple(heard.doubts + doubts + faults), **fields,
    )  # fmt: skip


def _put(fields: dict[str, Any], name: str, value: str, faults: list[Caution], today: date | None) -> None:
    """One part of what varies. Of a part that stands twice the first counts, and that they differ is a fault."""
    field = _FIELDS.get(name)
    said: str | date | None = value
    if field not in (None, "serial", "lot"):
        said = None if value.endswith("00") else from_yymmdd(value, today)
        if said is None:
            faults.append(caution("date", 0, text=value))
            return
    sound = value and _VALUES.keys() >= set(value) and (field or name in _SILENT)
    if not sound or (field and fields.get(field, said) != said):
        faults.append(caution("structure", 0, standard="MA", text=name + value))
    if field and value:
        fields.setdefault(field, said)


def _settle_expiry(fields: dict[str, Any], faults: list[Caution]) -> None:
    """V is the last usable day; E the first one on which the thing may not be used, so the day before it counts.

    Where both stand and E comes before V, one of them is wrong, and the earlier counts.
    """
    lapses: date | None = fields.pop("lapses_on", None)
    if lapses is None:
        return
    last = max(lapses, date(1, 1, 2)) - timedelta(days=1)
    if lapses < fields.setdefault("expires_on", last):
        fields["expires_on"] = last
        faults.append(caution("structure", 0, standard="MA", text=f"E{lapses:%y%m%d}"))


def check_character(text: str) -> str | None:
    """The check digit over the text, or None where a character has no value."""
    try:
        return check_characters.luhn("".join(str(_VALUES[character]) for character in text))
    except KeyError:
        return None
