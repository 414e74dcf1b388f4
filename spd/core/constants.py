"""This file is a query's constants as part of its text: only what was named with `bindparam` is sent with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Select, literal_column
from sqlalchemy.sql.visitors import replacement_traverse


def written_in(query: Select[Any]) -> Select[Any]:
    """The query with its constants written into it, for what is asked thousands of times an hour.

    Each constant is otherwise sent anew with every question, and PostgreSQL plans without knowing it.
    """
    replaced: Any = replacement_traverse(query, {}, _constant)
    return replaced  # type: ignore[no-any-return]


def _constant(element: Any, **_: Any) -> Any:
    """A constant as text; None leaves a part as it is."""
    if not isinstance(element, BindParameter) or element.required or element.callable is not None or element.expanding:
        return None
    if type(element.value) is int:
        return literal_column(str(element.value), element.type)
    if isinstance(element.value, str) and not set(element.value) & set("'\\:%"):
        return literal_column(f"'{element.value}'", element.type)
    return None
