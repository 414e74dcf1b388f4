"""This file is pages of a list: one row more than asked was read, to know whether there is a next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Row = TypeVar("Row")


def paged(name: str, rows: Sequence[Row], limit: int, key: Callable[[Row], int]) -> dict[str, Any]:
    """The page under its name, and where the next one begins, or None."""
    kept = rows[:limit]
    return {name: kept, "next": key(kept[-1]) if len(rows) > limit else None}
