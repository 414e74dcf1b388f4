"""This file is a query's constants as part of its text: only what was named with `bindparam` is sent with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, literal_column
from sqlalchemy.sql.visitors import replacement_traverse


def written_in(query: Select[Any]) -> Select[Any]:
    """The query with its constants written into it, for what is asked thousands of times an hour.

    Each constant is otherwise sent anew with every question; and a text of more than 4,096 characters, as those of many
    constants are, is taken apart anew by the driver each time.
    """
    replaced: Select[Any] = replacement_traverse(query, {}, _constant)
    return replaced


def _constant(part: Any, **_: Any) -> ColumnElement[Any] | None:
    """A constant as text; None leaves a part as it is."""
    if not isinstance(part, BindParameter) or part.required or part.callable is not None or part.expanding:
        return None
    if type(part.value) is int:
        return literal_column(str(part.value), part.type)
    if isinstance(part.value, str) and not set(part.value) & set("'\\:%"):
        return literal_column(f"'{part.value}'", part.type)
    return None
