"""This file is what a policy is: a question that each hospital answers for itself, with an answer to begin with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy: its default, the values it may take, what it means."""

    name: str
    default: int | str | bool | list[int]
    zh: str
    en: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000
    addresses: bool = False
    """Whether its value is addresses that mail goes to, with blanks between; empty is nobody."""
    rules: str = ""
    """Where its value is rules with blanks between, the first that fits holding: the pattern of one."""
