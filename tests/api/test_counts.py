"""Stocktakes over HTTP: planned, counted blind, reviewed, approved by another, closed; every write safe to repeat."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World, is_problem, label


@pytest.fixture
def counter(embedded: World) -> Caller:
    return embedded.asking("finance")


@pytest.fixture
def chief(embedded: World) -> Caller:
    return embedded.asking("quality")


@pytest.fixture
def goods(embedded: World) -> dict[str, Any]:
    with transaction(embedded.database) as session:
        bulk = build.gauze(session, embedded.h)
        stents = build.stents(session, embedded.h, 2, at=embedded.h.store)
    return {"bulk": bulk, "stents": stents}


def planned(chief: Caller, **more: Any) -> str:
    said = {"kind": "location", "locations": ["STORE"]} | more
    answer = chief.post("/counts", said)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["code"])


def test_a_count_from_plan_to_close(embedded: World, counter: Caller, chief: Caller, goods: dict[str, Any]) -> None:
    code = planned(chief)
    assert chief.get("/counts", state="planned").get_json()["counts"][0]["code"] == code
    begun = counter.post(f"/counts/{code}/places", {"location": "L-STORE"})
    assert (begun.status_code, begun.get_json()["location"]) == (201, "STORE")
    for scan, more in ((goods["bulk"], {"quantity": 46}), (label(goods["stents"][0]), {})):
        line = counter.post(f"/counts/{code}/lines", {"location": "STORE", "scan": scan} | more)
        assert (line.status_code, line.get_json()["finding"]) == (201, "ok")
        assert "book" not in line.get_json()
    is_problem(chief.get(f"/counts/{code}/differences"), 409, "wrong-step")  # blind
    assert counter.post(f"/counts/{code}/finish").get_json()["state"] == "review"
    told = chief.get(f"/counts/{code}/differences").get_json()
    assert {(one["finding"], one["difference"], one["recount"]) for one in told["differences"]} == {
        ("ok", -4, True), ("missing", -1, True),
    }  # fmt: skip
    another = embedded.asking("head_nurse")  # neither who counted first, nor who keeps the store
    for scan, quantity in ((goods["bulk"], 46), (label(goods["stents"][1]), 0)):
        again = another.post(f"/counts/{code}/recounts", {"location": "STORE", "scan": scan, "quantity": quantity})
        assert again.status_code == 201, again.get_json()
    subjects = [one["subject"] for one in told["differences"]]
    chief.post(f"/counts/{code}/reasons", {"reasons": [{"subject": one, "reason": "lost"} for one in subjects]})
    seen = chief.get(f"/counts/{code}/differences").get_json()["seen"]
    chief.refused(f"/counts/{code}/approve", {"seen": seen, "charged_to": "nobody"}, 404, "unknown-staff")
    me = chief.get("/me").get_json()["code"]
    done = chief.post(f"/counts/{code}/approve", {"seen": seen, "charged_to": me})
    assert (done.status_code, done.get_json()["losses"], done.get_json()["lost"]) == (201, 2, "8614.00")
    assert done.get_json()["charged"] == "8614.00"
    decided = chief.get(f"/counts/{code}/differences").get_json()["differences"]
    assert sorted(one["adjusted"] for one in decided) == [-4, -1]
    assert chief.post(f"/counts/{code}/close").get_json()["state"] == "closed"


def test_sent_again_with_its_key_every_step_is_told_the_same(
    embedded: World, counter: Caller, chief: Caller, goods: dict[str, Any]
) -> None:
    plan = {"request_key": str(uuid4()), "kind": "location", "locations": ["STORE"]}
    code = chief.post("/counts", plan).get_json()["code"]
    assert chief.post("/counts", plan).get_json()["code"] == code
    chief.refused("/counts", plan | {"kind": "special"}, 409, "key-reused")
    said = {"request_key": str(uuid4()), "location": "STORE", "scan": goods["bulk"], "quantity": 50}
    first = counter.post(f"/counts/{code}/lines", said).get_json()
    before = embedded.books()
    assert counter.post(f"/counts/{code}/lines", said).get_json() == first | {"repeated": True}
    assert embedded.books() == before
    counter.refused(f"/counts/{code}/lines", said | {"quantity": 49}, 409, "key-reused")


def test_what_was_found_elsewhere_is_carried_over_when_asked(
    embedded: World, counter: Caller, chief: Caller, goods: dict[str, Any]
) -> None:
    code = planned(chief, locations=["CARD-W"])
    said = {"location": "CARD-W", "scan": label(goods["stents"][0])}
    found = counter.post(f"/counts/{code}/lines", said).get_json()
    assert (found["finding"], found["booked_at"]) == ("elsewhere", "中心库")
    moved = counter.post(f"/counts/{code}/lines", said | {"move": True, "request_key": str(uuid4())}).get_json()
    assert moved["finding"] == "ok"
    assert embedded.asking("auditor").get(f"/items/{goods['stents'][0]}").get_json()["location_code"] == "CARD-W"


def test_loose_goods_without_a_number_are_refused_and_nothing_is_kept(
    counter: Caller, chief: Caller, goods: dict[str, Any]
) -> None:
    code = planned(chief)
    counter.refused(f"/counts/{code}/lines", {"location": "STORE", "scan": goods["bulk"]}, 422, "quantity-needed")


def test_who_counted_may_not_approve(embedded: World, chief: Caller, goods: dict[str, Any]) -> None:
    code = planned(chief, locations=["SURG-T"])
    chief.post(f"/counts/{code}/places", {"location": "SURG-T"})
    chief.post(f"/counts/{code}/finish")
    chief.refused(f"/counts/{code}/approve", {}, 403, "same-person")


def test_what_is_due_is_told_by_place_and_tier(chief: Caller, goods: dict[str, Any]) -> None:
    due = chief.get("/counts/due").get_json()["due"]
    assert {(one["location"], one["tier"], one["products"]) for one in due} == {
        ("STORE", "daily", 1),
        ("STORE", "C", 1),
    }
    code = planned(chief, kind="calendar", tier="daily")
    assert chief.get(f"/counts/{code}").get_json()["tier"] == "daily"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"kind": "location", "locations": []}, 422, "nothing-to-count"),
        ({"kind": "location", "locations": ["NOWHERE"]}, 404, "unknown-location"),
        ({"kind": "special", "locations": ["STORE"], "products": ["NOTHING"]}, 404, "unknown-product"),
        ({"kind": "everything"}, 422, "invalid"),
        ({"kind": "location", "locations": ["STORE"], "rounds": 3}, 422, "invalid"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(chief: Caller, said: dict[str, Any], status: int, code: str) -> None:
    chief.refused("/counts", said, status, code)
