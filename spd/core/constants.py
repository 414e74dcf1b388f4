"""This file is queries that are asked thousands of times an hour: their constants are part of their text, and what they
are compiled to is found without looking at all that they consist of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Select, literal_column
from sqlalchemy.sql.visitors import replacement_traverse

_DATABASES = 8


class Often:
    """A query that is asked often, with nothing in it that differs but what was named with `bindparam`."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._options = {"compiled_cache": _Compiled()}

    def ask(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """What it finds for these values, below the ORM."""
        return connection.execute(self._query, dict(values), execution_options=self._options)


class _Compiled(dict[Any, Any]):
    """What one query is compiled to, for each database and set of parameters.

    The cache of an engine is asked with the whole query for a key, and each time all its columns and joins are hashed:
    7 % of what a scan takes of our processor. Here there is one query, which is no part of the key.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """What the query of this cache is compiled to."""
        dialect, _query, *rest = key
        return super().get((dialect, *rest), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= _DATABASES:
            self.clear()  # a process speaks to one or two
        dialect, _query, *rest = key
        super().__setitem__((dialect, *rest), compiled)


def written_in(query: Select[Any]) -> Select[Any]:
    """The query with its constants written into it: only what was named with `bindparam` is sent with it.

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
