"""This file is what columns are called, by us in zh and en and by files of others, from which a mapping is guessed."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("headers.csv")
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
_SIGNS = re.compile(r"[\s*_\-:：/\\.]+")


@cache
def names() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Our columns: what each is called in zh and en, and by others."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["column"]: (row["zh"], row["en"], tuple(filter(None, row["others"].split("|"))))
            for row in csv.DictReader(file)
        }


def title(column: str, *, english: bool) -> str:
    """What a column of ours is called."""
    named = names().get(column)
    return column.replace("_", " ") if named is None else named[1] if english else named[0]


def guess(columns: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Which of our columns each of theirs is, by its name; each of ours once. What is not recognised is left out."""
    words = {name: _words(name) for name in known}
    found: dict[str, str] = {}
    for exact in (True, False):
        for theirs in columns:
            if theirs in found:
                continue
            ours = _match(_plain(theirs), words, exact=exact)
            if ours is not None and ours not in found.values():
                found[theirs] = ours
    return found


def is_heading(cells: Mapping[str, str]) -> bool:
    """Whether a row, by our columns, is one of headings again, as files in two languages have: two of its cells and
    more than half of them name the column they stand in."""
    told = {column: cell for column, cell in cells.items() if cell}
    named = sum(1 for column, cell in told.items() if guess([cell], [column]))
    return named > 1 and named * 2 > len(told)


def _words(name: str) -> tuple[str, ...]:
    zh, en, others = names().get(name, ("", "", ()))
    return (_plain(name), *(_plain(word) for word in (zh, en, *others) if word))


def _match(said: str, words: dict[str, tuple[str, ...]], *, exact: bool) -> str | None:
    """Our column of this name: its own or its title first, then those of other senders."""
    for name, known in words.items():
        if said in (known[:3] if exact else known):
            return name
    return None


def _plain(text: str) -> str:
    """A name without case, width, signs and what stands in brackets: “单价(元) *” is 单价."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SIGNS.sub("", _BRACKETS.sub("", folded) or folded)
