"""This file is every way to read an element string whose separators the device may have swallowed."""

from __future__ import annotations

import re

from scanners.gs1.elements import Reading, reading_of
from scanners.gs1.table import LENGTHS, TABLE, Identifier
from scanners.scan import Element

MOST_SPLITS = 256  # a person chooses among two or three; more only says that the label must be read by eye
_LONGEST = 400  # characters; the largest GS1 Data Matrix that is printed on supplies carries fewer
_SECONDS = {first: "".join(sorted(pair[1] for pair in LENGTHS if pair[0] == first)) for first in "0123456789"}
# Where two digits stand that open an identifier.
_MARKS = re.compile("(?=" + "|".join(f"{first}[{seconds}]" for first, seconds in _SECONDS.items() if seconds) + ")")
Steps = dict[int, list[tuple[Element, int]]]


def splits(data: str, at: int, before: list[Element]) -> list[Reading]:
    """Every sound reading of `data`, which has no separator, if one may be missing after any value that needs one.

    at: where the first such value's identifier stands; before: the elements up to there. The reading that misses none
    comes first. Source: GenSpecs 7.8.6, read backwards.
    """
    end = len(data)
    if end > _LONGEST:
        return []
    marks = [hit.start() for hit in _MARKS.finditer(data, at + 3)]
    steps = _steps(data, at, marks)
    good = _reaching(steps, end)
    if at not in good:
        return []
    found: list[Reading] = []
    _walk(steps, good, before, at, end, found)
    return found


def may_be_cut(data: str, at: int) -> bool:
    """Whether an identifier could stand inside the value that follows the identifier at `at`."""
    return _MARKS.search(data, at + 3) is not None


def _steps(data: str, at: int, marks: list[int]) -> Steps:
    """From every place that can be reached, the elements that may stand there and the place after each."""
    end = len(data)
    steps: Steps = {}
    waiting = {at}
    while waiting:
        at = min(waiting)
        waiting.discard(at)
        entry = TABLE.get(data[at : at + LENGTHS.get(data[at : at + 2], 2)])
        if entry is None:
            continue
        start = at + entry.width
        first, last = start + entry.minimum, start + entry.maximum
        steps[at] = here = []
        for stop in (end, *reversed(marks)) if first < last else (last,):
            if first <= stop <= last and _fits(entry, data[start:stop]):
                here.append(((entry.ai, data[start:stop]), stop))
                if stop < end:
                    waiting.add(stop)
    return steps


def _fits(entry: Identifier, value: str) -> bool:
    match = entry.fullmatch(value)
    if match is None:
        return False
    return all(match[group] is None or rule(match[group]) is None for group, _, rule in entry.checks)


def _reaching(steps: Steps, end: int) -> set[int]:
    """The places from which some reading comes to the end."""
    good = {end}
    for at in sorted(steps, reverse=True):
        if any(stop in good for _, stop in steps[at]):
            good.add(at)
    return good


def _walk(steps: Steps, good: set[int], path: list[Element], at: int, end: int, found: list[Reading]) -> None:
    if at == end:
        reading = reading_of(path)
        if reading.sound:
            found.append(reading)
        return
    for element, stop in steps[at]:
        # Nobody prints an identifier twice on purpose; a cut that makes two of one is chance.
        if stop in good and len(found) < MOST_SPLITS and element[0] not in [ai for ai, _ in path]:
            _walk(steps, good, [*path, element], stop, end, found)
