"""This file is the filters of lists: typed, chosen, by day; of a query a condition, of other rows what is in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_


@dataclass(frozen=True)
class Words:
    """A filter that is typed."""

    name: str
    label: str
    where: Callable[[str], ColumnElement[bool]] | None = None
    type: str = "search"
    default: str = ""
    """What holds where nothing is typed."""
    text: Callable[[Any], str] | None = None
    """Where the list is no query: the text of a row in which every word is to be found."""


@dataclass(frozen=True)
class Choice:
    """A filter that is chosen: (value, words) pairs; the empty value is all, where no `default` holds."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    where: Callable[[str], ColumnElement[bool]] | None = None
    default: str = ""
    of: Callable[[Any], str] | None = None
    """Where the list is no query: the value of a row."""


@dataclass(frozen=True)
class DayFrom:
    """A filter by day, from or until: `where` is given the day."""

    name: str
    label: str
    where: Callable[[date], ColumnElement[bool]] | None = None
    type: str = "date"
    default: str = ""


Filter = Words | Choice | DayFrom


def anywhere(*columns: Any) -> Callable[[str], ColumnElement[bool]]:
    """The condition that what is typed stands in one of these columns."""
    return lambda words: or_(*(column.icontains(words, autoescape=True) for column in columns))


def is_sound(one: Filter, value: str) -> bool:
    """Whether the filter knows what to do with the value; others are left aside."""
    if isinstance(one, Choice):
        return value in [option for option, _words in one.options]
    if isinstance(one, DayFrom):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return "\x00" not in value


def condition(one: Filter, value: str) -> ColumnElement[bool] | None:
    """What the filter asks of a query; None where it asks nothing."""
    if one.where is None:
        return None
    return one.where(date.fromisoformat(value)) if isinstance(one, DayFrom) else one.where(value)


def holds(one: Filter, row: Any, value: str) -> bool:
    """Whether a row of a list that is no query is what the filter asks for."""
    if isinstance(one, Words) and one.text is not None:
        text = one.text(row).casefold()
        return all(word in text for word in value.casefold().split())
    if isinstance(one, Choice) and one.of is not None:
        return one.of(row) == value
    return True
