"""This file is ranges of lots and serials as notices state them: one code, or all from one to another.

B9 comes before B10: runs of digits are compared as numbers, all else as capitals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from spd.core.errors import Refused

Range = tuple[str, str]
_PARTS = re.compile(r"\d+|\D+")
_BETWEEN = re.compile(r"\s*(?:\.\.+|~|～|…|至)\s*")
_APART = re.compile(r"[\n,;，；、\t]+")


class BadRange(Refused):
    """The range runs backwards, or has no end."""

    code = "bad-range"
    say = {
        "zh": "范围 {said} 不对: 应为 起..止, 起在前。核对通知后重填。",
        "en": "Range {said} cannot be: write first..last, the lower one first. Check the notice.",
    }


def order(code: str) -> tuple[tuple[int, int, str], ...]:
    """What codes are put in order by."""
    return tuple((0, int(part), "") if part[0].isdigit() else (1, 0, part) for part in _PARTS.findall(code.upper()))


def within(code: str, ranges: Sequence[Sequence[str]]) -> bool:
    """Whether a code is in one of the ranges, ends included."""
    if not code:
        return False
    place = order(code)
    return any(order(first) <= place <= order(last) for first, last in ranges)


def ranges_of(text: str) -> list[Range]:
    """The ranges a text states: codes and first..last, by line or comma. Raises: BadRange."""
    found: list[Range] = []
    for said in filter(None, (part.strip() for part in _APART.split(text))):
        ends = _BETWEEN.split(said)
        if len(ends) > 2 or not all(ends) or order(ends[0]) > order(ends[-1]):
            raise BadRange(said=said)
        found.append((ends[0], ends[-1]))
    return found


def written(ranges: Sequence[Sequence[str]]) -> str:
    """The ranges as people write them."""
    return ", ".join(first if first == last else f"{first}..{last}" for first, last in ranges)
