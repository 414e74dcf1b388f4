"""This file is the rules of every identifier made ready for reading: patterns compiled, runs and choices spelt out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from scanners.gs1 import facts
from scanners.gs1.coupons import Found
from scanners.gs1.linters import RULES, Rule

_CHARACTERS = {"n": "[0-9]", "x": r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]""", "y": r"[#\-/0-9A-Z]", "z": "[-_0-9A-Za-z=]"}
_PART = re.compile(r"([nxyz])([0-9]+)(?:-([0-9]+))?((?:\.[a-z0-9]+)*)(\?)?")
_REMEMBERED = frozenset(("csum", "yymmd0", "yymmdd", "hh", "hhmi"))
Check = tuple[int, str, Rule]  # group of the pattern, name of the rule, the rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One application identifier and what its value must be.

    width: characters of the identifier; minimum, maximum: characters of the value;
    predefined: no separator is needed after it;
    sound: whether a value breaks nothing; fullmatch: of the whole value, a group for each part;
    shape: the same whatever the characters; checks: in order;
    needs: choices of sets of identifiers of which one must wholly be there; bars: identifiers it must not stand with;
    paths: orders of qualifiers in a link, None if it cannot open one; in_query: may be an attribute of a link.
    """

    ai: str
    width: int
    minimum: int
    maximum: int
    predefined: bool
    sound: Callable[[str], object]
    fullmatch: Callable[[str], re.Match[str] | None]
    shape: re.Pattern[str]
    checks: tuple[Check, ...]
    needs: tuple[tuple[frozenset[str], ...], ...] = ()
    needs_text: str = ""
    bars: frozenset[str] = field(default_factory=frozenset)
    paths: tuple[tuple[str, ...], ...] | None = None
    in_query: bool = True


def _spell(text: str) -> list[str]:
    """The identifiers of a list with runs: `410-413 416`."""
    found: list[str] = []
    for word in text.split():
        first, _, last = word.partition("-")
        found += [str(n).zfill(len(first)) for n in range(int(first), int(last or first) + 1)]
    return found


def _measures(runs: str, needs: str) -> Iterator[facts.Row]:
    for kind in _spell(runs):
        yield facts.Row(f"{kind}0-{kind}5", "n6", needs, f"{kind}n")


def _rows() -> Iterator[facts.Row]:
    yield from facts.KEYS + facts.PRODUCT + facts.PRICES + facts.PLACES + facts.PEOPLE
    yield from _measures(facts.OF_TRADE_ITEM, facts.TRADE)
    yield from _measures(facts.OF_SHIPPING_UNIT, "00 01")
    yield from _measures(facts.OF_ONE_ITEM, "01")


def _patterns(parts: list[re.Match[str]]) -> tuple[str, str]:
    pattern = shape = ""
    for part in parts:
        low, high = part[2], part[3] or part[2]
        times = f"{{{low}}}" if low == high else f"{{{low},{high}}}"
        pattern += f"({_CHARACTERS[part[1]]}{times})" + (part[5] or "")
        shape += f"(?s:.{times})" + (part[5] or "")
    return pattern, shape


def _checks(parts: list[re.Match[str]]) -> tuple[Check, ...]:
    checks: list[Check] = []
    for group, part in enumerate(parts, start=1):
        names = part[4].split(".")[1:] + (["cset64"] if part[1] == "z" else [])
        digits = part[1] == "n" and int(part[2]) > 4
        # A long number begins with a company prefix by being digits, and those were matched already.
        checks += [(group, name, _csum if digits and name == "csum" else RULES[name])
                   for name in names if not (digits and name.startswith("key"))]  # fmt: skip
    return tuple(checks)


def _csum(digits: str) -> Found:
    """The rule `csum` for what is known to be digits."""
    codes = digits.encode()  # of 48 to 57, so 48 goes off once for each weight
    threes = len(codes) // 2
    if (3 * sum(codes[-2::-2]) + sum(codes[::-2]) - 48 * (2 * threes + len(codes))) % 10 == 0:
        return None
    return "INCORRECT_CHECK_DIGIT", len(digits) - 1, 1


def _soundness(fullmatch: Callable[[str], re.Match[str] | None], checks: tuple[Check, ...]) -> Callable[[str], object]:
    """Whether a value breaks nothing; numbers and days that were judged lately are remembered."""
    if not checks:
        return fullmatch

    def sound(value: str) -> bool:
        match = fullmatch(value)
        if match is None:
            return False
        return all(match[group] is None or rule(match[group]) is None for group, _, rule in checks)

    # A hospital has some 15,000 products and as many days; texts, such as serials, hardly come twice.
    remembered = all(name in _REMEMBERED for _, name, _ in checks)
    return lru_cache(maxsize=16_384)(sound) if remembered else sound


def _matching(pattern: str, known: frozenset[str]) -> frozenset[str]:
    if "n" not in pattern:
        return frozenset((pattern,))
    wanted = re.compile(pattern.replace("n", "[0-9]"))
    return frozenset(ai for ai in known if wanted.fullmatch(ai))


def _compile(ai: str, row: facts.Row, known: frozenset[str]) -> Identifier:
    parts = [match for match in map(_PART.fullmatch, row.format.split()) if match]
    assert len(parts) == len(row.format.split()), row
    pattern, shape = _patterns(parts)
    fullmatch, checks = re.compile(pattern).fullmatch, _checks(parts)
    return Identifier(
        ai=ai,
        width=len(ai),
        minimum=sum(int(part[2]) for part in parts if not part[5]),
        maximum=sum(int(part[3] or part[2]) for part in parts),
        predefined=ai[:2] in facts.PREDEFINED_LENGTH,
        sound=_soundness(fullmatch, checks),
        fullmatch=fullmatch,
        shape=re.compile(shape),
        checks=checks,
        needs=tuple(tuple(_matching(word, known) for word in choice.split("+")) for choice in row.needs.split()),
        needs_text=row.needs.replace(" ", ","),
        bars=frozenset().union(*(_matching(word, known) for word in row.bars.split())) - {ai},
        paths=None if row.link is None else tuple(tuple(p.split(",")) if p else () for p in row.link.split("|")),
        in_query=ai not in facts.NOT_IN_QUERY,
    )


def _table() -> dict[str, Identifier]:
    rows = [(ai, row) for row in _rows() for ai in _spell(row.ais)]
    known = frozenset(ai for ai, _ in rows)
    assert len(known) == len(rows), "an identifier stands twice in the facts"
    return {ai: _compile(ai, row, known) for ai, row in sorted(rows)}


TABLE: dict[str, Identifier] = _table()
LENGTHS: dict[str, int] = {ai[:2]: len(ai) for ai in TABLE}  # GS1: the first two digits settle how long the rest is
SHORT: dict[str, Identifier] = {ai: entry for ai, entry in TABLE.items() if len(ai) == 2}
LONG: dict[str, Identifier] = {ai: entry for ai, entry in TABLE.items() if len(ai) > 2}
KEYS: frozenset[str] = frozenset(row.ais for row in facts.KEYS)
