"""Logging in and out: sessions of people, tokens of systems, and everything that ends them."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from spd.core.transaction import transaction
from spd.staff import Grant, Staff
from tests import build
from tests.api.asking import PROBLEM, Caller, World, is_problem
from tests.api.conftest import Hands
from tests.hashing import CHEAP, OWN, with_hasher

PASSWORD = "correct horse 电池"
HASH = CHEAP.hash(PASSWORD)
HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def world(embedded: World) -> Iterator[World]:
    """A hospital whose nurse has a password; nobody has failed to log in yet."""
    with transaction(embedded.database) as session:
        session.get_one(Staff, embedded.h.nurse.id).password_hash = HASH
    embedded.app.extensions["spd.limits"].storage.reset()
    yield embedded


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.app.test_client()


def csrf(browser: FlaskClient) -> str:
    """The token that a page of this browser carries."""
    page = browser.get("/login", headers=HTML).get_data(as_text=True)
    found = re.search(r'name="csrf[-_]token"[^>]*(?:content|value)="([^"]+)"', page)
    assert found, "the login page carries a token"
    return found[1]


def log_in(browser: FlaskClient, code: str = "nurse", password: str = PASSWORD, **said: str) -> TestResponse:
    form = {"code": code, "password": password, "csrf_token": csrf(browser)} | said
    return browser.post("/login", data=form, headers=HTML)


def me(browser: FlaskClient) -> int:
    return browser.get("/api/v1/me").status_code


def change(world: World, **columns: Any) -> None:
    with transaction(world.database) as session:
        for name, value in columns.items():
            setattr(session.get_one(Staff, world.h.nurse.id), name, value)


def test_a_person_logs_in_and_out(world: World, browser: FlaskClient) -> None:
    assert me(browser) == 401
    answer = log_in(browser)
    assert (answer.status_code, answer.location) == (302, "/")
    assert me(browser) == 200
    left = browser.post("/logout", data={"csrf_token": csrf(browser)}, headers=HTML)
    assert left.status_code == 302
    assert me(browser) == 401


def test_passwords_are_kept_as_argon2id() -> None:
    kept = OWN.hash(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert int(re.findall(r"m=(\d+)", kept)[0]) >= 19_456  # KiB, the least that OWASP advises


def test_the_cookie_is_for_our_site_and_no_script(world: World, browser: FlaskClient) -> None:
    cookie = log_in(browser).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie
    assert PASSWORD not in cookie


def test_whoever_is_wrong_is_told_the_same(world: World, browser: FlaskClient) -> None:
    change(world, disabled=False)
    with transaction(world.database) as session:
        session.add(Staff(code="gone", name="离职", password_hash=HASH, disabled=True))
    tries = [
        ("nurse", "not-it"), ("nobody", PASSWORD), ("gone", PASSWORD), ("keeper", PASSWORD), ("keeper", ""),
        ("keeper", "nobody"), ("", ""), ("nurse\x00", PASSWORD), ("文", "\x00"),
    ]  # fmt: skip
    pages = []
    for code, password in tries:
        answer = log_in(browser, code, password)
        assert answer.status_code == 403
        page = answer.get_data(as_text=True)
        assert password == "" or password not in page
        pages.append(re.sub(r'(value|content)="[^"]*"', "", page))
        assert me(browser) == 401
    assert len(set(pages)) == 1


def test_time_does_not_tell_who_exists(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_hasher(monkeypatch, OWN)
    change(world, password_hash=OWN.hash(PASSWORD))

    def seconds(code: str) -> float:
        tries = []
        for _ in range(3):
            browser = world.app.test_client()
            form = {"code": code, "password": "wrong", "csrf_token": csrf(browser)}
            began = time.perf_counter()
            browser.post("/login", data=form, headers=HTML)
            tries.append(time.perf_counter() - began)
        return statistics.median(tries)

    known, unknown = seconds("nurse"), seconds("nobody")
    assert unknown > known / 4  # without the hash of nobody it is some fifty times less


def test_ten_wrong_passwords_must_wait_and_others_need_not(world: World, browser: FlaskClient) -> None:
    with transaction(world.database) as session:
        session.add(Staff(code="other", name="他人", password_hash=HASH))
    told = [log_in(browser, password="wrong").status_code for _ in range(10)]
    assert told == [403] * 10
    late = log_in(browser)
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0
    assert me(browser) == 401
    assert log_in(browser, "NURSE ", "wrong").status_code == 429
    assert log_in(world.app.test_client(), "other").status_code == 302


def test_those_who_know_their_password_are_never_made_to_wait(world: World) -> None:
    for _ in range(12):
        assert log_in(world.app.test_client()).status_code == 302


def test_logging_in_needs_the_token_of_a_page(world: World, browser: FlaskClient) -> None:
    answer = browser.post("/login", data={"code": "nurse", "password": PASSWORD}, headers={"Accept-Language": "en"})
    is_problem(answer, 400, "csrf-token")


def test_a_write_of_a_session_needs_the_token_and_a_read_does_not(world: World, browser: FlaskClient) -> None:
    log_in(browser)
    with transaction(world.database) as session:
        code = build.packs(session, world.h, 1)[0]
    said = {"scan": code, "request_key": "0198c0de-0000-7000-8000-000000000001"}
    before = world.books()
    is_problem(browser.post("/api/v1/uses", json=said), 400, "csrf-token")
    is_problem(browser.post("/api/v1/uses", json=said, headers={"X-CSRFToken": "made up"}), 400, "csrf-token")
    assert world.books() == before
    assert browser.post("/api/v1/uses", json=said, headers={"X-CSRFToken": csrf(browser)}).status_code == 201


def test_over_https_a_page_may_write(world: World) -> None:
    """Browsers send no referrer under `no-referrer`, and the CSRF check over HTTPS wants one of our own site."""
    browser = world.app.test_client()
    secure = {"base_url": "https://spd.example"}
    page = browser.get("/login", headers=HTML, **secure)
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrf[-_]token"[^>]*(?:content|value)="([^"]+)"', page.get_data(as_text=True))
    assert token
    form = {"code": "nurse", "password": PASSWORD, "csrf_token": token[1]}
    ours, theirs = {"Referer": "https://spd.example/login"}, {"Referer": "https://evil.example/"}
    assert browser.post("/login", data=form, headers=theirs, **secure).status_code == 400
    assert browser.post("/login", data=form, headers=ours, **secure).status_code == 302


def test_a_disabled_person_is_out_at_once(world: World, browser: FlaskClient) -> None:
    log_in(browser)
    change(world, disabled=True)
    assert me(browser) == 401
    change(world, disabled=False)
    assert me(browser) == 401  # the session is over, not paused
    assert log_in(browser).status_code == 302


def test_raising_the_stamp_ends_every_session(world: World, browser: FlaskClient) -> None:
    other = world.app.test_client()
    log_in(browser)
    log_in(other)
    change(world, session_stamp=2)
    assert (me(browser), me(other)) == (401, 401)
    log_in(browser)
    assert me(browser) == 200


def test_a_role_taken_away_is_gone_at_once(world: World, browser: FlaskClient) -> None:
    log_in(browser)
    assert browser.get("/api/v1/stock?location=CARD-W").status_code == 200
    with transaction(world.database) as session:
        session.query(Grant).filter_by(staff_id=world.h.nurse.id).delete()
    is_problem(browser.get("/api/v1/stock?location=CARD-W"), 403, "not-allowed")


def test_an_idle_session_must_log_in_again(world: World, browser: FlaskClient, clock: Hands) -> None:
    log_in(browser)
    clock.now += timedelta(minutes=479)
    assert me(browser) == 200
    clock.now += timedelta(minutes=479)
    assert me(browser) == 200  # being used, it lives on
    clock.now += timedelta(minutes=481)
    assert me(browser) == 401


def test_logging_in_begins_a_new_session(world: World, browser: FlaskClient) -> None:
    """Whatever somebody put into the session before is gone: nothing of theirs is carried over."""
    with browser.session_transaction() as session:
        session.update(staff=world.h.keeper.id, planted="x", language="en")
    log_in(browser)
    with browser.session_transaction() as session:
        assert (session["staff"], "planted" in session, session["language"]) == (world.h.nurse.id, False, "en")


def test_a_cookie_that_we_did_not_sign_is_nobody(world: World, browser: FlaskClient) -> None:
    log_in(browser)
    cookie = browser.get_cookie("spd")
    assert cookie
    browser.set_cookie("spd", cookie.value[:-2] + ("AA" if not cookie.value.endswith("AA") else "BB"))
    assert me(browser) == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/\n/evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)", "http:evil.example",
        "/%09/evil.example", "///evil.example", "evil.example",
    ],
)  # fmt: skip
def test_no_address_leads_to_another_site(world: World, wanted: str) -> None:
    browser = world.app.test_client()
    answer = log_in(browser, next=wanted)
    assert answer.status_code == 302
    location = answer.location.replace("\t", "").replace("\n", "").replace("\\", "/")
    assert location.startswith("/"), location
    assert not location.startswith("//"), location
    language = browser.post("/language", data={"next": wanted, "csrf_token": csrf(browser)}, headers=HTML)
    assert not language.location.replace("\t", "").replace("\\", "/").startswith("//")


def test_a_page_of_ours_is_gone_on_to(world: World, browser: FlaskClient) -> None:
    sent = browser.get("/stock?location=L-CARD", headers=HTML)
    assert sent.location == "/login?next=/stock?location%3DL-CARD"
    assert log_in(browser, next="/stock?location=L-CARD").location == "/stock?location=L-CARD"


@pytest.mark.parametrize("path", ["/login", "/api/v1/me", "/api/v1/nothing", "/healthz", "/docs"])
def test_every_answer_carries_the_headers_that_keep_it_safe(world: World, browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers or "Python" not in headers["Server"]


@pytest.mark.parametrize("how", [{"days": -1}, {"revoked": True}, {"disabled": True}])
def test_a_token_that_no_longer_holds_is_nobody(world: World, how: dict[str, Any]) -> None:
    caller = Caller(world, {"Authorization": f"Bearer {world.token('nurse', **how)}", "Accept-Language": "en"})
    answer = caller.get("/me")
    is_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer wrong", "Basic bnVyc2U6eA==", "bearer \xff", "X" * 5000]
)
def test_what_is_no_token_is_nobody(world: World, header: str) -> None:
    answer = world.app.test_client().get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.mimetype) == (401, PROBLEM)


def test_a_wrong_token_is_not_helped_by_a_good_session(world: World, browser: FlaskClient) -> None:
    log_in(browser)
    assert browser.get("/api/v1/me", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_only_the_digest_of_a_token_is_kept(world: World) -> None:
    token = world.token("nurse")
    with transaction(world.database) as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM tokens").all()
    assert rows
    assert token not in str(rows)
