"""Totes and transfers over HTTP: sent, signed for, carried."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World, is_problem


@pytest.fixture
def porter(embedded: World) -> Caller:
    return embedded.asking("porter")


@pytest.fixture
def nurse(embedded: World) -> Caller:
    return embedded.asking("nurse", embedded.h.cardiology)


def packs(world: World, number: int = 2, *, at: str = "store") -> list[str]:
    with transaction(world.database) as session:
        return build.packs(session, world.h, number, at=getattr(world.h, at))


def test_a_tote_is_sent_and_signed_for(embedded: World, porter: Caller, nurse: Caller) -> None:
    codes = packs(embedded)
    sent = porter.post("/dispatches", {"items": codes, "to": "CARD-W"})
    assert (sent.status_code, sent.get_json()["items"]) == (201, codes)
    seal = sent.get_json()["code"]
    assert nurse.get(f"/dispatches/{seal}").get_json()["waiting"] == codes
    signed = nurse.post(f"/dispatches/{seal}/sign", {"location": "CARD-W"})
    assert (signed.status_code, signed.get_json()["items"], signed.get_json()["missing"]) == (201, codes, [])
    assert nurse.get(f"/dispatches/{seal}").get_json()["waiting"] == []


def test_totes_are_listed_by_how_far_they_are(embedded: World, porter: Caller, nurse: Caller) -> None:
    codes = packs(embedded, 3)
    first, second = (
        porter.post("/dispatches", {"items": some, "to": "CARD-W"}).get_json()["code"]
        for some in (codes[:2], codes[2:])
    )
    nurse.post(f"/dispatches/{first}/sign", {"location": "CARD-W", "items": codes[:1]})
    told = nurse.get("/dispatches", limit=1).get_json()
    assert [(one["code"], one["state"], one["to"]) for one in told["dispatches"]] == [(second, "waits", "CARD-W")]
    told = nurse.get("/dispatches", after=told["next"]).get_json()
    (partly,) = told["dispatches"]
    assert (partly["code"], partly["state"], partly["items"], partly["signed"], partly["waiting"]) == (
        first, "partly", 2, 1, 1,
    )  # fmt: skip
    assert (partly["origin"], told["next"], bool(partly["signed_by"])) == ("STORE", None, True)
    assert [one["code"] for one in nurse.get("/dispatches", state="waits").get_json()["dispatches"]] == [second]
    assert embedded.asking("nurse", embedded.h.surgery).get("/dispatches").get_json()["dispatches"] == []
    is_problem(nurse.get("/dispatches", state="lost"), 422, "invalid")


def test_sent_again_with_its_key_a_tote_is_told_the_same(embedded: World, porter: Caller, nurse: Caller) -> None:
    codes = packs(embedded)
    said = {"request_key": str(uuid4()), "items": codes, "to": "CARD-W"}
    first = porter.post("/dispatches", said).get_json()
    before = embedded.books()
    assert porter.post("/dispatches", said).get_json() == first | {"repeated": True}
    assert embedded.books() == before
    porter.refused("/dispatches", said | {"items": codes[:1]}, 409, "key-reused")
    signing = {"request_key": str(uuid4()), "location": "CARD-W", "items": codes[:1]}
    signed = nurse.post(f"/dispatches/{first['code']}/sign", signing).get_json()
    assert signed["missing"] == codes[1:]
    assert nurse.post(f"/dispatches/{first['code']}/sign", signing).get_json() == signed | {"repeated": True}
    nurse.refused(f"/dispatches/{first['code']}/sign", signing | {"items": codes}, 409, "key-reused")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"to": "NOWHERE"}, 404, "unknown-location"), ({"items": ["P000000000000"]}, 404, "unknown-item"),
        ({"items": []}, 422, "invalid"), ({"items": "P"}, 422, "invalid"), ({"items": ["码"]}, 400, "unreadable"),
        ({"items": [5]}, 422, "invalid"), ({"seal": "D1"}, 422, "invalid"), ({"to": ""}, 422, "invalid"),
    ],
)  # fmt: skip
def test_a_tote_that_cannot_be_sent_is_refused(
    embedded: World, porter: Caller, said: dict[str, Any], status: int, code: str
) -> None:
    porter.refused("/dispatches", {"items": packs(embedded), "to": "CARD-W"} | said, status, code)


def test_what_is_on_its_way_is_not_sent_again(embedded: World, porter: Caller) -> None:
    said = {"items": packs(embedded), "to": "CARD-W"}
    porter.post("/dispatches", said)
    porter.refused("/dispatches", said, 422, "not-signed")


def test_one_refused_item_keeps_the_whole_tote_back(embedded: World, porter: Caller) -> None:
    porter.refused("/dispatches", {"items": [*packs(embedded), *packs(embedded, at="ward")], "to": "CARD-W"}, 422,
                   "mixed-origin")  # fmt: skip


def test_only_the_ward_it_is_for_signs_for_a_tote(embedded: World, porter: Caller, nurse: Caller) -> None:
    codes = packs(embedded)
    seal = porter.post("/dispatches", {"items": codes, "to": "CARD-W"}).get_json()["code"]
    surgeon = embedded.asking("nurse", embedded.h.surgery)
    assert surgeon.refused(f"/dispatches/{seal}/sign", {"location": "SURG-T"}, 422, "wrong-ward")["error"] == "E14"
    assert surgeon.refused(f"/dispatches/{seal}/sign", {"location": "CARD-W"}, 403, "not-your-ward")["error"] == "E15"
    is_problem(surgeon.get(f"/dispatches/{seal}"), 403, "not-allowed")
    porter.refused(f"/dispatches/{seal}/sign", {"location": "CARD-W"}, 403, "not-your-ward")
    nurse.refused(f"/dispatches/{seal}/sign", {"location": "NOWHERE"}, 404, "unknown-location")
    nurse.refused("/dispatches/D000/sign", {"location": "CARD-W"}, 404, "unknown-dispatch")
    other = packs(embedded, at="ward")[0]
    nurse.refused(f"/dispatches/{seal}/sign", {"location": "CARD-W", "items": [other]}, 422, "not-in-tote")
    nurse.post(f"/dispatches/{seal}/sign", {"location": "CARD-W"})
    nurse.refused(f"/dispatches/{seal}/sign", {"location": "CARD-W"}, 409, "already-delivered")


def test_a_head_nurse_carries_what_is_hers(embedded: World) -> None:
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    said = {"request_key": str(uuid4()), "items": packs(embedded, at="ward"), "to": "L-SURG"}
    first = head.post("/transfers", said)
    assert (first.status_code, first.get_json()["to"]) == (201, "SURG-T")
    assert head.post("/transfers", said).get_json() == first.get_json() | {"repeated": True}
    head.refused("/transfers", said | {"to": "CARD-W"}, 409, "key-reused")
    head.refused("/transfers", said | {"request_key": str(uuid4()), "to": "CARD-W"}, 422, "other-department")
    surgeon = embedded.asking("head_nurse", embedded.h.surgery)
    assert surgeon.post("/transfers", {"items": said["items"], "to": "CARD-W"}).status_code == 201


def test_a_head_nurse_takes_nothing_out_of_the_store_by_herself(embedded: World) -> None:
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    head.refused("/transfers", {"items": packs(embedded), "to": "CARD-W"}, 422, "other-department")
    head.refused("/transfers", {"items": packs(embedded, at="ward"), "to": "NOWHERE"}, 404, "unknown-location")
