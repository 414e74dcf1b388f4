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
    if not isinstance(element, BindParameter) or element.required or element.callable is not None:
        return None
    several = list(element.value or ()) if element.expanding else [element.value]
    texts = [text for one in several if (text := _text(one)) is not None]
    if not texts or len(texts) != len(several):
        return None
    return literal_column(f"({', '.join(texts)})" if element.expanding else texts[0], element.type)


def _text(value: Any) -> str | None:
    """A number or a harmless word as SQL has it; None for all else."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and not set(value) & set("'\\:%"):
        return f"'{value}'"
    return None
