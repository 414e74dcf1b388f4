"""This file is what a check found: which rule is broken, at which row, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One broken invariant. `row` is the number (or key) of the exact row in `table`."""

    check: str
    table: str
    row: str
    says: str
