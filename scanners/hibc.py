"""This file is HIBC: primary, secondary, both in one code, and supplementary fields.

Source: ANSI/HIBC 2.6, Health Industry Bar Code Supplier Labeling Standard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from scanners import check_characters
from scanners.calendar_days import from_mmyy, from_yyjjj, from_yymmdd, from_yyyymmdd
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

_CHARACTERS = re.compile(r"[0-9A-Z\-. $/+%]+")
_PRIMARY = re.compile("([A-Z][A-Z0-9]{3})([A-Z0-9]{1,18})([0-9])")
_FLAG = re.compile(r"(\$\$\+|\$\$|\$\+|\$)?(.*)", re.DOTALL)
_FOLDED = re.compile(r"[a-z][0-9A-Z]{3}[!-Z\x01-\x1a]{2,}")
# Full ASCII Code 39 writes these as two characters, which HIBC means one by one.
_UNFOLD = (
    {letter: "+" + letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
    | {sign: "/" + letter for sign, letter in zip("!\"#&'()*,", "ABCFGHIJL", strict=True)}
    | {chr(code): "$" + chr(code + 64) for code in range(1, 27)}
)
# The digit after $$ says how the day is written; the rest of its row is how many characters that takes.
_DATE_SIZES = {"0": 4, "1": 4, "2": 6, "3": 6, "4": 8, "5": 5, "6": 7, "7": 0}


_LONGEST_QUANTITY = 10  # characters with its Q


@dataclass(slots=True)
class _Found:
    """What the segments have said so far."""

    elements: list[Element] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    faults: list[Caution] = field(default_factory=list)


def scan_hibc(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of an HIBC code, or of a primary and a secondary that a device sent in one.

    Raises: Unreadable where it is not built as HIBC is.
    """
    data = heard.data.strip("*")
    if data != data.upper():
        data = data.upper()
        heard.doubts.append(caution("lower-case"))
    if not _CHARACTERS.fullmatch(data):
        raise Unreadable("structure", 0, standard="HIBC", text=data[:24])
    found = _Found(faults=heard.doubts)
    pair = _pair(data)
    for part in pair or (data,):
        _read_one(part, found, today)
    if pair and pair[1][-2] != pair[0][-1]:
        found.faults.append(caution("link-character", len(data) - 2))
    return _scan(raw, heard, data, found)


def unfolded(text: str) -> str | None:
    """HIBC again, where a reader took Code 39's `+A` for the `a` of its full ASCII; None if it is not that."""
    if not _FOLDED.fullmatch(text):
        return None
    plain = "".join(_UNFOLD.get(character, character) for character in text)
    return plain if _CHARACTERS.fullmatch(plain) and _holds(plain) else None


def _scan(raw: str, heard: Heard, data: str, found: _Found) -> Scan:
    fatal = [
        fault for fault in found.faults if fault.code in ("check-character", "date", "link-character", "structure")
    ]
    if "di" not in found.fields:
        found.faults.append(caution("unlinked"))
    return Scan(
        raw=raw,
        kind="hibc",
        data=data,
        symbology=heard.symbology,
        standard="HIBC",
        valid=not fatal,
        strict_valid=not fatal and "di" in found.fields,
        fault=fatal[0] if fatal else None,
        elements=tuple(found.elements),
        warnings=tuple(found.faults),
        **found.fields,
    )


def _pair(data: str) -> tuple[str, str] | None:
    """Primary and secondary, where both came as one text: +…check+…link check, in whatever order they were read.

    Where the `+` between them could be at two places, since a check character may be `+` too, both must hold; that the
    whole holds as well is chance, and tells nothing. (A `/` misread for this `+` is told by modulo 43: the whole would
    only hold where the primary's check character is M, and what stands before a `/` ends with a digit.)
    """
    likely = None
    at = data.find("+", 1)
    while at > 0:
        one, two = data[:at], data[at:]
        for first, second in ((one, two), (two, one)):
            if _PRIMARY.fullmatch(first[1:-1]) and _holds(first) and len(second) > 3 and not second[1].isalpha():
                if _holds(second):
                    return first, second
                likely = likely or ((first, second) if first is one else None)
        at = data.find("+", at + 1)
    return likely


def _holds(text: str) -> bool:
    return len(text) > 2 and check_characters.modulo_43(text[:-1]) == text[-1]


def _read_one(data: str, found: _Found, today: date | None) -> None:
    if len(data) < 4:
        raise Unreadable("short", len(data))
    if not _holds(data):
        found.faults.append(caution("check-character", len(data) - 1))
    if data[1].isalpha():
        first, *rest = data[1:-1].split("/")
        _read_primary(first, found)
    else:
        # A secondary alone ends with the primary's check character, then its own.
        rest = data[1:-2].split("/")
    for segment in rest:
        _read_segment(segment, found, today)


def _read_primary(text: str, found: _Found) -> None:
    match = _PRIMARY.fullmatch(text)
    if match is None:
        raise Unreadable("structure", 1, standard="HIBC", text=text)
    labeler, product, unit = match.groups()
    found.elements.append(("+", text))
    found.fields.update(
        di=text, issuer="HIBCC", labeler=labeler, product_code=product, unit_of_measure=int(unit), level=int(unit)
    )


