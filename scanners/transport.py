"""This file is undoing what a device did to a code on its way: prefixes, separators, letter case, doubled reads."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from scanners import check_characters
from scanners.profile import Profile
from scanners.unreadable import Caution, Unreadable, caution

GS = "\x1d"
LONGEST = 8_192  # the largest symbol of all, a QR code, holds 7,089 digits
SEPARATORS = re.compile(
    r"\{(?:GS|FNC1|F8|Ctrl\+\]|Alt\+0?029)\}|<(?:GS|FNC1|F8|Alt\+0?029)>|\[GS\]|\^\]|\\x1[dD]|\\u001[dD]|␝|Alt\+0?029"
    r"|\\F|\u00d1(?=[0-9])",
    re.IGNORECASE,
)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
# No symbology of a hospital has these identifiers, but Caps Lock makes them of ]C1, ]d2, ]A0 and the like.
_SWAPPED = {
    f"]{letter.swapcase()}{modifier}": f"]{letter}{modifier}"
    for letter, modifiers in (
        ("A", "01234567"), ("C", "0124"), ("d", "0123478"), ("I", "013"), ("J", "01"), ("L", "012345"), ("Q", "012345"),
        ("z", "0123456789"),
    )
    for modifier in modifiers
}  # fmt: skip
_SWAPPED_DATABAR = re.compile(r"\]E00[012][0-9]{14}[^A-Z|]*[a-z][^A-Z|]*\Z")
_MARKS = re.compile(r"[{<\[^\\␝\u00d1]|lt\+", re.IGNORECASE)  # one of them is in every text put for a separator
_KEYS = (8, 12, 13, 18)  # digits of a bare GTIN or SSCC; of a GTIN-14, any fourteen characters are one
# A trace code, an insurance's code, a tag, an MA code, tissue, a link, a message, a certificate's number.
_WHOLE = re.compile(
    r"(?:[0-9]{20}|[Cc](?:[0-9]{19}|[0-9]{26})|3[0-6](?:[0-9A-Fa-f]{22}|[0-9A-Fa-f]{48}(?:[0-9A-Fa-f]{2})?))\Z"
    r"|[Mm][Aa]\.[0-9]{3}\.|[=&*]|[Hh][Tt]{2}[Pp][Ss]?:|\[\)>|[^\x00-\x7f]{1,6}.*[0-9]"
)
# A space at the end is HIBC's check character, or is for the grammar to find fault with.
_SPACE_COUNTS = frozenset("+*](^hH")
_BETWEEN = ("", "\r", "\n", "\t", "\r\n")
_EDGES = "\r\n\t\x00\ufeff\x02\x03"


@dataclass(slots=True)
class Heard:
    """A code as the label says it. symbology: the AIM identifier sent before it; doubts: what had to be undone."""

    data: str
    symbology: str | None = None
    doubts: list[Caution] = field(default_factory=list)


def hear(raw: str, profile: Profile) -> Heard:
    """What the label says, with the device's part taken off.

    Raises: Unreadable: too long, empty, cut short, or typed through an input method.
    """
    if len(raw) > LONGEST:
        raise Unreadable("too-long", LONGEST)
    text = _unwrap(raw, profile)
    if not text:
        raise Unreadable("empty")
    heard = Heard(text)
    if not text.isascii():
        heard.data = _narrow(text, heard.doubts)
    if profile.swaps_case:
        heard.data = heard.data.swapcase()
    _take_symbology(heard)
    if GS not in heard.data:
        heard.data = _separate(heard.data, profile)
    _halve(heard)
    return heard


def _unwrap(raw: str, profile: Profile) -> str:
    text = raw
    if profile.prefix:
        text = text.removeprefix(profile.prefix)
    if profile.suffix:
        if not text.endswith(profile.suffix):
            raise Unreadable("truncated", len(text))
        text = text.removesuffix(profile.suffix)
    text = text.strip(_EDGES)
    text = text.lstrip(" ")
    return text.rstrip(" ") if text[-1:] == " " and text[:1] not in _SPACE_COUNTS else text


def _narrow(text: str, doubts: list[Caution]) -> str:
    """Full-width letters as plain ones. Chinese stays: a certificate number is written in it."""
    narrow = "".join(map(_narrowed, text.replace("␝", GS).replace("。", ".").replace("\u3000", " ")))
    if narrow.isascii() and narrow.replace(GS, "") != text.replace("␝", ""):
        doubts.append(caution("full-width"))
    return narrow


def _narrowed(character: str) -> str:
    """A full-width form as the plain one, and Chinese in its usual form; what only looks like a digit is left."""
    plain = unicodedata.normalize("NFKC", character)
    return character if plain.isascii() and not "\uff00" <= character <= "\uffef" else plain


def _take_symbology(heard: Heard) -> None:
    data = heard.data
    if data[:1] != "]" or not _AIM.match(data):
        return
    aim = data[:3]
    if aim in _SWAPPED:
        heard.data = data = data.swapcase()
        aim = _SWAPPED[aim]
        heard.doubts.append(caution("caps-lock"))
    elif aim == "]E0" and _SWAPPED_DATABAR.match(data):
        # ]E0 is EAN and thirteen digits; a whole element string behind it had ]e0 before Caps Lock.
        heard.data = data = data.swapcase()
        aim = "]e0"
        heard.doubts.append(caution("caps-lock"))
    heard.symbology = aim
    heard.data = data[3:]


def _separate(data: str, profile: Profile) -> str:
    for separator in profile.separators:
        data = data.replace(separator, GS)
    if data[:1] == "^" and data[1:2].isdigit():
        return data  # FNC1 written as ^, read where GS1 is read
    return SEPARATORS.sub(GS, data) if _MARKS.search(data) else data


def _halve(heard: Heard) -> None:
    """One reading where the same code came twice in a row, an Enter between or none.

    Brackets are taken apart only at an Enter: GS1 lets a typed element stand twice, which is told where it is read.
    """
    data, aim = heard.data, heard.symbology
    if aim is not None and aim not in data:
        return
    for between in _BETWEEN:
        again = between + (aim or "")
        half, odd = divmod(len(data) - len(again), 2)
        if half < 8 or odd or not data.startswith(again, half) or data[:half] != data[half + len(again) :]:
            continue
        if between or (data[0] != "(" and (aim or _whole(data[:half]))):
            heard.data = data[:half]
            heard.doubts.append(caution("double-read"))
        return


def _whole(half: str) -> bool:
    """Whether half of a text is a code by itself, so that two of it are a double read and not one longer code."""
    if half.isdigit() and half.isascii() and len(half) in _KEYS:
        return check_characters.gs1_holds(half)
    return (
        (half[:2] in ("01", "00", "02") and len(half) >= 16 and half[2:16].isdigit())
        or half[:1] == "+"
        or len(half) == 14
        or _WHOLE.match(half) is not None
    )
