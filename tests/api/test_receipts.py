"""Deliveries and receipts over HTTP: a note announced, scanned in, finished."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World

CASE = f"]C101{build.GAUZE_CASE_DI}17280930" + "10G7"


@pytest.fixture
def keeper(embedded: World) -> Caller:
    return embedded.asking("storekeeper")


def note(world: World, *lines: tuple[str, int], stents: bool = False) -> str:
    with transaction(world.database) as session:
        supplier = world.h.stents if stents else world.h.gauzes
        return build.note(session, world.h, supplier, *lines).code


def arrived(delivery: str, *scans: str, **more: Any) -> dict[str, Any]:
    return {"delivery": delivery, "location": "STORE", "arrivals": [{"scan": scan} | more for scan in scans]}


def stent(serial: str, expires: str = "280930") -> str:
    return f"]d201{build.STENT_DI}17{expires}10L1\x1d21{serial}"


def test_a_note_is_announced_with_all_received_at_zero(embedded: World, keeper: Caller) -> None:
    lines = [{"product": "STENT", "quantity": 2}, {"product": "SCREW", "quantity": 3, "unit_price": "319.5"}]
    answer = keeper.post("/deliveries", {"code": "PS-1", "supplier": "SUP-STENT", "lines": lines})
    assert answer.status_code == 201
    told = [(line["product"], line["received"], line["unit_price"]) for line in answer.get_json()["lines"]]
    assert told == [("STENT", 0, "8600.00"), ("SCREW", 0, "319.50")]
    assert [one["code"] for one in keeper.get("/deliveries").get_json()["deliveries"]] == ["PS-1"]
    assert keeper.get("/deliveries/PS-1").get_json() | {"repeated": False} == answer.get_json()


def test_a_note_announced_again_with_its_key_is_answered_the_same(embedded: World, keeper: Caller) -> None:
    said = {
        "request_key": str(uuid4()), "code": "PS-1", "supplier": "SUP-STENT",
        "lines": [{"product": "STENT", "quantity": 2}],
    }  # fmt: skip
    first = keeper.post("/deliveries", said)
    before = embedded.books()
    again = keeper.post("/deliveries", said)
    assert (again.status_code, again.get_json()) == (201, first.get_json() | {"repeated": True})
    assert embedded.books() == before
    other = said | {"lines": [{"product": "STENT", "quantity": 3}]}
    keeper.refused("/deliveries", other, 409, "note-known")
    keeper.refused("/deliveries", other | {"request_key": str(uuid4())}, 409, "note-known")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"supplier": "NOBODY"}, 404, "unknown-supplier"),
        ({"lines": [{"product": "NOTHING", "quantity": 1}]}, 404, "unknown-product"),
        ({"lines": [{"product": "GAUZE", "quantity": 1}]}, 422, "no-price"),
        ({"lines": []}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 0}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "unit_price": 5.0}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "unit_price": "-5"}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "unit_price": "1.00001"}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "expires_on": "2028-02-30"}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "settlement_mode": "never"}]}, 422, "invalid"),
        ({"lines": [{"product": "STENT", "quantity": 1, "received": 1}]}, 422, "invalid"),
        ({"closed_at": None}, 422, "invalid"),
    ],
)
def test_a_note_that_cannot_be_is_refused(
    embedded: World, keeper: Caller, said: dict[str, Any], status: int, code: str
) -> None:
    right = {"code": "PS-2", "supplier": "SUP-STENT", "lines": [{"product": "STENT", "quantity": 1}]}
    keeper.refused("/deliveries", right | said, status, code)


def test_a_case_scanned_twice_is_a_hundred_boxes_of_one_bulk(embedded: World, keeper: Caller) -> None:
    delivery = note(embedded, ("GAUZE", 100))
    first = keeper.post("/receipts", arrived(delivery, CASE))
    assert first.status_code == 201
    told = first.get_json()["items"][0]
    assert (told["kind"], told["quantity"], told["owned"], told["needs_label"]) == ("bulk", 50, True, True)
    second = keeper.post("/receipts", arrived(delivery, CASE)).get_json()["items"][0]
    assert second["code"] == told["code"]
    line = keeper.get(f"/deliveries/{delivery}").get_json()["lines"][0]
    assert (line["quantity"], line["received"]) == (100, 100)


def test_a_receipt_sent_again_with_its_key_is_answered_the_same_and_done_once(embedded: World, keeper: Caller) -> None:
    said = {"request_key": str(uuid4())} | arrived(note(embedded, ("GAUZE", 100)), CASE)
    first = keeper.post("/receipts", said).get_json()
    before = embedded.books()
    assert keeper.post("/receipts", said).get_json() == first | {"repeated": True}
    assert embedded.books() == before
    keeper.refused("/receipts", said | {"location": "CARD-W"}, 409, "key-reused")


def test_consigned_goods_are_received_but_not_owned(embedded: World, keeper: Caller) -> None:
    delivery = note(embedded, ("STENT", 2), stents=True)
    told = keeper.post("/receipts", arrived(delivery, stent("A1"), stent("A2"))).get_json()
    assert [(item["code"], item["owned"]) for item in told["items"]] == [
        (f"{build.STENT_DI}.A1", False),
        (f"{build.STENT_DI}.A2", False),
    ]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"delivery": "NONE"}, 404, "unknown-delivery"),
        ({"location": "NOWHERE"}, 404, "unknown-location"),
        ({"arrivals": [{"scan": stent("A1", "260301")}]}, 422, "expired"),
        ({"arrivals": [{"scan": stent("A1")}, {"scan": stent("A1")}]}, 409, "code-taken"),
        ({"arrivals": [{"scan": stent(f"A{n}")} for n in range(3)]}, 422, "over-delivered"),
        ({"arrivals": [{"scan": CASE}]}, 422, "not-on-note"),
        ({"arrivals": [{"scan": "]d20106900000000007" + "10X"}]}, 404, "unknown-code"),
        ({"arrivals": [{"scan": "支架"}]}, 400, "unreadable"),
        ({"arrivals": [{"scan": stent("A1"), "count": 0}]}, 422, "invalid"),
        ({"arrivals": [{"scan": stent("A1"), "owned": True}]}, 422, "invalid"),
        ({"arrivals": []}, 422, "invalid"),
    ],
)
def test_what_cannot_be_received_is_refused_whole(
    embedded: World, keeper: Caller, said: dict[str, Any], status: int, code: str
) -> None:
    right = arrived(note(embedded, ("STENT", 2), stents=True), stent("A1"), stent("A2"))
    keeper.refused("/receipts", right | said, status, code)
    assert keeper.post("/receipts", right).status_code == 201


def test_a_serial_that_is_already_in_the_house_is_refused(embedded: World, keeper: Caller) -> None:
    delivery = note(embedded, ("STENT", 2), stents=True)
    keeper.post("/receipts", arrived(delivery, stent("A1")))
    told = keeper.refused("/receipts", arrived(delivery, stent("A1")), 409, "code-taken")
    assert told["verdict"] == "repeat"


def test_a_note_is_finished_with_a_reason_where_it_came_short(embedded: World, keeper: Caller) -> None:
    delivery = note(embedded, ("GAUZE", 100))
    keeper.post("/receipts", arrived(delivery, CASE))
    keeper.refused(f"/deliveries/{delivery}/close", {}, 422, "difference-unexplained")
    said = {"request_key": str(uuid4()), "reason": "少一箱"}
    first = keeper.post(f"/deliveries/{delivery}/close", said)
    assert [(one["quantity"], one["received"]) for one in first.get_json()["differences"]] == [(100, 50)]
    assert keeper.post(f"/deliveries/{delivery}/close", said).get_json() == first.get_json()
    keeper.refused("/receipts", arrived(delivery, CASE), 409, "delivery-closed")
    assert keeper.get("/deliveries").get_json()["deliveries"] == []
    assert [one["code"] for one in keeper.get("/deliveries", open="false").get_json()["deliveries"]] == [delivery]
    keeper.refused("/deliveries/NONE/close", {}, 404, "unknown-delivery")


def test_a_buyer_announces_but_does_not_receive(embedded: World) -> None:
    buyer = embedded.asking("buyer")
    buyer.refused("/receipts", arrived(note(embedded, ("GAUZE", 50)), CASE), 403, "not-allowed")
