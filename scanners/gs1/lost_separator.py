"""This file is every way to read an element string whose separators the device may have swallowed."""

from __future__ import annotations

import re

from scanners.gs1.elements import company_of, reading_of
from scanners.gs1.table import LENGTHS, LONG, SHORT, TABLE
from scanners.scan import Element

MOST_SPLITS = 256  # a person chooses among two or three; more only says that the label must be read by eye
_LONGEST = 400  # characters; the largest GS1 Data Matrix that is printed on supplies carries fewer
_SECONDS = {first: "".join(sorted(pair[1] for pair in LENGTHS if pair[0] == first)) for first in "0123456789"}
# Where two digits stand that open an identifier.
_MARKS = re.compile("(?=" + "|".join(f"{first}[{seconds}]" for first, seconds in _SECONDS.items() if seconds) + ")")
# By place: an element, where it ends, its identifier's bit, and the bits of those it bars.
Steps = dict[int, list[tuple[Element, int, int, int]]]


def splits(data: str, at: int, before: list[Element]) -> list[list[Element]]:
    """Every sound reading of `data`, which has no separator, if one may be missing after any value that needs one; none
    where no identifier can stand inside such a value.

    at: where the first such value's identifier stands; before: the elements up to there. The reading that misses none
    comes first. Source: GenSpecs 7.8.6, read backwards.
    """
    end = len(data)
    two = data[at : at + 2]
    entry = SHORT.get(two) or LONG.get(data[at : at + LENGTHS.get(two, 0)])
    if entry is None or entry.predefined or at + entry.width + entry.minimum > end or end > _LONGEST:
        return []
    steps = _steps(data, at)
    if len(steps) < 2 or at not in steps or not reading_of(before).sound:
        return []
    found: list[list[Element]] = []
    _walk(steps, before, company_of(TABLE[ai] for ai, _ in before), (at, end), found)
    signed = [elements for elements in found if any(ai == "8030" for ai, _ in elements)]
    return [elements for elements in found if elements not in signed or reading_of(elements).sound] if signed else found


def _steps(data: str, at: int) -> Steps:
    """From every place from which some reading leads on to the end, the elements that may stand there and their ends.

    Found from the end backwards, so that a value is only tried where something sound follows it.
    """
    end = len(data)
    steps: Steps = {}
    good = [end]  # the last first
    short, long, lengths = SHORT.get, LONG.get, LENGTHS.get
    for place in (*reversed([hit.start() for hit in _MARKS.finditer(data, at + 3)]), at):
        two = data[place : place + 2]
        entry = short(two) or long(data[place : place + lengths(two, 0)])
        if entry is None:
            continue
        start = place + entry.width
        first, last = start + entry.minimum, start + entry.maximum
        if first > end or (place == at and not steps):
            continue
        stops = [stop for stop in good if first <= stop <= last]
        if not (entry.plain and stops and entry.sound(data[start : stops[0]])):  # else all are as sound as the longest
            stops = [stop for stop in stops if entry.sound(data[start:stop])]
        here = [((entry.ai, data[start:stop]), stop, entry.bit, entry.bars) for stop in stops]
        if here:
            steps[place] = here
            good.append(place)
    return steps


def _walk(
    steps: Steps, path: list[Element], company: tuple[int, int], way: tuple[int, int], found: list[list[Element]]
) -> None:
    """Add every way on from `path` in which no identifier excludes another.

    company: the bits of the identifiers on it, and of those they bar; way: where it has come to, and the end.
    """
    at, end = way
    there, barred = company
    for element, stop, bit, bars in steps[at]:
        # Nobody prints an identifier twice on purpose; a cut that makes two of one is chance.
        if there & (bit | bars) or barred & bit:
            continue
        if len(found) >= MOST_SPLITS:
            return
        if stop == end:
            found.append([*path, element])
        else:
            _walk(steps, [*path, element], (there | bit, barred | bars), (stop, end), found)
