"""Who may do what: every address × every role, held against a table written here, apart from the program's own."""

from __future__ import annotations

import itertools
import re

import pytest
from flask import Flask
from hypothesis import settings
from werkzeug.test import TestResponse

from api import access, create_app
from spd.core.settings import Settings
from spd.staff import Role
from tests.api.access_table import DISABLED, LETTERS, NOBODY, OPEN, expected, may, of_interface
from tests.api.asking import World
from tests.api.conftest import SECRET

PEOPLE = (*(str(role) for role in Role), NOBODY, DISABLED)
ANSWERED_ONE_IN = 1 if settings.get_current_profile_name() == "deep" else 4
NAMES = {
    "<path:name>": "index.css", "<path:filename>": "icons.svg", "<int:movement>": "1", "<report>": "departments",
    "<any(pdf,svg):kind>": "pdf", "<any(xlsx,csv):kind>": "csv", "<int:number>": "1", "<int:alarm>": "1",
    "<task>": "bars", "<period>": "2026-03", "<any(cards,sheet):kind>": "cards",
}  # fmt: skip


def asked(world: World, method: str, address: str, headers: dict[str, str]) -> TestResponse:
    path = re.sub("<.*?>", lambda found: NAMES.get(found[0], "X"), address)
    body = {"json": {}} if method == "POST" and address.startswith("/api/") else {}
    client = world.app.test_client(use_cookies=False)
    return client.open(path, method=method, headers=headers, buffered=True, **body)


def asked_in_turn(
    world: World, method: str, address: str, headers: dict[str, str], patch: pytest.MonkeyPatch, *, turn: int
) -> TestResponse:
    """The answer to one of four; of the others, whether they are let through to what would answer."""
    if turn % ANSWERED_ONE_IN == 0:
        return asked(world, method, address, headers)
    with patch.context() as only_the_gate:
        only_the_gate.setattr(world.app, "dispatch_request", lambda *_: ("", 204))
        return asked(world, method, address, headers)


def headers_of(world: World, person: str) -> dict[str, str]:
    if person == NOBODY:
        return {}
    token = world.token("auditor", disabled=True) if person == DISABLED else world.token(person)
    return {"Authorization": f"Bearer {token}"}


def test_every_address_is_in_the_table_and_nothing_else(app: Flask) -> None:
    there = {
        (method, rule.rule.replace(", ", ","))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(expected())


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_may_do_what_the_table_says_and_no_more(
    embedded: World, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, headers = expected(), headers_of(embedded, person)
    wrong = []
    for number, (method, address) in enumerate(of_interface(rows)):
        answer = asked_in_turn(embedded, method, address, headers, monkeypatch, turn=PEOPLE.index(person) + number)
        if may(rows[method, address], person):
            right = answer.status_code < 500 and answer.status_code not in (401, 403, 405)
        else:
            right = answer.status_code == (401 if person in (NOBODY, DISABLED) else 403)
        if not right:
            wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("person", [NOBODY, DISABLED, "supplier"])
def test_what_is_open_is_open_to_all(embedded: World, person: str) -> None:
    for (method, address), who in expected().items():
        if who == OPEN and method == "GET" and address not in ("/login", "/sign-on"):
            answer = asked(embedded, method, address, headers_of(embedded, NOBODY))
            assert answer.status_code in (200, 404), (address, answer.status_code)


def of_pages(rows: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    return [row for row in rows if not row[1].startswith("/api/") and rows[row] != OPEN]


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_may_open_the_pages_that_the_table_says_and_no_more(
    embedded: World, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, headers = expected(), headers_of(embedded, person)
    wrong = []
    for number, (method, address) in enumerate(of_pages(rows)):
        answer = asked_in_turn(embedded, method, address, headers, monkeypatch, turn=PEOPLE.index(person) + number)
        if may(rows[method, address], person):
            right = answer.status_code < 500 and answer.status_code not in (401, 403, 405)
        elif person == NOBODY:  # a page leads to the login; a form without a token of a page is no form
            sent = answer.status_code == 302 and answer.location.startswith("/login?next=")
            right = sent if method == "GET" else answer.status_code == 400
        else:
            right = answer.status_code == (401 if person == DISABLED else 403)
        if not right:
            wrong.append((method, address, answer.status_code))
    assert wrong == []


def test_the_people_of_this_test_are_all_there_are() -> None:
    assert set(LETTERS.values()) == {str(role) for role in Role}


@pytest.mark.parametrize("endpoint", ["uses.record", "trace.item", "pages.home", "static", "healthz"])
def test_an_address_without_a_row_keeps_the_program_from_starting(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, app: Flask
) -> None:
    named = endpoint if endpoint in access.TABLE else "health.healthz"
    monkeypatch.delitem(access.TABLE, named)
    with pytest.raises(AssertionError, match=named):
        create_app(Settings(database_url="sqlite://", secret_key=SECRET), app.extensions["spd.database"])


def test_a_row_without_an_address_keeps_the_program_from_starting(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setitem(access.TABLE, "uses.forget", access.OPEN)
    with pytest.raises(AssertionError, match=r"uses\.forget"):
        create_app(Settings(database_url="sqlite://", secret_key=SECRET), app.extensions["spd.database"])


# What belongs to cardiology, asked for by cardiology and by surgery.


PAGES = (
    "/stock",
    "/stock/as-of",
    "/stock/expiry",
    "/stock/slow",
    "/stock/search",
    "/stock/holders",
    "/stock/held",
    "/stock/write-offs",
    "/stock/returns",
    "/trace",
    "/finance",
    "/finance/encounters",
    "/finance/drgs",
    "/finance/statements",
    "/finance/export/departments.csv",
    "/finance/charges",
    "/finance/differences",
    "/finance/unsent",
)
NAMED = (
    "by",
    "at",
    "words",
    "idle_days",
    "location",
    "scan",
    "product",
    "after",
    "code",
    "lot",
    "month",
    "department",
    "product_class",
    "chargeable",
)


VALUES = ("a%00b", "9" * 30, "-1", "%ff", "'--", "0000-01", "9999-12", "%F0%9F%98%80", "x" * 300)


DATABASES = ("sqlite", "postgresql")


def test_whatever_is_asked_of_a_page_is_answered(world: World) -> None:
    """Every name on every page; the values take turns, so that each page and each name meets them all, and so do the
    two databases."""
    mine = DATABASES.index(world.database.engine.dialect.name)
    headers = world.asking("auditor").headers | {"Accept": "text/html"}
    for (turn, page), (at, name) in itertools.product(enumerate(PAGES), enumerate(NAMED)):
        if (turn + at) % len(DATABASES) != mine:
            continue
        value = VALUES[(turn + at) % len(VALUES)]
        answer = world.app.test_client().get(f"{page}?{name}={value}", headers=headers, follow_redirects=True)
        assert answer.status_code in (200, 400, 404, 422), (page, name, value, answer.status_code)
