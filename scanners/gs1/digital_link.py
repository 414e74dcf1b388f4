"""This file is GS1 Digital Link: a web address that names a thing by its identifiers.

Source: GS1 Digital Link Standard: URI Syntax 1.6.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote_to_bytes

from scanners.gs1 import facts
from scanners.gs1.element_string import as_scan
from scanners.gs1.elements import GS, Reading, missing, read_elements
from scanners.gs1.table import TABLE, Identifier
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Unreadable, caution

_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_WHOLE = re.compile(r"(?i:https?)://([A-Za-z0-9.\-:\[\]]+)(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
# Words that older links use in place of numbers. URI Syntax 1.1.2, since withdrawn but still printed.
WORDS = {
    "gtin": "01", "cpv": "22", "lot": "10", "ser": "21", "sscc": "00", "itip": "8006", "gln": "414", "party": "417",
    "glnx": "254", "gsrnp": "8017", "gsrn": "8018", "srin": "8019", "gdti": "253", "gcn": "255", "ginc": "401",
    "gsin": "402", "grai": "8003", "giai": "8004", "gmn": "8013", "cpid": "8010", "cpsn": "8011",
}  # fmt: skip
CANONICAL = "https://id.gs1.org"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_PADDED = ("01", "02")


def scan_link(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a GS1 Digital Link.

    Raises: Unreadable for any other web address.
    """
    pairs = pairs_of(heard.data)
    text = GS.join(ai + value for ai, value in pairs)
    reading = read_elements(text)
    if len({ai for ai, _ in pairs}) != len(pairs):
        reading.faults.append(caution("repeated", 0, ai=pairs[-1][0]))
    wanted = [(ai, value) for ai, value in pairs]
    return as_scan(
        raw, heard, Reading(wanted, reading.faults, reading.broken, reading.detail, reading.lacking), today, heard.data
    )


def pairs_of(uri: str) -> list[Element]:
    """The identifiers and values of a link, those of its path first.

    Raises: Unreadable for characters, an address, a path or a value that a link cannot have.
    """
    if not _URI.fullmatch(uri):
        raise Unreadable("link", 0, text=uri[:80])
    match = _WHOLE.fullmatch(uri)
    if match is None:
        raise Unreadable("link", 0, text=uri[:80])
    path, query = match[2], match[3] or ""
    pairs = _path_pairs(path)
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if equals and name.isdigit() and name.isascii():
            pairs.append(_query_pair(name, value))
    for ai, value in pairs:
        _refuse_size(ai, value)
    return pairs


def _path_pairs(path: str) -> list[Element]:
    """The rightmost primary key of the path with its qualifiers, which must be in order and reach the end."""
    segments = path.split("/")[1:]
    for at in range(len(segments) - 2, -1, -2):
        ai = WORDS.get(segments[at], segments[at])
        entry = TABLE.get(ai)
        if entry is not None and entry.paths is not None:
            names = [WORDS.get(name, name) for name in segments[at + 2 :: 2]]
            if _in_order(entry, names):
                values = [_plain(value) for value in segments[at + 1 :: 2]]
                return [(name, _padded(name, value)) for name, value in zip([ai, *names], values, strict=True)]
    raise Unreadable("link", 0, text=path[:80])


def _in_order(entry: Identifier, names: list[str]) -> bool:
    """Whether the qualifiers are some of one allowed order, in that order."""
    for order in entry.paths or ():
        rest = iter(order)
        if all(name in rest for name in names):
            return True
    return not names


def _query_pair(name: str, value: str) -> Element:
    entry = TABLE.get(name)
    if entry is None:
        raise Unreadable("ai-unknown", 0, text=name)
    if not entry.in_query:
        raise Unreadable("link", 0, text=name)
    return name, _padded(name, _plain(value.replace("+", " ")))


def _padded(ai: str, value: str) -> str:
    return value


def _plain(text: str) -> str:
    return unquote_to_bytes(text).decode("latin-1")


def _refuse_size(ai: str, value: str) -> None:
    if not value:
        raise Unreadable("ai-data-empty", 0, ai=ai)
    if len(value) > TABLE[ai].maximum:
        raise Unreadable("ai-too-long", 0, ai=ai)


__all__ = ["CANONICAL", "WORDS", "facts", "missing", "pairs_of", "scan_link"]
