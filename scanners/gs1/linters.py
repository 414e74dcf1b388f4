"""This file is the rules for parts of a GS1 value, each a function of the text that finds what is wrong with it.

A rule returns None, or the name of the fault and the slice it lies in. Names are GS1's own, so that a verdict here can
be laid beside one from GS1's engine.
Source: GS1 Barcode Syntax Tests; GS1 General Specifications 3 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scanners import check_characters
from scanners.gs1 import code_lists, coupons, time_linters
from scanners.gs1.coupons import Found
from scanners.gs1.time_linters import numeric

Rule = Callable[[str], Found]

_NOT_DIGIT = re.compile("[^0-9]")
_NOT_82 = re.compile(r"""[^!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]""")
_NOT_39 = re.compile(r"[^#\-/0-9A-Z]")
_NOT_64 = re.compile(r"[^\-0-9A-Z_a-z]")
_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def _first(pattern: re.Pattern[str], name: str) -> Rule:
    def rule(value: str) -> Found:
        hit = pattern.search(value)
        return (name, hit.start(), 1) if hit else None

    return rule


cset82 = _first(_NOT_82, "INVALID_CSET82_CHARACTER")
cset39 = _first(_NOT_39, "INVALID_CSET39_CHARACTER")


def cset64(value: str) -> Found:
    """Base 64 for files, with its padding where the length asks for it."""
    stem = value.rstrip("=")
    padding = len(value) - len(stem)
    if hit := _NOT_64.search(stem):
        return "INVALID_CSET64_CHARACTER", hit.start(), 1
    if padding and (padding > 2 or len(value) % 3):
        return "INVALID_CSET64_PADDING", len(stem), padding
    return None


def csum(value: str) -> Found:
    """The last digit is the check digit."""
    if not value:
        return "TOO_SHORT_FOR_CHECK_DIGIT", 0, 0
    if found := numeric(value):
        return found
    if len(value) == 1 and value != "0":
        return "INCORRECT_CHECK_DIGIT", 0, 1
    if len(value) > 1 and check_characters.gs1_digit(value[:-1]) != value[-1]:
        return "INCORRECT_CHECK_DIGIT", len(value) - 1, 1
    return None


def csumalpha(value: str) -> Found:
    """The last two characters are the check pair."""
    if len(value) < 2:
        return "TOO_SHORT_FOR_CHECK_PAIR", 0, len(value)
    if len(value) > 25:
        return "TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION", 0, len(value)
    if found := cset82(value[:-2]):
        return found
    for place in (len(value) - 2, len(value) - 1):
        if value[place] not in check_characters.CSET_32:
            return "INVALID_CSET32_CHARACTER", place, 1
    if check_characters.gs1_pair(value[:-2]) != value[-2:]:
        return "INCORRECT_CHECK_PAIR", len(value) - 2, 2
    return None


def key1(value: str) -> Found:
    """A company prefix opens the value: four digits at least."""
    if len(value) < 4:
        return "TOO_SHORT_FOR_KEY", 0, len(value)
    return None if value[:4].isdigit() else ("INVALID_GCP_PREFIX", 0, len(value))


def key2(value: str) -> Found:
    """A company prefix stands after the first character."""
    if not value:
        return "TOO_SHORT_FOR_KEY", 0, 0
    found = key1(value[1:])
    return (found[0], found[1] + 1, found[2]) if found else None


def _whole(name: str, allowed: frozenset[str] | re.Pattern[str]) -> Rule:
    def rule(value: str) -> Found:
        good = value in allowed if isinstance(allowed, frozenset) else allowed.fullmatch(value)
        return None if good else (name, 0, len(value))

    return rule


iso3166 = _whole("NOT_ISO3166", code_lists.COUNTRIES)
iso3166999 = _whole("NOT_ISO3166_OR_999", code_lists.COUNTRIES | {"999"})
iso3166alpha2 = _whole("NOT_ISO3166_ALPHA2", code_lists.COUNTRY_LETTERS)
iso4217 = _whole("NOT_ISO4217", code_lists.CURRENCIES)
iso5218 = _whole("INVALID_BIOLOGICAL_SEX_CODE", frozenset("0129"))
packagetype = _whole("INVALID_PACKAGE_TYPE", code_lists.PACKAGES)
mediatype = _whole("INVALID_MEDIA_TYPE", frozenset(f"{n:02}" for n in (*range(1, 11), *range(80, 100))))
winding = _whole("INVALID_WINDING_DIRECTION", frozenset("019"))
yesno = _whole("NOT_ZERO_OR_ONE", frozenset("01"))
zero = _whole("NOT_ZERO", re.compile("0+"))
hyphen = _whole("NOT_HYPHEN", re.compile("-+"))
_importer = _whole("INVALID_IMPORT_IDX_CHARACTER", re.compile(r"[\-0-9A-Z_a-z]"))


def importeridx(value: str) -> Found:
    """One character of base 64 for files."""
    return _importer(value) if len(value) == 1 else ("IMPORTER_IDX_MUST_BE_ONE_CHARACTER", 0, len(value))


def nonzero(value: str) -> Found:
    """Digits that are not all zero."""
    if found := numeric(value):
        return found
    return None if value.strip("0") else ("ILLEGAL_ZERO_VALUE", 0, len(value))


def nozeroprefix(value: str) -> Found:
    """A number is written without leading zeros; zero itself is 0."""
    if found := numeric(value):
        return found
    return ("ILLEGAL_ZERO_PREFIX", 0, 1) if value[:1] == "0" and value != "0" else None


def hasnondigit(value: str) -> Found:
    """At least one character is not a digit."""
    return None if _NOT_DIGIT.search(value) else ("REQUIRES_NON_DIGIT_CHARACTER", 0, len(value))


def pcenc(value: str) -> Found:
    """Every percent sign opens two hexadecimal digits."""
    hit = _PERCENT.search(value)
    return ("INVALID_PERCENT_SEQUENCE", hit.start(), len(value[hit.start() : hit.start() + 3])) if hit else None


def pieceoftotal(value: str) -> Found:
    """Two halves: which piece, of how many."""
    if not value or len(value) % 2:
        return "INVALID_LENGTH_FOR_PIECE_OF_TOTAL", 0, len(value)
    if found := numeric(value):
        return found
    half = len(value) // 2
    if not int(value[:half]):
        return "ZERO_PIECE_NUMBER", 0, half
    if not int(value[half:]):
        return "ZERO_TOTAL_PIECES", half, half
    return ("PIECE_NUMBER_EXCEEDS_TOTAL", 0, len(value)) if value[:half] > value[half:] else None


def posinseqslash(value: str) -> Found:
    """Position and end with a slash between: 2/3."""
    match = re.fullmatch("([0-9]+)/([0-9]+)", value)
    if not match:
        return "POSITION_IN_SEQUENCE_MALFORMED", 0, len(value)
    for group in (1, 2):
        if match[group][0] == "0":
            return "ILLEGAL_ZERO_PREFIX", match.start(group), len(match[group])
    return ("POSITION_EXCEEDS_END", 0, len(value)) if int(match[1]) > int(match[2]) else None


def _degrees(most: int, wrong_length: str, invalid: str) -> Rule:
    def rule(value: str) -> Found:
        if len(value) != 10:
            return wrong_length, 0, len(value)
        if found := numeric(value):
            return found
        return None if int(value) <= most else (invalid, 0, 10)

    return rule


latitude = _degrees(1_800_000_000, "LATITUDE_INVALID_LENGTH", "INVALID_LATITUDE")
longitude = _degrees(3_600_000_000, "LONGITUDE_INVALID_LENGTH", "INVALID_LONGITUDE")


def iban(value: str) -> Found:
    """An international bank account number."""
    if len(value) <= 4:
        return "IBAN_TOO_SHORT", 0, len(value)
    if len(value) > 34:
        return "IBAN_TOO_LONG", 0, len(value)
    if hit := re.search("[^0-9A-Z]", value):
        return "INVALID_IBAN_CHARACTER", hit.start(), 1
    if value[:2] not in code_lists.COUNTRY_LETTERS:
        return "ILLEGAL_IBAN_COUNTRY_CODE", 0, 2
    return None if check_characters.modulo_97(value) else ("INCORRECT_IBAN_CHECKSUM", 2, 2)


RULES: dict[str, Rule] = {
    "couponcode": coupons.couponcode,
    "couponposoffer": coupons.couponposoffer,
    "cset39": cset39,
    "cset64": cset64,
    "cset82": cset82,
    "csetnumeric": numeric,
    "csum": csum,
    "csumalpha": csumalpha,
    "hasnondigit": hasnondigit,
    "hh": time_linters.hh,
    "hhmi": time_linters.hhmi,
    "hyphen": hyphen,
    "iban": iban,
    "importeridx": importeridx,
    "iso3166": iso3166,
    "iso3166999": iso3166999,
    "iso3166alpha2": iso3166alpha2,
    "iso4217": iso4217,
    "iso5218": iso5218,
    "key1": key1,
    "key2": key2,
    "latitude": latitude,
    "longitude": longitude,
    "mediatype": mediatype,
    "mi": time_linters.mi,
    "nonzero": nonzero,
    "nozeroprefix": nozeroprefix,
    "packagetype": packagetype,
    "pcenc": pcenc,
    "pieceoftotal": pieceoftotal,
    "posinseqslash": posinseqslash,
    "ss": time_linters.ss,
    "winding": winding,
    "yesno": yesno,
    "yymmd0": time_linters.yymmd0,
    "yymmdd": time_linters.yymmdd,
    "yyyymmd0": time_linters.yyyymmd0,
    "yyyymmdd": time_linters.yyyymmdd,
    "zero": zero,
}
