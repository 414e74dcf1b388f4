"""This file is the rules of every identifier made ready for reading: patterns compiled, runs and choices spelt out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from scanners.calendar_days import is_yymmd0, is_yymmdd
from scanners.gs1 import facts
from scanners.gs1.coupons import Found
from scanners.gs1.linters import RULES, Rule
from scanners.unreadable import Caution, caution

_CHARACTERS = {"n": "[0-9]", "x": r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]""", "y": r"[#\-/0-9A-Z]", "z": "[-_0-9A-Za-z=]"}
_PART = re.compile(r"([nxyz])([0-9]+)(?:-([0-9]+))?((?:\.[a-z0-9]+)*)(\?)?")
_DAYS: dict[str, Callable[[str], bool]] = {"yymmd0": is_yymmd0, "yymmdd": is_yymmdd}
Check = tuple[int, str, Rule]  # group of the pattern, name of the rule, the rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One application identifier and what its value must be.

    width: characters of the identifier; minimum, maximum: characters of the value; fixed: they are equal, and digits;
    predefined: no separator is needed after it;
    bit: a number with one bit set, which is this identifier's;
    sound: whether a value breaks nothing; fullmatch: of the whole value, a group for each part;
    shape: the same whatever the characters; checks: in order;
    plain: only characters and length count, so that what begins a sound value is sound if it is long enough;
    one_of: identifiers of which any is company enough; sets: else one of each group of one of these must be there;
    bars: identifiers it must not stand with; all in bits; lacking: what is said where it has no company that it needs;
    paths: orders of qualifiers in a link, None if it cannot open one; in_query: may be an attribute of a link.
    """

    ai: str
    width: int
    minimum: int
    maximum: int
    fixed: bool
    predefined: bool
    bit: int
    sound: Callable[[str], object]
    fullmatch: Callable[[str], re.Match[str] | None]
    shape: re.Pattern[str]
    checks: tuple[Check, ...]
    plain: bool
    one_of: int = 0
    sets: tuple[tuple[int, ...], ...] = ()
    lacking: Caution | None = None
    bars: int = 0
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


def _soundness(
    parts: list[re.Match[str]], fullmatch: Callable[[str], re.Match[str] | None], checks: tuple[Check, ...]
) -> Callable[[str], object]:
    """Whether a value breaks nothing. Numbers with a check digit and days, which nearly every label has, are quick."""
    if not checks:
        return fullmatch
    if len(parts) == len(checks) == 1:
        name, size = checks[0][1], int(parts[0][2])
        if name == "csum" and checks[0][2] is _csum:
            return _number_of(size)
        if name in _DAYS:
            return _DAYS[name]

    def sound(value: str) -> bool:
        match = fullmatch(value)
        if match is None:
            return False
        for group, _, rule in checks:
            part = match[group]
            if part is not None and rule(part) is not None:
                return False
        return True

    return sound


def _number_of(size: int) -> Callable[[str], bool]:
    """Whether a value is so many digits of which the last is the check digit."""
    remainder = 48 * (size + 2 * (size // 2)) % 10  # the codes of digits begin at 48, and each counts by its weight

    def sound(value: str) -> bool:
        if len(value) != size or not (value.isdigit() and value.isascii()):
            return False
        codes = value.encode()
        return (3 * sum(codes[-2::-2]) + sum(codes[::-2])) % 10 == remainder

    return sound


def _matching(pattern: str, bits: dict[str, int]) -> int:
    wanted = re.compile(pattern.replace("n", "[0-9]"))
    return sum(bit for ai, bit in bits.items() if wanted.fullmatch(ai))


def _compile(ai: str, row: facts.Row, bits: dict[str, int]) -> Identifier:
    parts = [match for match in map(_PART.fullmatch, row.format.split()) if match]
    assert len(parts) == len(row.format.split()), row
    pattern, shape = _patterns(parts)
    fullmatch, checks = re.compile(pattern).fullmatch, _checks(parts)
    needs = tuple(tuple(_matching(word, bits) for word in choice.split("+")) for choice in row.needs.split())
    return Identifier(
        ai=ai,
        width=len(ai),
        minimum=sum(int(part[2]) for part in parts if not part[5]),
        maximum=sum(int(part[3] or part[2]) for part in parts),
        fixed=all(part[1] == "n" and not (part[3] or part[5]) for part in parts),
        predefined=ai[:2] in facts.PREDEFINED_LENGTH,
        bit=bits[ai],
        sound=_soundness(parts, fullmatch, checks),
        fullmatch=fullmatch,
        shape=re.compile(shape),
        checks=checks,
        plain=len(parts) == 1 and not checks,
        one_of=reduce(or_, (choice[0] for choice in needs if len(choice) == 1), 0),
        sets=tuple(choice for choice in needs if len(choice) > 1),
        lacking=caution("missing-companion", 0, ai=ai, other=row.needs.replace(" ", ",")) if needs else None,
        bars=reduce(or_, (_matching(word, bits) for word in row.bars.split()), 0) & ~bits[ai],
        paths=None if row.link is None else tuple(tuple(p.split(",")) if p else () for p in row.link.split("|")),
        in_query=ai not in facts.NOT_IN_QUERY,
    )


def _table() -> dict[str, Identifier]:
    rows = [(ai, row) for row in _rows() for ai in _spell(row.ais)]
    bits = {ai: 1 << number for number, (ai, _) in enumerate(rows)}
    assert len(bits) == len(rows), "an identifier stands twice in the facts"
    return {ai: _compile(ai, row, bits) for ai, row in sorted(rows)}


TABLE: dict[str, Identifier] = _table()
LENGTHS: dict[str, int] = {ai[:2]: len(ai) for ai in TABLE}  # GS1: the first two digits settle how long the rest is
SHORT: dict[str, Identifier] = {ai: entry for ai, entry in TABLE.items() if len(ai) == 2}
LONG: dict[str, Identifier] = {ai: entry for ai, entry in TABLE.items() if len(ai) > 2}
KEYS: frozenset[str] = frozenset(row.ais for row in facts.KEYS)
