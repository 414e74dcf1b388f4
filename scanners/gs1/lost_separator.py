"""This file is every way to read an element string whose separators the device may have swallowed."""

from __future__ import annotations

import re

from scanners.gs1.elements import Reading, reading_of
from scanners.gs1.table import LENGTHS, TABLE
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
    if at not in steps:
        return []
    found: list[Reading] = []
    _walk(steps, before, at, end, found)
    return found


def may_be_cut(data: str, at: int) -> bool:
    """Whether an identifier could stand inside the value that follows the identifier at `at`."""
    return _MARKS.search(data, at + 3) is not None


def _steps(data: str, at: int, marks: list[int]) -> Steps:
    """From every place that some reading leads on to the end, the elements that may stand there and the place after.

    Found from the end backwards, so that a value is only tried where something sound follows it.
    """
    end = len(data)
    steps: Steps = {}
    good = [end]  # the last first
    for place in (*reversed(marks), at):
        entry = TABLE.get(data[place : place + LENGTHS.get(data[place : place + 2], 2)])
        if entry is None:
            continue
        start = place + entry.width
        first, last = start + entry.minimum, start + entry.maximum
        sound, ai = entry.sound, entry.ai
        here = [((ai, data[start:stop]), stop) for stop in good if first <= stop <= last and sound(data[start:stop])]
        if here:
            steps[place] = here
            good.append(place)
    return steps


def _walk(steps: Steps, path: list[Element], at: int, end: int, found: list[Reading]) -> None:
    if at == end:
        reading = reading_of(path)
        if reading.sound:
            found.append(reading)
        return
    for element, stop in steps[at]:
        # Nobody prints an identifier twice on purpose; a cut that makes two of one is chance.
        if len(found) < MOST_SPLITS and element[0] not in [ai for ai, _ in path]:
            _walk(steps, [*path, element], stop, end, found)