def _read_segment(text: str, found: _Found, today: date | None) -> None:
    """One field: lot or serial with its day, or a supplementary one named by its data identifier."""
    if text.startswith(("16D", "14D")) and len(text) == 11:
        _put_day(found, "produced_on" if text[0:2] == "16" else "expires_on", from_yyyymmdd(text[3:]), text[3:])
        found.elements.append((text[:3], text[3:]))
    elif text[:1] == "S":
        found.elements.append(("S", text[1:]))
        _put_text(found, "serial", text[1:])
    elif text[:1] == "Q" and text[1:].isdigit() and len(text) <= _LONGEST_QUANTITY:
        found.elements.append(("Q", text[1:]))
        _put(found, "quantity", int(text[1:]), text)
    elif text[:1] == "$" or text[:5].isdigit():
        _read_dated(text, found, today)
    else:
        raise Unreadable("structure", 0, standard="HIBC", text=text)


def _read_dated(text: str, found: _Found, today: date | None) -> None:
    """A lot or a serial, with quantity and day where `$$` or five digits of a day of the year say so."""
    match = _FLAG.fullmatch(text)
    assert match is not None
    flag, rest = match[1] or "", match[2]
    found.elements.append((flag, rest))
    if flag == "":
        _put_day(found, "expires_on", from_yyjjj(rest[:5], today), rest[:5])
        rest = rest[5:]
    elif flag in ("$$", "$$+"):
        rest = _take_day(_take_quantity(rest, found), found, today)
    if rest:
        _put_text(found, "serial" if flag.endswith("+") else "lot", rest)


def _put_text(found: _Found, name: str, text: str) -> None:
    """A lot or a serial, of at most 18 characters; `+` opens a code and is in none."""
    if not 0 < len(text) <= 18 or "+" in text:
        found.faults.append(caution("structure", 0, standard="HIBC", text=text))
    if text:
        _put(found, name, text, text)


def _put(found: _Found, name: str, said: str | int | date, text: str) -> None:
    """A field that is said for the first time, or again; that it is said otherwise is a fault, and the first counts."""
    if found.fields.setdefault(name, said) != said:
        found.faults.append(caution("structure", 0, standard="HIBC", text=text))


def _take_quantity(rest: str, found: _Found) -> str:
    for mark, digits in (("8", 2), ("9", 5)):
        if rest[:1] == mark:
            number = rest[1 : 1 + digits]
            if len(number) < digits or not number.isdigit():
                raise Unreadable("structure", 0, standard="HIBC", text=rest)
            _put(found, "quantity", int(number), rest)
            return rest[1 + digits :]
    return rest


def _take_day(rest: str, found: _Found, today: date | None) -> str:
    if not rest:
        return rest
    kind = rest[0]
    if kind not in _DATE_SIZES:
        raise Unreadable("structure", 0, standard="HIBC", text=rest)
    if kind not in "01":  # these two are the first digit of the month itself
        rest = rest[1:]
    size = _DATE_SIZES[kind]
    text, rest = rest[:size], rest[size:]
    if size:
        _put_day(found, "expires_on", _day(kind, text, today), text)
        if kind in "46":
            _put_hour(found, text, text[size - 2 :])
    return rest


def _put_hour(found: _Found, text: str, hour: str) -> None:
    if len(hour) == 2 and hour.isdigit() and int(hour) < 24:
        found.fields["expires_at"] = time(int(hour))
    elif "expires_on" in found.fields:  # else the day is said to be wrong already
        found.faults.append(caution("date", 0, text=text))


def _day(kind: str, text: str, today: date | None) -> date | None:
    if kind in "01":
        return from_mmyy(text, today)
    if kind == "2":
        return from_yymmdd(text[4:] + text[:4], today)
    if kind in "34":
        return from_yymmdd(text[:6], today)
    return from_yyjjj(text[:5], today)


def _put_day(found: _Found, name: str, day: date | None, text: str) -> None:
    if day is None:
        found.faults.append(caution("date", 0, text=text))
    else:
        _put(found, name, day, text)


def primary(labeler: str, product_code: str, unit_of_measure: int) -> str:
    """The primary code with its check character.

    Raises: ValueError for a labeler that is not four characters, or a product code that is not 1 to 18.
    """
    text = f"{labeler}{product_code}{unit_of_measure}"
    if not _PRIMARY.fullmatch(text) or len(labeler) != 4 or not 0 <= unit_of_measure <= 9:
        raise ValueError(f"LIC is 4 characters, PCN 1 to 18, U/M one digit; not {text!r}")
    return "+" + text + check_characters.modulo_43("+" + text)


def concatenated(di: str, *segments: str) -> str:
    """One code of a primary (its DI) and segments such as `$$3280930L2601`, with one check character over all."""
    text = "/".join(("+" + di, *segments))
    return text + check_characters.modulo_43(text)


def secondary(segment: str, link: str) -> str:
    """A secondary code: the segment, the check character of its primary, and its own."""
    return "+" + segment + link + check_characters.modulo_43("+" + segment + link)
