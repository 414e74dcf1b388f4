"""Bodies, addresses and headers that no program of ours sends: each is refused as what it is, and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.identity import WrongPassword, check_password
from spd.core.transaction import glance, transaction
from tests import build
from tests.api.asking import PROBLEM, World, is_problem

WRITES = [
    "/uses", "/reversals", "/receipts", "/packs", "/dispatches", "/transfers", "/deliveries", "/scans",
    "/deliveries/N-1/close", "/dispatches/D-1/sign",
]  # fmt: skip
MALFORMED = [
    b"", b"{", b"null", b"[]", b'"text"', b"7", b"\xff\xfe", b"{'scan': 1}", b'{"scan": NaN', b"[" * 100_000,
    b'{"scan":' * 50_000, "{\"scan\": \"扫\"".encode("gbk"),
]  # fmt: skip
ROLES = ("storekeeper", "buyer", "nurse", "head_nurse", "integration", "porter")


@pytest.mark.parametrize("path", WRITES)
def test_what_is_no_json_object_is_refused(embedded: World, path: str) -> None:
    before = embedded.books()
    caller = embedded.asking(None)
    caller.headers["Authorization"] = f"Bearer {embedded.token(*ROLES)}"
    for body in MALFORMED:
        answer = caller.send(path, data=body, content_type="application/json")
        codes = {400: {"bad-request"}, 422: {"invalid", "request-key-missing"}}
        assert is_problem(answer, answer.status_code, answer.get_json()["code"])["code"] in codes[answer.status_code]
    assert embedded.books() == before


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_what_is_not_sent_as_json_is_refused(embedded: World, media: str) -> None:
    caller = embedded.asking("nurse")
    answer = caller.send("/uses", data=b'{"scan": "X"}', content_type=media)
    is_problem(answer, 422, "invalid")


def test_more_than_sixteen_megabytes_are_refused(embedded: World) -> None:
    answer = embedded.asking("nurse").send("/uses", data=b" " * (16 * 1024 * 1024 + 1), content_type="application/json")
    is_problem(answer, 413, "request-entity-too-large")


@pytest.mark.parametrize("path", ["/items", "/trace", "/products", "/encounters", "/deliveries", "/dispatches"])
@pytest.mark.parametrize(
    "code", ["%00", "a%00b", "%ff%fe", "..%2f..%2fetc%2fpasswd", "'--", "%F0%9F%98%80", "x" * 5000]
)
def test_an_address_of_nothing_is_not_found(world: World, path: str, code: str) -> None:
    caller = world.asking("auditor")
    answer = world.app.test_client().get(f"/api/v1{path}/{code}", headers=caller.headers)
    assert answer.status_code == 404
    assert answer.mimetype == PROBLEM


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/uses", {}), ("/uses", {"month": "2026-13"}), ("/uses", {"month": "2026-03", "departmnet": "CARD"}),
        ("/items", {"location": "STORE", "limit": 0}), ("/items", {"location": "STORE", "limit": 501}),
        ("/items", {"location": "STORE", "after": -1}), ("/items", {"location": "STORE", "after": 10**40}),
        ("/products", {"q": ""}), ("/products", {"q": "a\x00"}),
        ("/costs/departments", {"month": "2026-03", "chargeable": 7}),
        ("/costs/departments", {"month": "2026-03", "product_class": "drug"}), ("/journal", {"movement": "one"}),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_refused(embedded: World, path: str, query: dict[str, Any]) -> None:
    is_problem(embedded.asking("auditor").get(path, **query), 422, "invalid")


def test_a_method_that_is_not_taken_is_told_with_those_that_are(embedded: World) -> None:
    answer = embedded.app.test_client().delete("/api/v1/uses", headers=embedded.asking("nurse").headers)
    is_problem(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_an_address_that_is_not_there_is_a_problem_too(embedded: World) -> None:
    is_problem(embedded.app.test_client().get("/api/v1/nothing"), 404, "not-found")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), min_size=1, max_size=60))
def test_whatever_is_scanned_is_answered(embedded: World, text: str) -> None:
    caller = embedded.asking("nurse")
    for path in ("/scans", "/uses"):
        answer = caller.post(path, {"scan": text, "request_key": ...} if path == "/scans" else {"scan": text})
        assert answer.status_code in (200, 400, 404, 422), text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scan=st.text(st.characters(codec="ascii"), min_size=1, max_size=40), more=st.text(min_size=1, max_size=40))
def test_both_databases_take_whatever_is_said(world: World, scan: str, more: str) -> None:
    caller = world.asking("nurse")
    answer = caller.post("/uses", {"scan": scan, "encounter": more, "department": more})
    assert answer.status_code in (400, 404, 422), (scan, more)


def test_nobody_has_a_name_with_a_nul(world: World) -> None:
    with glance(world.database) as db, pytest.raises(WrongPassword):
        check_password(db, "nur\x00se", "x")


def test_a_name_with_every_kind_of_sign_is_found(world: World) -> None:
    with transaction(world.database) as session:
        build.note(session, world.h, world.h.gauzes, ("GAUZE", 1), code="N/2026 #1?%&'\"<é文")
    caller = world.asking("buyer")
    answer = caller.get("/deliveries/N%2F2026%20%231%3F%25%26'%22%3C%C3%A9%E6%96%87")
    assert answer.get_json()["code"] == "N/2026 #1?%&'\"<é文"
