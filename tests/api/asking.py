"""This file is asking: a small hospital behind the real application, and people who ask it over HTTP.

Every answer of the interface is held against its own OpenAPI document.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import jsonschema
from flask import Flask
from sqlalchemy import TextClause, select, text
from werkzeug.test import TestResponse

from spd.core.base import Base
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.ledger import Item
from spd.places import Department
from spd.staff import Grant, Staff, Token
from tests import build
from tests.build import Hospital

PROBLEM = "application/problem+json"
_CHINESE = re.compile("[一-鿿]")


def digest(token: str) -> bytes:
    """What is kept of a bearer token."""
    return hashlib.sha256(token.encode()).digest()


def label(code: str) -> str:
    """What a scanner sends for an item: our own label as it is, a supplier's as its element string."""
    di, dot, serial = code.partition(".")
    return f"]d201{di}1728093010L1\x1d21{serial}" if dot else code


@dataclass
class World:
    """One hospital, its database, and the application in front of it."""

    app: Flask
    database: Database
    h: Hospital
    _tokens: dict[Any, str] = field(default_factory=dict)

    def asking(self, role: str | None, department: Department | None = None, language: str = "en") -> Caller:
        """Somebody who holds one role (everywhere, or in a department); None is nobody."""
        headers = {"Accept-Language": language}
        if role is not None:
            headers["Authorization"] = f"Bearer {self.token(role, department=department)}"
        return Caller(self, headers)

    def token(self, *roles: str, department: Department | None = None, **more: Any) -> str:
        """The token of a person with these roles, who is there from now on."""
        known = (roles, department.id if department else None, tuple(more))
        if known not in self._tokens:
            self._tokens[known] = self._engage(roles, department, **more)
        return self._tokens[known]

    def _engage(
        self, roles: tuple[str, ...], department: Department | None, *, disabled: bool = False, days: int = 1,
        revoked: bool = False,
    ) -> str:  # fmt: skip
        token = uuid4().hex
        place = department.id if department else None
        with transaction(self.database) as session:
            staff = Staff(code=f"{'-'.join(roles)[:40]}-{token[:8]}", name="某某", disabled=disabled)
            session.add(staff)
            session.flush()  # its number goes into what follows
            session.add_all(Grant(staff_id=staff.id, role=role, department_id=place) for role in roles)
            until = build.NOW + timedelta(days=days)
            session.add(
                Token(staff_id=staff.id, name="test", digest=digest(token), expires_at=until, revoked=revoked)
            )  # fmt: skip
        return token

    def books(self) -> dict[str, Any]:
        """How many rows every table has, and every item as it stands."""
        with reading(self.database) as session:
            told: dict[str, Any] = dict(session.execute(_counted()).mappings().one())
            items = select(Item.code, Item.version, Item.quantity, Item.state).order_by(Item.id)
            return told | {"as they stand": [tuple(row) for row in session.execute(items)]}

    def problems(self) -> list[Any]:
        """What is wrong with goods or money."""
        with reading(self.database) as session:
            return list(build.problems(session))


@cache
def _counted() -> TextClause:
    """How many rows each table has, in one statement: without people, and without what was refused."""
    tables = [
        table.name
        for table in Base.metadata.sorted_tables
        if table.name not in ("staff", "grants", "tokens", "interceptions")
    ]
    return text("SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}") AS "{name}"' for name in tables))


@dataclass
class Caller:
    """Somebody who asks."""

    world: World
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._told(self._client().get(f"/api/v1{path}", query_string=query, headers=self.headers))

    def post(self, path: str, said: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """A write under a key of its own, unless one is given."""
        body = {"request_key": str(uuid4())} | (said or {})
        return self.send(path, {name: value for name, value in body.items() if value is not ...}, **more)

    def send(self, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **raw: Any) -> TestResponse:
        """A body as it is; `data` and `content_type` for one that is no JSON."""
        said = {"json": body} if body is not None else raw
        answer = self._client().post(f"/api/v1{path}", headers=self.headers | (headers or {}), **said)
        return self._told(answer)

    def patch(self, path: str, said: dict[str, Any]) -> TestResponse:
        """A change of what is there, under a key of its own."""
        body = {"request_key": str(uuid4())} | said
        return self._told(self._client().patch(f"/api/v1{path}", headers=self.headers, json=body))

    def refused(self, path: str, said: dict[str, Any], status: int, code: str) -> dict[str, Any]:
        """The problem, after it was seen that it is told in both languages and that nothing was done."""
        before = self.world.books()
        told = is_problem(self.post(path, said, headers={"Accept-Language": "en"}), status, code)
        in_chinese = is_problem(self.post(path, said, headers={"Accept-Language": "zh-CN"}), status, code)
        assert told["detail"] != in_chinese["detail"]
        assert _CHINESE.search(in_chinese["detail"])
        assert self.world.books() == before
        return told

    def _client(self) -> Any:
        return self.world.app.test_client(use_cookies=False)

    def _told(self, answer: TestResponse) -> TestResponse:
        conforms(self.world.app, answer)
        return answer


def is_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal. Source: RFC 9457."""
    told: dict[str, Any] = answer.get_json(force=True)
    assert (answer.status_code, told.get("code")) == (status, code), told
    assert answer.mimetype == PROBLEM
    assert told["status"] == status
    assert told["type"] == f"urn:spd:problem:{code}"
    assert told["detail"]
    assert told["verdict"] in ("stop", "caution", "repeat")
    return told


def spec_of(app: Flask) -> dict[str, Any]:
    """The OpenAPI document, read once for each application."""
    if "spec of tests" not in app.extensions:
        app.extensions["spec of tests"] = app.test_client().get("/api/v1/openapi.json").get_json()
    spec: dict[str, Any] = app.extensions["spec of tests"]
    return spec


def conforms(app: Flask, answer: TestResponse) -> None:
    """Hold an answer against what the document says of its operation, status and media type."""
    spec = spec_of(app)
    with app.test_request_context(answer.request.path, method=answer.request.method) as context:
        rule = context.request.url_rule
    if rule is None:
        return
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
    said = spec["paths"][path][answer.request.method.lower()]["responses"]
    response = said.get(str(answer.status_code)) or said["default"]
    if "$ref" in response:
        response = spec["components"]["responses"][response["$ref"].rpartition("/")[2]]
    media = response["content"]
    assert answer.mimetype in media, f"{answer.mimetype} is not documented for {path} {answer.status_code}"
    if "json" in answer.mimetype:
        schema = {"components": spec["components"], **media[answer.mimetype]["schema"]}
        validator = jsonschema.Draft202012Validator(schema)
        errors = [error.message for error in validator.iter_errors(answer.get_json(force=True))]
        assert errors == [], f"{path}: {errors}"
