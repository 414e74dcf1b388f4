"""Statements over HTTP: drafted and approved by two, answered by their supplier; a stranger sees nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.api.conftest import Hands
from tests.api.test_orders import engaged


def test_a_statement_goes_from_its_draft_to_its_payment(embedded: World) -> None:
    world = embedded
    h = world.h
    with transaction(world.database) as session:
        build.gauze(session, h, 2)
    clerk, chief, cashier = (engaged(world, "finance") for _ in range(3))
    own, stranger = engaged(world, "supplier", h.gauzes.id), engaged(world, "supplier", h.stents.id)
    drawn = clerk.post("/statements", {"month": "2026-03", "supplier": "SUP-GAUZE"}).get_json()["statements"]
    code = drawn[0]["code"]
    assert is_problem(clerk.post(f"/statements/{code}/approve"), 403, "same-person")
    assert own.get("/statements").get_json()["statements"] == []
    assert is_problem(own.get(f"/statements/{code}"), 404, "unknown-statement")
    assert chief.post(f"/statements/{code}/approve").get_json()["state"] == "approved"
    assert clerk.post(f"/statements/{code}/send").get_json()["state"] == "sent"
    assert is_problem(stranger.get(f"/statements/{code}"), 404, "unknown-statement")
    assert is_problem(stranger.post(f"/statements/{code}/confirm"), 404, "unknown-statement")
    assert is_problem(own.post(f"/statements/{code}/dispute"), 422, "statement-reason-needed")
    assert own.post(f"/statements/{code}/dispute", {"reason": "price"}).get_json()["state"] == "disputed"
    assert clerk.post(f"/statements/{code}/send", {"reason": "as agreed"}).get_json()["state"] == "sent"
    assert own.post(f"/statements/{code}/confirm").get_json()["steps"] == []
    assert clerk.post(f"/statements/{code}/invoice", {"reason": "F-1"}).get_json()["state"] == "invoiced"
    assert cashier.post(f"/statements/{code}/pay", {"reason": "P-1"}).get_json()["state"] == "paid"
    lines = own.get(f"/statements/{code}/lines", limit=500).get_json()["lines"]
    assert sum(Decimal(line["billed"]) for line in lines) == Decimal(drawn[0]["total"]) == 350
    assert all("department" not in line and "encounter" not in line for line in lines)
    steps = clerk.get(f"/statements/{code}").get_json()["steps"]
    assert [step["step"] for step in steps] == [
        "draft", "approve", "send", "dispute", "send", "confirm", "invoice", "pay",
    ]  # fmt: skip


def test_a_statement_is_told_as_it_stood(embedded: World, clock: Hands) -> None:
    with transaction(embedded.database) as session:
        build.gauze(session, embedded.h, 2)
    clerk, chief = (engaged(embedded, "finance") for _ in range(2))
    own = engaged(embedded, "supplier", embedded.h.gauzes.id)
    code = clerk.post("/statements", {"month": "2026-03", "supplier": "SUP-GAUZE"}).get_json()["statements"][0]["code"]
    drawn = clock.now
    clock.now += timedelta(hours=1)
    with transaction(embedded.database) as session:
        build.gauze(session, embedded.h)
    clerk.post(f"/statements/{code}/redraw")
    chief.post(f"/statements/{code}/approve")
    clerk.post(f"/statements/{code}/send")
    then = {"as_of": drawn.isoformat()}
    for asked, state, total, steps, lines in ((then, "draft", "350.00", 1, 1), ({}, "sent", "525.00", 4, 2)):
        told = clerk.get(f"/statements/{code}", **asked).get_json()
        found = (told["state"], told["total"], len(told["steps"]), told["lines"])
        assert found == (state, total, steps, lines)
        rows = clerk.get(f"/statements/{code}/lines", **asked).get_json()["lines"]
        assert (len(rows), sum(Decimal(row["billed"]) for row in rows)) == (lines, Decimal(total))
    for path in ("", "/lines"):
        assert is_problem(own.get(f"/statements/{code}{path}", **then), 404, "unknown-statement")
        assert own.get(f"/statements/{code}{path}").status_code == 200
    assert own.get("/statements", **then).get_json()["statements"] == []


def test_a_statement_of_days_and_the_terms_of_its_supplier(embedded: World) -> None:
    with transaction(embedded.database) as session:
        build.gauze(session, embedded.h, 2)
    clerk, buyer = engaged(embedded, "finance"), engaged(embedded, "buyer")
    is_problem(clerk.post("/statements", {"since_on": "2026-03-01"}), 422, "statement-backwards")
    is_problem(clerk.post("/statements", {}), 422, "statement-backwards")
    is_problem(clerk.post("/statements", {"until_on": "2026-03-01"}), 422, "nothing-to-settle")
    (drawn,) = clerk.post("/statements", {"until_on": "2026-03-02"}).get_json()["statements"]
    assert (drawn["period"], drawn["since_on"], drawn["until_on"], drawn["total"]) == (
        "2026-03", None, "2026-03-02", "350.00",
    )  # fmt: skip
    path = "/suppliers/SUP-GAUZE/payment-terms"
    assert clerk.get(path).get_json() == {"days": 90, "terms": []}
    said = {"from_on": "2026-03-02", "days": 30, "number": "C-1"}
    assert clerk.post(path, said).status_code == 201
    is_problem(clerk.post(path, said | {"from_on": "2026-03-01"}), 422, "term-in-the-past")
    is_problem(buyer.post(path, said), 403, "not-allowed")
    told = buyer.get(path).get_json()
    assert (told["days"], [(one["version"], one["days"], one["number"]) for one in told["terms"]]) == (
        30, [(1, 30, "C-1")],
    )  # fmt: skip
    (owed,) = clerk.get("/payables").get_json()["payables"]
    assert (owed["terms"], owed["accrued"]) == (30, "350.00")
