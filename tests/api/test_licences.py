"""Licences over HTTP: put on record with documents, listed by what ends, goods let pass by a second person."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.licensing import papers
from tests.licensing.papers import NUMBER
from tests.licensing.test_recording import PDF

DOCUMENT = {"name": "证.pdf", "content": base64.b64encode(PDF).decode()}


def _said(**more: Any) -> dict[str, Any]:
    return {"kind": "business", "number": "9131", "holder": "SUP-STENT", "valid_from_on": "2024-01-01"} | more


def test_a_licence_is_put_on_record_once_and_shown_with_its_document(world: World) -> None:
    buyer = world.asking("buyer")
    key = "0190a3c2-0000-7000-8000-000000000001"
    said = _said(valid_to_on="2026-03-20", document=DOCUMENT, request_key=key)
    first = buyer.post("/licences", said)
    assert first.status_code == 201
    told = first.get_json()
    assert (told["holder"], told["state"], told["document"]) == ("SUP-STENT", "30", True)
    assert buyer.post("/licences", said).get_json() == told
    reader = world.asking("auditor")
    assert reader.get(f"/licences/{told['id']}").get_json() == told
    document = reader.get(f"/licences/{told['id']}/document")
    assert (document.data, document.mimetype) == (PDF, "application/pdf")
    assert document.headers["X-Content-Type-Options"] == "nosniff"
    is_problem(reader.get("/licences/999"), 404, "unknown-licence")


def test_licences_are_listed_by_what_ends(world: World) -> None:
    quality = world.asking("quality")
    for number, ends in (("A", "2026-03-01"), ("B", "2026-05-01"), ("C", None)):
        said = _said(number=number, holder="SUP-GAUZE" if number == "C" else "SUP-STENT", kind="operation")
        more = {"device_classes": {"A": "2", "B": "3", "C": "23"}[number]} | ({"valid_to_on": ends} if ends else {})
        assert quality.post("/licences", said | more).status_code == 201
    states = {one["number"]: one["state"] for one in quality.get("/licences").get_json()["licences"]}
    assert states == {"A": "expired", "B": "60", "C": "valid"}
    for asked, numbers in (({"state": "60"}, ["B"]), ({"holder": "SUP-GAUZE"}, ["C"]), ({"number": "A"}, ["A"])):
        assert [one["number"] for one in quality.get("/licences", **asked).get_json()["licences"]] == numbers
    first = quality.get("/licences", limit=2).get_json()
    rest = quality.get("/licences", limit=2, after=first["next"]).get_json()
    assert ([one["number"] for one in rest["licences"]], rest["next"]) == (["C"], None)


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"holder": "NOBODY"}, 404, "unknown-party"),
        ({"kind": "registration", "number": "1"}, 422, "bad-registration-number"),
        ({"kind": "authorisation"}, 422, "holder-missing"),
        ({"valid_to_on": "2023-01-01"}, 422, "ends-before-it-begins"),
        ({"document": DOCUMENT | {"content": base64.b64encode(b"MZ").decode()}}, 422, "wrong-document"),
        ({"renews": 99}, 404, "unknown-licence"),
        ({"products": ["NOTHING"]}, 404, "unknown-product"),
    ],
)
def test_a_licence_that_cannot_be_is_refused(world: World, more: dict[str, Any], status: int, code: str) -> None:
    world.asking("buyer").refused("/licences", _said(**more), status, code)


def test_a_document_that_is_no_base64_is_said_to_be_none(world: World) -> None:
    answer = world.asking("buyer").post("/licences", _said(document=DOCUMENT | {"content": "%%%"}))
    assert answer.status_code in (400, 422)


def test_goods_pass_for_a_day_when_a_second_person_lets_them(world: World) -> None:
    with transaction(world.database) as session:
        papers.stent(session)
        papers.paper(session, world.h, "registration", NUMBER, valid_to_on=build.TODAY.replace(month=1))
    keeper, quality = world.asking("storekeeper"), world.asking("quality")
    said = {"act": "receive", "supplier": "SUP-STENT", "goods": [{"product": "STENT"}], "reason": "急诊手术"}
    asked = keeper.post("/licences/overrides", said).get_json()
    assert (asked["allowed"], asked["findings"][0]["matter"]) == (None, "ended")
    path = f"/licences/overrides/{asked['id']}/decide"
    decided = quality.post(path, {"allowed": True, "reason": "已核受理单"}).get_json()
    assert (decided["allowed"], decided["decision_reason"]) == (True, "已核受理单")
    quality.refused(path, {"allowed": False, "reason": "x"}, 409, "override-decided")
    listed = world.asking("auditor").get("/licences/overrides").get_json()["overrides"]
    assert listed == [decided]
    again = world.asking("quality").post("/licences/overrides", said | {"reason": "又一批"}).get_json()
    world.asking("quality").refused(
        f"/licences/overrides/{again['id']}/decide", {"allowed": True, "reason": "自批"}, 403, "same-person"
    )
    world.asking("quality").refused(
        "/licences/overrides/999/decide", {"allowed": True, "reason": "x"}, 404, "unknown-override"
    )
