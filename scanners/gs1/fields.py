"""This file is from GS1 elements to what a hospital asks: product, lot, serial, days, quantity, place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any

from scanners import check_characters
from scanners.calendar_days import from_yymmdd, is_digits
from scanners.scan import Element

_TEXT = {"10": "lot", "21": "serial", "00": "sscc", "8004": "giai", "8017": "gsrn", "8018": "gsrn"}
_GTIN = frozenset(("01", "02", "03", "8006", "8026"))
_PLACES = ("414", "417", "410", "411", "412", "413", "415", "416")
_NO_GTIN: Mapping[str, Any] = {"gtin": None}
_RARER = frozenset(("30", "37", "7003", "8008", "8003", *_PLACES)) | (_GTIN - {"01"})


def fields_of(elements: Iterable[Element], today: date | None) -> dict[str, Any]:
    """The fields of a Scan that the elements fill. A value that breaks its rule fills none, except GTIN and SSCC.

    Of an identifier that stands twice, the first counts.
    """
    fields: dict[str, Any] = {}
    for ai, value in elements:
        name = _TEXT.get(ai)
        if name is not None:
            if name not in fields:
                fields[name] = value
        elif ai == "01":
            if "gtin" not in fields:
                fields.update(gtin_fields(value) or _NO_GTIN)
        elif ai == "17":
            if "expires_on" not in fields:
                fields["expires_on"] = from_yymmdd(value, today)
        elif ai == "11":
            if "produced_on" not in fields:
                fields["produced_on"] = from_yymmdd(value, today)
        elif ai in _RARER:
            return _all_fields(elements, today)
    return fields


def _all_fields(elements: Iterable[Element], today: date | None) -> dict[str, Any]:
    """The same, whatever the identifiers: a GTIN before what is contained, a day before a time."""
    fields: dict[str, Any] = {}
    said = dict(reversed(tuple(elements)))
    for ai, value in said.items():
        if ai in _TEXT:
            fields[_TEXT[ai]] = value
        elif ai in _GTIN and ("gtin" not in fields or ai == "01"):
            fields.update(gtin_fields(value[:14]))
    _put_days(fields, said, today)
    _put_numbers(fields, said)
    return fields


def _put_numbers(fields: dict[str, Any], said: dict[str, str]) -> None:
    for ai in ("30", "37"):
        if ai in said and is_digits(said[ai]):
            fields["quantity"] = int(said[ai])
    for ai in reversed(_PLACES):
        if ai in said:
            fields["gln"] = said[ai]
    if "8003" in said:
        fields["grai"] = said["8003"][1:]


@lru_cache(maxsize=32_768)  # a hospital has half as many products, and scans the same ones all day
def gtin_fields(gtin: str) -> Mapping[str, Any]:
    """What the 14 digits of a GTIN say by themselves; nothing where they are no digits."""
    if not is_digits(gtin):
        return {}
    size = gtin_format(gtin)
    level = int(gtin[0]) if size == 14 else 0
    return {"gtin": gtin, "di": gtin, "issuer": "GS1", "gtin_format": size, "level": level}


def gtin_format(gtin: str) -> int:
    """How many digits the GTIN was issued with, from its leading zeros."""
    for zeros, size in (("000000", 8), ("00", 12), ("0", 13)):
        if gtin.startswith(zeros):
            return size
    return 14


def _put_days(fields: dict[str, Any], said: dict[str, str], today: date | None) -> None:
    if "7003" in said:
        value = said["7003"]
        fields["expires_on"] = from_yymmdd(value[:6], today)
        fields["expires_at"] = _clock(value[6:])
    if "17" in said:
        fields["expires_on"] = from_yymmdd(said["17"], today) or fields.get("expires_on")
    if "11" in said:
        fields["produced_on"] = from_yymmdd(said["11"], today)
    elif "8008" in said:
        fields["produced_on"] = from_yymmdd(said["8008"][:6], today)


def _clock(text: str) -> time | None:
    if not is_digits(text) or int(text[:2]) > 23 or int(text[2:4]) > 59:
        return None
    return time(int(text[:2]), int(text[2:4]))


def gtin_14(digits: str) -> str:
    """The number padded to the 14 digits it is keyed by. Never trim it back: a GTIN-14 has no shorter form."""
    return digits.zfill(14)


def package_gtin(gtin: str, indicator: int) -> str:
    """The GTIN-14 of a package of `gtin`: the indicator, the twelve digits without their check, and a new check."""
    body = f"{indicator}{gtin_14(gtin)[1:13]}"
    return body + check_characters.gs1_digit(body)
