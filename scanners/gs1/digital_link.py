"""This file is GS1 Digital Link: a web address that names a thing by its identifiers.

Source: GS1 Digital Link Standard: URI Syntax 1.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import unquote_to_bytes

from scanners.gs1.element_string import as_scan
from scanners.gs1.elements import GS, Reading, judge
from scanners.gs1.table import TABLE, Identifier
from scanners.scan import Element, Scan
from scanners.transport import Heard
from scanners.unreadable import Caution, Unreadable, caution

CANONICAL = "https://id.gs1.org"
# Words that an earlier edition allowed in place of numbers; still printed, no longer right.
WORDS = {
    "gtin": "01", "cpv": "22", "lot": "10", "ser": "21", "sscc": "00", "itip": "8006", "gln": "414", "party": "417",
    "glnx": "254", "gsrnp": "8017", "gsrn": "8018", "srin": "8019", "gdti": "253", "gcn": "255", "ginc": "401",
    "gsin": "402", "grai": "8003", "giai": "8004", "gmn": "8013", "cpid": "8010", "cpsn": "8011",
}  # fmt: skip
_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_WHOLE = re.compile(r"(https?|HTTPS?|(?i:https?))://([A-Za-z0-9.\-:\[\]]+)(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_QUALIFIERS = frozenset(name for entry in TABLE.values() for order in entry.paths or () for name in order)
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def scan_link(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a GS1 Digital Link.

    A GTIN whose zeros were left off is filled up, with a warning.
    Raises: Unreadable for any other web address, or a value that its identifier cannot have.
    """
    pairs, faults = read_link(heard.data)
    reading = judge(pairs)
    whole = Reading(pairs, faults + reading.faults, reading.broken, reading.lacking)
    return as_scan(raw, heard, whole, today, heard.data)


def read_link(uri: str) -> tuple[list[Element], list[Caution]]:
    """The identifiers and values of a link, those of its path first, and what breaks the standard.

    Raises: Unreadable for characters, an address, a path or a value that a link cannot have.
    """
    match = _WHOLE.fullmatch(uri) if _ALLOWED.fullmatch(uri) else None
    if match is None:
        raise Unreadable("link", 0, text=uri[:80])
    faults: list[Caution] = []
    if match[1] not in ("http", "https", "HTTP", "HTTPS"):
        faults.append(caution("link", 0, text=match[1]))
    path = _path_pairs(match[3], faults)
    query = list(_query_pairs(match[4])) if match[4] else []
    if query:
        in_path, names = [ai for ai, _ in path], [ai for ai, _ in query]
        for ai in names:
            if ai in in_path or names.count(ai) > 1:
                faults.append(caution("repeated", 0, ai=ai))
            elif ai in _QUALIFIERS and _belongs_in_path(in_path, ai):
                faults.append(caution("link", 0, text=f"?{ai}="))
    return [(ai, _fitting(ai, value, faults)) for ai, value in path + query], faults


def _path_pairs(path: str, faults: list[Caution]) -> list[Element]:
    """The rightmost primary key of the path with its qualifiers, which must be in order and reach the end."""
    segments = path.split("/")[1:]
    for at in range(len(segments) - 2, -1, -2):
        ai = WORDS.get(segments[at], segments[at])
        entry = TABLE.get(ai)
        if entry is None or entry.paths is None:
            continue
        names = [WORDS.get(name, name) for name in segments[at + 2 :: 2]]
        if not _in_order(entry, names):
            break
        if not WORDS.keys().isdisjoint(segments[at::2]):
            faults.append(caution("link", 0, text=path[:80]))
        values = [_decoded(value) for value in segments[at + 1 :: 2]]
        return list(zip([ai, *names], values, strict=True))
    raise Unreadable("link", 0, text=path[:80])


def _in_order(entry: Identifier, names: list[str]) -> bool:
    """Whether the qualifiers are some of one allowed order, in that order."""
    for order in entry.paths or ():
        rest = iter(order)
        if all(name in rest for name in names):
            return True
    return not names


def _query_pairs(query: str) -> Iterable[Element]:
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not equals or not (name.isdigit() and name.isascii()):
            continue  # other parameters are none of GS1's business
        entry = TABLE.get(name)
        if entry is None:
            raise Unreadable("ai-unknown", 0, text=name)
        if not entry.in_query:
            raise Unreadable("link", 0, text=f"?{name}=")
        yield name, _decoded(value.replace("+", " "))


def _belongs_in_path(names: list[str], ai: str) -> bool:
    """Whether the identifier could have been a qualifier of this path, and so may not be an attribute."""
    key = TABLE[names[0]]
    return any(_in_order(key, [*names[1:place], ai, *names[place:]]) for place in range(1, len(names) + 1))


def _fitting(ai: str, value: str, faults: list[Caution]) -> str:
    if not value:
        raise Unreadable("ai-data-empty", 0, ai=ai)
    if len(value) > TABLE[ai].maximum:
        raise Unreadable("ai-too-long", 0, ai=ai)
    if GS in value:
        raise Unreadable("character", 0, ai=ai)
    if ai in ("01", "02") and value.isdigit() and len(value) in (8, 12, 13):
        faults.append(caution("ai-length", 0, ai=ai))
        return value.zfill(14)
    return value


def _decoded(text: str) -> str:
    """The text with its percent signs resolved; one that opens no two hexadecimal digits stands for itself."""
    return unquote_to_bytes(text).decode("latin-1") if "%" in text else text


def encoded(text: str, *, in_query: bool = False) -> str:
    """The text as a link's path or query carries it."""
    plus = text.replace(" ", "\0") if in_query else text
    return "".join(c if c in _PLAIN else "+" if c == "\0" else f"%{ord(c):02X}" for c in plus)


def link_of(elements: Iterable[Element], stem: str = CANONICAL) -> str:
    """The link of these elements: the first key among them and its qualifiers in the path, the rest in the query.

    Raises: ValueError where there is no key, or an element may stand neither in this path nor in a query.
    """
    said = dict(elements)
    key = next((ai for ai in said if ai in TABLE and TABLE[ai].paths is not None), None)
    if key is None:
        raise ValueError("A link needs a key such as (01), (00) or (8004)")
    orders = [[ai for ai in order if ai in said] for order in TABLE[key].paths or ()]
    path = [key, *max(orders, key=len, default=[])]
    rest = [ai for ai in said if ai not in path]
    for ai in rest:
        if ai not in TABLE or not TABLE[ai].in_query:
            raise ValueError(f"({ai}) may not stand in this link")
    text = stem.rstrip("/") + "".join(f"/{ai}/{encoded(said[ai])}" for ai in path)
    query = "&".join(f"{ai}={encoded(said[ai], in_query=True)}" for ai in rest)
    return f"{text}?{query}" if query else text
