"""Orders over HTTP: placed and approved by two people; a supplier, its colleague, and a stranger who sees nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from spd.staff import Grant, Staff, Token
from tests import build
from tests.api.asking import Caller, World, digest, is_problem


def engaged(world: World, role: str, supplier_id: int | None = None) -> Caller:
    """Somebody new with one role; for a supplier where it is named."""
    token = uuid4().hex
    with transaction(world.database) as session:
        staff = Staff(code=f"{role}-{token[:8]}", name="某某")
        session.add(staff)
        session.flush()  # its number goes into what follows
        session.add(Grant(staff_id=staff.id, role=role, supplier_id=supplier_id))
        until = build.NOW.replace(year=2027)
        session.add(Token(staff_id=staff.id, name="test", digest=digest(token), expires_at=until))
    return Caller(world, {"Authorization": f"Bearer {token}", "Accept-Language": "en"})


@pytest.fixture
def people(world: World) -> dict[str, Caller]:
    h = world.h
    return {
        "buyer": engaged(world, "buyer"), "chief": engaged(world, "buyer"), "finance": engaged(world, "finance"),
        "own": engaged(world, "supplier", h.gauzes.id), "colleague": engaged(world, "supplier", h.gauzes.id),
        "stranger": engaged(world, "supplier", h.stents.id), "nobody's": engaged(world, "supplier"),
    }  # fmt: skip


ORDER = {
    "supplier": "SUP-GAUZE", "location": "STORE", "lines": [{"product": "GAUZE", "quantity": 100}], "submit": True,
}  # fmt: skip


def sent(people: dict[str, Caller]) -> str:
    code = str(people["buyer"].post("/orders", ORDER).get_json()["code"])
    assert people["finance"].post(f"/orders/{code}/approve").get_json()["state"] == "approved"
    assert people["buyer"].post(f"/orders/{code}/send").get_json()["state"] == "sent"
    return code


def note(code: str, order: str, quantity: int = 60) -> dict[str, Any]:
    return {
        "code": code, "supplier": "SUP-GAUZE", "slip_number": "SX-1", "invoices": ["F-1", "F-2"],
        "lines": [{"product": "GAUZE", "quantity": quantity, "lot": "L1", "order": order}],
        "packages": [{"line": 1, "quantity": quantity}],
    }  # fmt: skip


def test_an_order_goes_from_the_buyer_to_what_came(world: World, people: dict[str, Caller]) -> None:
    buyer, own = people["buyer"], people["own"]
    placed = buyer.post("/orders", ORDER)
    code = placed.get_json()["code"]
    assert (placed.status_code, placed.get_json()["state"], placed.get_json()["amount"]) == (201, "submitted", "350.00")
    buyer.refused(f"/orders/{code}/approve", {}, 403, "same-person")
    people["chief"].post(f"/orders/{code}/approve")
    is_problem(own.get(f"/orders/{code}"), 404, "unknown-order")
    buyer.post(f"/orders/{code}/send")
    confirmed = own.post(f"/orders/{code}/confirm", {"lines": [{"line": 1, "quantity": 90}]}).get_json()
    assert (confirmed["answer"], confirmed["lines"][0]["confirmed"], confirmed["steps"]) == ("changed", 90, [])
    announced = own.post("/deliveries", note("DN-1", code))
    assert announced.status_code == 201, announced.get_json()
    told = announced.get_json()
    assert (told["flagged"], told["slip_number"], told["lines"][0]["order"]) == (False, "SX-1", code)
    assert told["packages"][0]["quantity"] == 60
    own.refused("/deliveries", note("DN-2", code, 41), 422, "more-than-open")
    arrived = {"scan": f"]C101{build.GAUZE_DI}17280930" + "10L1", "count": 60}
    received = {"delivery": "DN-1", "location": "STORE", "arrivals": [arrived]}
    assert world.asking("storekeeper").post("/receipts", received).status_code == 201
    shown = buyer.get(f"/orders/{code}").get_json()
    assert (shown["state"], shown["lines"][0]["received"]) == ("partly_delivered", 60)
    assert [step["step"] for step in shown["steps"]] == ["place", "submit", "approve", "send", "accept"]
    assert [one["code"] for one in buyer.get("/orders", state="partly_delivered").get_json()["orders"]] == [code]
    buyer.refused(f"/orders/{code}/close", {}, 422, "reason-needed")
    assert buyer.post(f"/orders/{code}/close", {"reason": "enough"}).get_json()["state"] == "closed"


def test_a_stranger_sees_and_does_nothing_with_anothers_rows(world: World, people: dict[str, Caller]) -> None:
    code = sent(people)
    people["own"].post("/deliveries", note("DN-1", code))
    for who in ("own", "colleague"):
        caller = people[who]
        assert [one["code"] for one in caller.get("/orders").get_json()["orders"]] == [code]
        assert [one["code"] for one in caller.get("/deliveries").get_json()["deliveries"]] == ["DN-1"]
        assert caller.get(f"/orders/{code}").status_code == caller.get("/deliveries/DN-1").status_code == 200
    for who in ("stranger", "nobody's"):
        caller = people[who]
        assert caller.get("/orders").get_json()["orders"] == []
        assert caller.get("/deliveries").get_json()["deliveries"] == []
        is_problem(caller.get(f"/orders/{code}"), 404, "unknown-order")
        is_problem(caller.get("/deliveries/DN-1"), 404, "unknown-delivery")
        caller.refused(f"/orders/{code}/confirm", {}, 404, "unknown-order")
        caller.refused(f"/orders/{code}/decline", {"reason": "x"}, 404, "unknown-order")
        caller.refused("/deliveries", note("DN-9", code, 1), 403, "not-your-supplier")
        amended = {name: value for name, value in note("", code, 1).items() if name != "code"}
        caller.refused("/deliveries/DN-1/amend", amended, 404, "unknown-delivery")
        as_own = note("DN-9", code, 1) | {"supplier": "SUP-STENT"}
        if who == "stranger":
            caller.refused("/deliveries", as_own, 404, "unknown-order")


def test_a_supplier_amends_its_note_until_something_came(world: World, people: dict[str, Caller]) -> None:
    code = sent(people)
    people["own"].post("/deliveries", note("DN-1", code))
    said = {name: value for name, value in note("", code, 40).items() if name != "code"}
    told = people["colleague"].post("/deliveries/DN-1/amend", said).get_json()
    line = told["lines"][0]
    assert (told["version"], line["quantity"], line["largest_quantity"]) == (2, 40, 60)


def test_a_supplier_states_no_price_of_its_own(world: World, people: dict[str, Caller]) -> None:
    said = note("DN-1", sent(people))
    said["lines"][0]["unit_price"] = "35"
    people["own"].refused("/deliveries", said, 422, "price-not-agreed")


def test_asking_twice_with_one_key_places_one_order(embedded: World) -> None:
    buyer = engaged(embedded, "buyer")
    said = ORDER | {"request_key": str(uuid4())}
    first, again = buyer.post("/orders", said), buyer.post("/orders", said)
    assert first.get_json() == again.get_json()
    assert len(buyer.get("/orders").get_json()["orders"]) == 1
    buyer.refused("/orders", said | {"submit": False}, 409, "key-reused")


def test_an_amended_order_is_approved_again(embedded: World) -> None:
    buyer = engaged(embedded, "buyer")
    code = buyer.post("/orders", ORDER).get_json()["code"]
    said = {"lines": [{"product": "GAUZE", "quantity": 50}], "reason": "less"}
    told = buyer.post(f"/orders/{code}/amend", said).get_json()
    assert (told["version"], told["state"], told["amount"]) == (2, "draft", "175.00")
    buyer.refused(f"/orders/{code}/refuse", {"reason": "x"}, 403, "same-person")
    assert buyer.post(f"/orders/{code}/submit").get_json()["state"] == "submitted"
    assert buyer.post(f"/orders/{code}/cancel", {"reason": "no need"}).get_json()["state"] == "cancelled"


def test_proposals_are_told_and_made_orders(embedded: World) -> None:
    from tests.ordering import given
    from tests.ordering.test_proposals import fix

    with transaction(embedded.database) as session:
        fix(session, given.buying(session, embedded.h), embedded.h.store, "GAUZE", 1, 100, 300)
    buyer = engaged(embedded, "buyer")
    (proposal,) = buyer.get("/orders/proposals").get_json()["proposals"]
    assert (proposal["key"], proposal["quantity"], proposal["basis"]) == ("STORE:GAUZE", 300, "fixed")
    said = {"lines": [{"key": "STORE:GAUZE", "quantity": 300}]}
    (order,) = buyer.post("/orders/proposals", said).get_json()["orders"]
    assert (order["state"], order["lines"][0]["quantity"]) == ("submitted", 300)
    buyer.refused("/orders/proposals", said, 409, "no-longer-proposed")


def test_who_bought_has_no_hand_in_it_at_the_bay(embedded: World) -> None:
    """Every door of the bay: what comes, how cold, what is over, what was found, what becomes of it, the end."""
    token = embedded.token("buyer", "storekeeper", "quality")
    both = Caller(embedded, {"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    keeper = embedded.asking("storekeeper")
    code = both.post("/orders", ORDER).get_json()["code"]
    embedded.asking("finance").post(f"/orders/{code}/approve")
    both.post(f"/orders/{code}/send")
    keeper.post("/deliveries", note("DN-1", code))
    arrived = {"scan": f"]C101{build.GAUZE_DI}17280930" + "10L1", "count": 80}
    received = {"delivery": "DN-1", "location": "STORE", "arrivals": [arrived], "aside": True, "quarantine": "sample"}
    over = keeper.post("/receipts", received).get_json()["asides"][0]["number"]
    held = keeper.get("/inspections").get_json()["inspections"][0]["number"]
    for path, said in (
        ("/receipts", received),
        ("/receipts/temperatures", {"delivery": "DN-1", "tenths": 45}),
        (f"/receiving-exceptions/{over}/receive", {}),
        (f"/receiving-exceptions/{over}/resolve", {"resolution": "returned"}),
        ("/inspections", {"delivery": "DN-1", "line": 1}),
        (f"/inspections/{held}/decide", {"accept": True}),
        ("/deliveries/DN-1/close", {"reason": "over"}),
    ):
        both.refused(path, said, 403, "buyer-receives")
    keeper.refused(f"/inspections/{held}/decide", {"accept": True}, 403, "same-person")
    assert keeper.post("/deliveries/DN-1/close", {"reason": "over"}).status_code == 200
