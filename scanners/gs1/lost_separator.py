"""This file is every way to read an element string whose separators the device may have swallowed."""

from __future__ import annotations

from functools import lru_cache

from scanners.gs1.elements import read_elements
from scanners.gs1.table import LENGTHS, TABLE
from scanners.scan import Element

MOST_SPLITS = 256  # a person chooses among two or three; more only says that the label must be read by eye
_MOST_STEPS = 20_000


@lru_cache(maxsize=65_536)
def _fits(ai: str, value: str) -> bool:
    entry = TABLE[ai]
    match = entry.pattern.fullmatch(value)
    if match is None:
        return False
    return all(match[group] is None or rule(match[group]) is None for group, _, rule in entry.checks)


def splits(data: str) -> list[tuple[Element, ...]]:
    """Every sound reading of `data`, which has no separator, if one may be missing after any value that needs one.

    The reading that misses none comes first. Source: GenSpecs 7.8.6, read backwards.
    """
    search = _Search(data)
    search.walk(0, [])
    return search.found


class _Search:
    """A walk over all cuts, remembering the places from which no reading reaches the end."""

    def __init__(self, data: str) -> None:
        self.data = data
        self.found: list[tuple[Element, ...]] = []
        self.dead: set[int] = set()
        self.steps = 0

    def walk(self, at: int, path: list[Element]) -> bool:
        """Whether any reading reached the end from here."""
        data = self.data
        if at == len(data):
            if _sound_together(path):
                self.found.append(tuple(path))
            return True
        if at in self.dead or len(self.found) >= MOST_SPLITS:
            return False
        ai = data[at : at + LENGTHS.get(data[at : at + 2], 2)]
        entry = TABLE.get(ai)
        reached = False
        if entry is not None:
            start = at + len(ai)
            longest = min(len(data) - start, entry.maximum)
            for length in range(longest, entry.minimum - 1, -1):
                stop = start + length
                if self._may_cut(stop, entry.predefined) and _fits(ai, data[start:stop]):
                    path.append((ai, data[start:stop]))
                    reached |= self.walk(stop, path)
                    path.pop()
        if not reached:
            self.dead.add(at)
        return reached

    def _may_cut(self, stop: int, predefined: bool) -> bool:
        """Whether a value may end here: at the end, or where another identifier begins."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            return False
        data = self.data
        if stop == len(data):
            return True
        if stop in self.dead:
            return False
        return data[stop : stop + LENGTHS.get(data[stop : stop + 2], 2)] in TABLE


def _sound_together(path: list[Element]) -> bool:
    """Whether the elements do not exclude or contradict each other."""
    if len({ai for ai, _ in path}) != len(path):
        return False  # nobody prints an identifier twice on purpose; a cut that makes two is chance
    return read_elements("\x1d".join(ai + value for ai, value in path)).sound
