"""The catalogue over HTTP: products added and changed, prices, admission by two people, commitments followed."""

from __future__ import annotations

from typing import Any

from tests.api.asking import World, is_problem

SYRINGE = {
    "code": "SYRINGE",
    "name": "注射器",
    "base_unit": "支",
    "product_class": "low_value",
    "attributes": {"容量": "10ml"},
}


def test_a_product_is_added_changed_and_retired_but_stays(world: World) -> None:
    buyer = world.asking("buyer")
    made = buyer.post("/products", SYRINGE)
    assert (made.status_code, made.json["attributes"], made.json["admission"]) == (201, {"容量": "10ml"}, "admitted")
    assert is_problem(buyer.post("/products", SYRINGE), 409, "product-known")
    changed = buyer.patch("/products/SYRINGE", {"chargeable": True, "retired": True})
    assert (changed.json["chargeable"], changed.json["retired"], changed.json["name"]) == (True, True, "注射器")
    assert is_problem(buyer.patch("/products/NONE", {"chargeable": True}), 404, "unknown-product")


def test_a_registration_number_is_kept_as_the_certificate_has_it(world: World) -> None:
    buyer = world.asking("buyer")
    said = buyer.patch("/products/GAUZE", {"registration_number": "苏械注准 2021 2140001号"})
    assert said.json["registration_number"] == "苏械注准20212140001"
    wrong = buyer.patch("/products/GAUZE", {"registration_number": "苏械注准 12"})
    assert is_problem(wrong, 422, "bad-registration-number")


def test_a_price_is_set_from_a_day_on(world: World) -> None:
    buyer = world.asking("buyer")
    said = {"product": "GAUZE", "supplier": "SUP-GAUZE", "unit_price": "3.81", "settlement_mode": "on_receipt",
            "valid_from_on": "2026-04-01"}  # fmt: skip
    assert buyer.post("/prices", said).json["unit_price"] == "3.81"
    told = buyer.get("/prices", product="GAUZE").json["prices"]
    assert [one["unit_price"] for one in told] == ["3.50", "3.81"]
    assert is_problem(buyer.post("/prices", said | {"valid_from_on": "2026-01-01"}), 422, "price-in-the-past")
    assert is_problem(buyer.post("/prices", said | {"unit_price": "3.9"}), 409, "price-known")
    assert buyer.post("/prices", said | {"unit_price": "1e5"}).status_code == 422


def wish(**more: Any) -> dict[str, Any]:
    return {
        "department": "CARD",
        "name": "可吸收缝线",
        "unit_price": "48.5",
        "expected_monthly": 120,
        "reason": "减少拆线",
    } | more


def test_a_department_asks_and_two_others_decide(world: World) -> None:
    nurse = world.asking("head_nurse", world.h.cardiology)
    asked = nurse.post("/admissions", wish()).json
    found = {"product": "SUTURE", "base_unit": "根", "product_class": "low_value", "assessment": "价格低于同类"}
    assert world.asking("buyer").post(f"/admissions/{asked['number']}/assessment", found).json["stage"] == "assessed"
    decided = world.asking("quality").post(
        f"/admissions/{asked['number']}/decision", {"stage": "admitted", "decision": "同意"}
    )
    assert (decided.json["stage"], decided.json["product"]) == ("admitted", "SUTURE")
    assert [one["number"] for one in nurse.get("/admissions").json["admissions"]] == [asked["number"]]


def test_a_department_neither_sees_nor_asks_for_another(world: World) -> None:
    world.asking("head_nurse", world.h.cardiology).post("/admissions", wish())
    stranger = world.asking("head_nurse", world.h.surgery)
    assert stranger.get("/admissions").json["admissions"] == []
    assert stranger.post("/admissions", wish()).status_code in (403, 404)


def test_who_asked_is_not_who_decides(world: World) -> None:
    both = world.asking("buyer")
    asked = both.post("/admissions", wish()).json
    found = {"product": "SUTURE", "base_unit": "根", "product_class": "low_value", "assessment": "好"}
    assert is_problem(both.post(f"/admissions/{asked['number']}/assessment", found), 403, "same-person")


def test_a_commitment_is_followed(world: World) -> None:
    buyer = world.asking("buyer")
    said = {"number": "VBP-1", "product": "STENT", "quantity": 100, "from_on": "2026-01-01", "until_on": "2026-12-31"}
    assert buyer.post("/commitments", said).json["received"] == 0
    assert [one["due"] for one in world.asking("finance").get("/commitments").json] == [16]
    assert is_problem(buyer.post("/commitments", said), 409, "commitment-known")
    backwards = said | {"number": "VBP-2", "until_on": "2025-12-31"}
    assert is_problem(buyer.post("/commitments", backwards), 422, "period-backwards")


def test_an_agreement_is_written_down_and_the_next_stands_beside_it(world: World) -> None:
    buyer = world.asking("buyer")
    said = {"product": "GAUZE", "supplier": "SUP-GAUZE", "valid_from_on": "2026-04-01", "lead_days": 3,
            "min_order_quantity": 100, "order_multiple": 50, "number": "HT-1"}  # fmt: skip
    made = buyer.post("/agreements", said)
    assert (made.status_code, made.json["state"], made.json["lead_days"]) == (201, "coming", 3)
    assert is_problem(buyer.post("/agreements", said | {"lead_days": 4}), 409, "agreement-known")
    assert is_problem(buyer.post("/agreements", said | {"valid_from_on": "2026-01-01"}), 422, "agreement-in-the-past")
    assert buyer.post("/agreements", said | {"valid_from_on": "2026-05-01", "lead_days": None}).status_code == 201
    asked = world.asking("finance").get("/agreements", product="GAUZE", state="coming").json["agreements"]
    assert [(one["valid_from_on"], one["lead_days"]) for one in asked] == [("2026-04-01", 3), ("2026-05-01", None)]
    assert world.asking("nurse").get("/agreements").status_code == 403


def test_suppliers_and_manufacturers_are_added_changed_and_retired_and_never_taken_for_each_other(
    embedded: World,
) -> None:
    buyer = embedded.asking("buyer")
    made = buyer.post("/suppliers", {"code": "SUP-X", "name": "某公司"})
    assert (made.status_code, made.get_json()["retired"]) == (201, False)
    buyer.refused("/suppliers", {"code": "SUP-X", "name": "另一家"}, 409, "party-known")
    changed = buyer.patch("/suppliers/SUP-X", {"retired": True}).get_json()
    assert (changed["name"], changed["retired"]) == ("某公司", True)
    assert "SUP-X" not in [one["code"] for one in buyer.get("/suppliers").get_json()]
    buyer.post("/manufacturers", {"code": "M-X", "name": "某厂"})
    assert [one["code"] for one in buyer.get("/manufacturers").get_json()] == ["M-X"]
    assert is_problem(buyer.patch("/suppliers/M-X", {"name": "某"}), 404, "unknown-party")
