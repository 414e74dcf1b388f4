"""Invoices and payments over HTTP: entered, matched, booked and paid by three people."""

from __future__ import annotations

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.api.test_orders import engaged


def test_an_invoice_goes_from_its_paper_to_its_payment(embedded: World) -> None:
    world = embedded
    with transaction(world.database) as session:
        build.gauze(session, world.h, 2)
    clerk, chief, cashier = (engaged(world, "finance") for _ in range(3))
    said = {
        "supplier": "SUP-GAUZE", "number": "F-1", "first_number": "M-1", "issued_on": "2026-03-01",
        "lines": [{"product": "GAUZE", "quantity": 100, "unit_price": "3.60"}],
    }  # fmt: skip
    entered = clerk.post("/invoices", said).get_json()
    code = entered["code"]
    assert (entered["state"], entered["status"], entered["total"]) == ("entered", "unmatched", "360.00")
    assert is_problem(clerk.post("/invoices", said), 409, "invoice-taken")
    assert clerk.post(f"/invoices/{code}/match").get_json()["status"] == "amount"
    assert clerk.post(f"/invoices/{code}/unmatch").get_json()["status"] == "unmatched"
    posting = clerk.post(f"/invoices/{code}/match").get_json()["items"][0]["matches"][0]
    assert [one["status"] for one in clerk.get("/invoices", status="amount").get_json()["invoices"]] == ["amount"]
    assert clerk.get("/invoices", status="matched").get_json()["invoices"] == []
    assert posting | {"posting_id": 0} == {"posting_id": 0, "quantity": 100, "accrued": "350.00", "billed": "360.00"}
    assert is_problem(clerk.post(f"/invoices/{code}/book"), 403, "same-person")
    assert is_problem(chief.post(f"/invoices/{code}/book"), 422, "difference-needs-reason")
    booked = chief.post(f"/invoices/{code}/book", {"reason": "new price"}).get_json()
    assert [one["event"] for one in booked["entries"]] == ["invoice"]
    (owed,) = clerk.get("/payables").get_json()["payables"]
    assert (owed["open"], owed["not_due"], owed["accrued"]) == ("360.00", "360.00", "0.00")
    payment = {"supplier": "SUP-GAUZE", "way": "bank", "reference": "B-1", "parts": [{"invoice": code}]}
    assert is_problem(chief.post("/payments", payment), 403, "same-person")
    assert cashier.post("/payments", payment).get_json()["parts"] == [{"invoice": code, "amount": "360.00"}]
    assert is_problem(cashier.post("/payments", payment), 409, "invoice-not-there")
    assert clerk.get("/invoices", state="paid").get_json()["invoices"][0]["open"] == "0.00"
    assert [one["way"] for one in clerk.get("/payments").get_json()["payments"]] == ["bank"]
    entries = clerk.get("/journal", document=code).get_json()["entries"]
    assert [(one["movement_id"], one["document"]) for one in entries] == [(None, code)]
    assert is_problem(clerk.get("/invoices/INV-NONE"), 404, "unknown-invoice")


def test_what_is_paid_and_booked_is_taken_back_by_others_and_matched_anew(embedded: World) -> None:
    world = embedded
    with transaction(world.database) as session:
        build.gauze(session, world.h, 2)
    clerk, chief, cashier = (engaged(world, "finance") for _ in range(3))
    said = {
        "supplier": "SUP-GAUZE", "number": "F-1", "issued_on": "2026-03-01",
        "lines": [{"product": "GAUZE", "quantity": 100, "unit_price": "3.60"}],
    }  # fmt: skip
    code = clerk.post("/invoices", said).get_json()["code"]
    clerk.post(f"/invoices/{code}/match")
    chief.post(f"/invoices/{code}/book", {"reason": "new price"})
    payment = {"supplier": "SUP-GAUZE", "way": "bank", "reference": "B-1", "parts": [{"invoice": code}]}
    paid = cashier.post("/payments", payment).get_json()["code"]
    assert is_problem(chief.post(f"/invoices/{code}/unmatch", {"reason": "wrong"}), 409, "invoice-is-paid")
    assert is_problem(cashier.post(f"/payments/{paid}/reverse", {"reason": "wrong"}), 403, "same-person")
    assert is_problem(chief.post("/payments/PAY-NONE/reverse", {"reason": "wrong"}), 404, "unknown-payment")
    red = chief.post(f"/payments/{paid}/reverse", {"reason": "wrong account"}).get_json()
    assert (red["amount"], red["reverses"], red["parts"]) == ("-360.00", paid, [{"invoice": code, "amount": "-360.00"}])
    assert is_problem(clerk.post(f"/invoices/{code}/unmatch", {"reason": "wrong"}), 403, "same-person")
    assert is_problem(chief.post(f"/invoices/{code}/unmatch"), 422, "unmatching-needs-reason")
    back = chief.post(f"/invoices/{code}/unmatch", {"reason": "wrong"}).get_json()
    assert (back["status"], back["state"], back["open"]) == ("unmatched", "booked", "360.00")
    assert is_problem(chief.post(f"/invoices/{code}/unmatch", {"reason": "wrong"}), 409, "nothing-is-matched")
    assert is_problem(clerk.post(f"/invoices/{code}/match", {"reason": "new price"}), 403, "same-person")
    assert is_problem(chief.post(f"/invoices/{code}/match"), 422, "difference-needs-reason")
    assert chief.post(f"/invoices/{code}/match", {"reason": "new price"}).get_json()["status"] == "amount"
