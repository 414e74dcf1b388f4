"""This file is GS1 Digital Link: a web address that names a thing by its identifiers.

Source: GS1 Digital Link Standard: URI Syntax 1.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import combinations

from scanners.gs1.element_string import as_scan
from scanners.gs1.elements import GS, Reading, judge, read_sound
from scanners.gs1.table import TABLE
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
_SIGNS = r"A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%"
_WHOLE = re.compile(
    rf"([Hh][Tt][Tt][Pp][Ss]?)://[A-Za-z0-9.\-:\[\]]+(/[{_SIGNS}]*)(?:\?([{_SIGNS}?]*))?(?:#[{_SIGNS}?#]*)?"
)
# By the key that opens a path: every choice of its qualifiers, in order.
_OPENS = {
    ai: frozenset(some for order in entry.paths for size in range(len(order) + 1) for some in combinations(order, size))
    for ai, entry in TABLE.items()
    if entry.paths is not None
}
_OPENS |= {word: _OPENS[ai] for word, ai in WORDS.items() if ai in _OPENS}
_RAISED = re.compile(r"HTTPS?://[A-Z0-9.\-:]+(/.*)", re.DOTALL)
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_QUALIFIERS = frozenset(name for entry in TABLE.values() for order in entry.paths or () for name in order)
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def scan_link(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a GS1 Digital Link.

    A GTIN whose zeros were left off is filled up, with a warning.
    Raises: Unreadable for any other web address, or a value that its identifier cannot have.
    """
    if heard.symbology is None and heard.data[:4] == "HTTP":
        _turn_back(heard)
    pairs, faults = _pairs(heard.data.rstrip(" "))
    if heard.data[-1:] == " " or raw[:1] == " ":
        faults.append(caution("space", len(heard.data)))
    reading = read_sound(pairs)
    if reading is None:
        pairs = [(ai, _fitting(ai, value, faults)) for ai, value in pairs]
        judged = judge(pairs)
        reading = Reading(pairs, judged.faults, judged.broken, judged.lacking)
    if faults:
        reading.faults = faults + reading.faults
    return as_scan(raw, heard, reading, today, heard.data)


def _turn_back(heard: Heard) -> None:
    """Letters as they are printed, where Caps Lock turned them: scheme and host are upper case and what follows is not.

    A link in capitals throughout is left: QR codes are printed so because they are smaller.
    """
    match = _RAISED.fullmatch(heard.data)
    if match is not None and (rest := _PERCENT.sub("", match[1])) != rest.upper():
        heard.data = heard.data.swapcase()
        heard.doubts.append(caution("caps-lock"))


def _pairs(uri: str) -> tuple[list[Element], list[Caution]]:
    """The identifiers and values of a link, those of its path first, and what breaks the standard.

    Raises: Unreadable for characters, an address or a path that a link cannot have.
    """
    match = _WHOLE.fullmatch(uri)
    if match is None:
        raise Unreadable("link", 0, text=uri[:80])
    faults: list[Caution] = []
    if match[1] not in ("http", "https", "HTTP", "HTTPS"):
        faults.append(caution("link", 0, text=match[1]))
    path = _path_pairs(match[2], faults)
    if match[3]:
        query = _query_pairs(match[3])
        _judge_query([ai for ai, _ in path], [ai for ai, _ in query], faults)
        path += query
    return path, faults


def _judge_query(in_path: list[str], names: list[str], faults: list[Caution]) -> None:
    """What stands in the query and in the path too, twice in the query, or there though it belongs in the path."""
    seen = set(in_path)
    for ai in names:
        if ai in seen:
            faults.append(caution("repeated", 0, ai=ai))
        elif ai in _QUALIFIERS and _belongs_in_path(in_path, ai):
            faults.append(caution("link", 0, text=f"?{ai}="))
        seen.add(ai)


def _path_pairs(path: str, faults: list[Caution]) -> list[Element]:
    """The rightmost primary key of the path with its qualifiers, which must be in order and reach the end."""
    segments = path.split("/")
    for at in range(len(segments) - 2, 0, -2):
        orders = _OPENS.get(segments[at])
        if orders is None:
            continue
        names = segments[at::2]
        if not WORDS.keys().isdisjoint(names):
            faults.append(caution("link", 0, text=path[:80]))
            names = [WORDS.get(name, name) for name in names]
        if tuple(names[1:]) not in orders:
            break
        values = segments[at + 1 :: 2]
        return list(zip(names, map(_decoded, values) if "%" in path else values, strict=True))
    raise Unreadable("link", 0, text=path[:80])


def _query_pairs(query: str) -> list[Element]:
    pairs: list[Element] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not equals or not (name.isdigit() and name.isascii()):
            continue  # other parameters are none of GS1's business
        entry = TABLE.get(name)
        if entry is None:
            raise Unreadable("ai-unknown", 0, text=name)
        if not entry.in_query:
            raise Unreadable("link", 0, text=f"?{name}=")
        value = value.replace("+", " ")
        pairs.append((name, _decoded(value) if "%" in value else value))
    return pairs


def _belongs_in_path(names: list[str], ai: str) -> bool:
    """Whether the identifier could have been a qualifier of this path, and so may not be an attribute."""
    orders = _OPENS[names[0]]
    return any((*names[1:place], ai, *names[place:]) in orders for place in range(1, len(names) + 1))


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
    return _PERCENT.sub(lambda hit: chr(int(hit[1], 16)), text)


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
