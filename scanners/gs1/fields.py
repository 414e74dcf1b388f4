"""This file is from GS1 elements to what a hospital asks: product, lot, serial, days, quantity, place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from scanners import check_characters
from scanners.calendar_days import from_yymmdd, is_digits
from scanners.scan import Element

_TEXT = {"10": "lot", "21": "serial", "00": "sscc", "8004": "giai", "8017": "gsrn", "8018": "gsrn"}
_DAY = {"17": "expires_on", "11": "produced_on"}
_OTHER_GTIN = ("8006", "03", "02", "8026")  # a piece by itself before what is inside something
_PLACES = ("414", "417", "410", "411", "412", "413", "415", "416")
_RARER = frozenset(("30", "37", "7003", "8008", "8003", *_PLACES, *_OTHER_GTIN))


def fields_of(elements: Iterable[Element], today: date | None) -> dict[str, Any]:
    """The fields of a Scan that the elements fill."""
    fields: dict[str, Any] = {}
    put_fields(fields, elements, today)
    return fields


def put_fields(fields: dict[str, Any], elements: Iterable[Element], today: date | None) -> None:
    """Put in what the elements fill. A value that breaks its rule fills no field, except SSCC and its like.

    Of an identifier that stands twice, the first counts.
    """
    rarer: dict[str, str] = {}
    text, day = _TEXT.get, _DAY.get
    for ai, value in elements:
        if ai == "01":
            if "gtin" not in fields:
                _put_gtin(fields, value)
        elif name := text(ai):
            if name not in fields:
                fields[name] = value
        elif name := day(ai):
            if name not in fields:
                fields[name] = from_yymmdd(value, today)
        elif ai in _RARER and ai not in rarer:
            rarer[ai] = value
    if rarer:
        _put_rarer(fields, rarer, today)


def _put_gtin(fields: dict[str, Any], gtin: str) -> None:
    """`gtin_fields`, put in as they are found: every label has them."""
    if not (gtin.isdigit() and gtin.isascii()):
        fields["gtin"] = None
        return
    fields["gtin"] = fields["di"] = gtin
    fields["issuer"] = "GS1"
    if gtin[0] != "0":
        fields["gtin_format"] = 14
        fields["level"] = int(gtin[0])
    else:
        fields["gtin_format"] = gtin_format(gtin)
        fields["level"] = 0


def _put_rarer(fields: dict[str, Any], rarer: dict[str, str], today: date | None) -> None:
    """What fewer labels have: what is contained where no GTIN is, an hour, a number of pieces, a place."""
    if fields.get("gtin") is None:
        for ai in _OTHER_GTIN:
            if ai in rarer and is_digits(rarer[ai][:14]):
                _put_gtin(fields, rarer[ai][:14])
                break
    for ai in ("30", "37"):
        if ai in rarer and is_digits(rarer[ai]):
            fields["quantity"] = int(rarer[ai])
    for ai in _PLACES:
        if ai in rarer:
            fields["gln"] = rarer[ai]
            break
    if "8003" in rarer:
        fields["grai"] = rarer["8003"][1:]
    _put_hours(fields, rarer, today)


def _put_hours(fields: dict[str, Any], rarer: dict[str, str], today: date | None) -> None:
    """The day with an hour; a day that stands beside it by itself counts before its day."""
    if "7003" in rarer:
        value = rarer["7003"]
        fields["expires_at"] = _clock(value[6:])
        if fields.get("expires_on") is None:
            fields["expires_on"] = from_yymmdd(value[:6], today)
    if "8008" in rarer:
        value = rarer["8008"]
        fields["produced_at"] = _clock(value[6:].ljust(4, "0"))
        if "produced_on" not in fields:
            fields["produced_on"] = from_yymmdd(value[:6], today)


def gtin_fields(gtin: str) -> dict[str, Any]:
    """What the 14 digits of a GTIN say by themselves; nothing where they are no digits."""
    fields: dict[str, Any] = {}
    if is_digits(gtin):
        _put_gtin(fields, gtin)
    return fields


def gtin_format(gtin: str) -> int:
    """How many digits the GTIN was issued with, from its leading zeros."""
    if gtin[:1] != "0":
        return 14
    if gtin[1:2] != "0":
        return 13
    return 8 if gtin.startswith("000000") else 12


def _clock(text: str) -> time | None:
    if len(text) not in (4, 6) or not is_digits(text):
        return None
    hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def gtin_14(digits: str) -> str:
    """The number padded to the 14 digits it is keyed by. Never trim it back: a GTIN-14 has no shorter form."""
    return digits.zfill(14)


def package_gtin(gtin: str, indicator: int) -> str:
    """The GTIN-14 of a package of `gtin`: the indicator, the twelve digits without their check, and a new check."""
    body = f"{indicator}{gtin_14(gtin)[1:13]}"
    return body + check_characters.gs1_digit(body)
