"""This file is the one error of this library, and the milder doubt that a reading may carry."""

from __future__ import annotations

from typing import NamedTuple

from scanners import sentences


class Unreadable(ValueError):
    """The input is no code that may be acted on.

    position: where reading stopped, counted from 0 in the cleaned text; code: stable, for programs; zh, en: for people.
    """

    def __init__(self, code: str, position: int = 0, **facts: str) -> None:
        super().__init__(code, position)
        self.code = code
        self.position = position
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.en} (at {self.position})"

    @property
    def zh(self) -> str:
        """What is wrong, in Chinese."""
        return sentences.zh(self.code, self.facts)

    @property
    def en(self) -> str:
        """What is wrong, in English."""
        return sentences.en(self.code, self.facts)


class Caution(NamedTuple):
    """A doubt about a code that was read all the same: `check-digit`, `date`, `ambiguous` …"""

    code: str
    position: int = 0
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def zh(self) -> str:
        """The doubt in Chinese."""
        return sentences.zh(self.code, dict(self.facts))

    @property
    def en(self) -> str:
        """The doubt in English."""
        return sentences.en(self.code, dict(self.facts))


def refuse_other_scripts(data: str) -> None:
    """Refuse a text with a character outside ASCII, which no printed code holds and an input method makes.

    Digits of other scripts count as digits to Python, and not all of them are numbers. Raises: Unreadable.
    """
    if not data.isascii():
        raise Unreadable("input-method", next(at for at, character in enumerate(data) if character > "\x7f"))


def caution(code: str, position: int = 0, **facts: str) -> Caution:
    """The doubt, with the facts its sentence names."""
    return Caution(code, position, tuple(facts.items()))
