"""This file is what the nouns of the interface share: they take what is documented and nothing else, and say what
may be refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import marshmallow
from flask import abort
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

READ_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
WRITE_REFUSED = (HTTPStatus.BAD_REQUEST, *READ_REFUSED, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class Parser(FlaskParser):
    """Refuses names it does not know, in the address too: a filter misspelt would answer with everything."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": marshmallow.RAISE}

    def _raw_load_json(self, req: Any) -> Any:
        try:
            return super()._raw_load_json(req)
        except RecursionError:
            abort(HTTPStatus.BAD_REQUEST)  # brackets within brackets, deeper than anything that is meant


def _refuse_nul(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Nothing has a code with a NUL in it, and PostgreSQL takes no such text."""
    if values and any("\x00" in value for value in values.values() if isinstance(value, str)):
        abort(HTTPStatus.NOT_FOUND)


class Noun(Blueprint):  # type: ignore[misc]
    """One noun: its routes, in the order of its file."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, name, url_prefix=f"/api/v1/{name}", description=description)
        self._prepare_doc_cbks.append(self._prepare_refusals)
        self.url_value_preprocessor(_refuse_nul)

    def _prepare_refusals(self, doc: dict[str, Any], _info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
        for status in READ_REFUSED if method == "get" else WRITE_REFUSED:
            doc.setdefault("responses", {}).setdefault(str(int(status)), status.name)
        return doc
