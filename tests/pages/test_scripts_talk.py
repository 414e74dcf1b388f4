"""What scripts and the server say to each other: one label of several codes, retries, what is malformed."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.pages.scanned import one_label
from api.queued_known import Act
from scanners import Unreadable
from spd.core.occasion import Occasion
from spd.staff import Person, Role
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def post(who: Visitor, path: str, **said: Any) -> TestResponse:
    """What a page's script sends."""
    assert who.page is not None
    token = re.search(r'name="csrf-token" content="([^"]+)"', who.page.text)
    assert token is not None
    said.setdefault("request_key", str(uuid4()))
    headers = {"X-CSRFToken": token[1], "Accept": "application/json", "Accept-Language": "en"}
    return who.client.post(path, json=said, headers=headers)


def test_two_codes_of_one_label_are_one_reading(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    codes = ["https://example.org/leaflet", f"(01){build.REAGENT_DI}", "(17)280131(10)R7"]
    answer = post(keeper, "/receive/N-OPEN", codes=codes, state={"location": "STORE"}).get_json()
    assert answer["class"] == "ok"
    assert "R7" in answer["what"]
    assert "R7" in answer["parts"]["note_lines"] or "100" in answer["parts"]["note_lines"]


def test_our_own_label_goes_before_all_others(app: Flask, there: SimpleNamespace) -> None:
    with app.test_request_context():
        scan = one_label(["(01)06901234567892(10)X", there.packs[0], "leaflet"])
    assert scan is not None
    assert scan.code == there.packs[0]


def test_what_parts_a_code_is_no_end_of_it(app: Flask) -> None:
    with app.test_request_context():
        scan = one_label(["]d2010690123456789217280930" + "10L1\x1d21SN4"])
        both = one_label(["+A123BJC5D6E71G\r\n+$$52001510X3GD"])
    assert scan is not None
    assert (scan.lot, scan.serial) == ("L1", "SN4")
    assert both is not None
    assert (both.di, both.lot) == ("A123BJC5D6E71", "10X3")


def test_a_queue_says_two_codes_of_one_label_in_two_lines() -> None:
    anybody = Person(id=1, code="n", name="n", language="en", stamp=1, roles=frozenset({Role.NURSE}), places=())
    when = Occasion(
        request_key=uuid4(), staff_id=1, occurred_at=build.NOW, recorded_at=build.NOW, day=build.TODAY
    )  # fmt: skip
    act = Act(said={}, occasion=when, person=anybody, departments=None, department_id=None, scanner=None)
    scan = act.heard("+A123BJC5D6E71G\n+$$52001510X3GD")
    assert (scan.di, scan.lot) == ("A123BJC5D6E71", "10X3")
    assert act.heard("]d2010690123456789217280930" + "10L1\x1d21SN4").serial == "SN4"


def test_what_cannot_be_read_beside_what_can_is_left(app: Flask) -> None:
    good = "(01)06901234567892(10)X"
    with app.test_request_context():
        with pytest.raises(Unreadable):
            one_label(["\u4f60\u597d"])
        assert one_label(["\u4f60\u597d", good]) == one_label([good])


def test_a_retry_gets_the_first_answer(enter: Enter, there: SimpleNamespace) -> None:
    nurse, key = enter("nurse"), str(uuid4())
    said = {"codes": [there.packs[1]], "request_key": key, "state": {}}
    first = post(nurse, "/bedside", **said).get_json()
    again = post(nurse, "/bedside", **said).get_json()
    assert (first["class"], again["class"]) == ("ok", "repeat")
    assert again["code"] == "E03"


@pytest.mark.parametrize(
    "said", [{"codes": "x"}, {"codes": ["x"] * 21}, {"state": []}, {"act": ""}, {"entered": "guessed"}, {"more": 1}]
)
def test_what_is_malformed_is_refused_as_a_problem(enter: Enter, said: dict[str, Any]) -> None:
    answer = post(enter("nurse"), "/bedside", **said)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_nobody_makes_up_a_patient(enter: Enter, there: SimpleNamespace) -> None:
    serial = there.stents[2].split(".")[1]
    said = {"codes": [f"(01){build.STENT_DI}(10)L1(21){serial}"], "state": {"patient": "MQ.abc"}}
    assert post(enter("nurse"), "/bedside", **said).get_json()["code"] == "E04"


def test_a_write_needs_the_token_of_the_page(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    assert nurse.client.post("/bedside", data={"scan": there.packs[1]}).status_code == 400
