"""The chart and its rules, and gifts, over the interface: one begins, another decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spd import accounting
from tests.api.asking import Caller, World, is_problem


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Files of databases have names of their own; what was read of them is let go."""
    yield
    accounting.forget_rules()


def another(world: World) -> Caller:
    """A second person of finance."""
    return Caller(world, {"Authorization": f"Bearer {world.token('finance', 'auditor')}"})


def test_a_version_is_drafted_checked_compared_and_activated_by_two(embedded: World) -> None:
    finance = embedded.asking("finance")
    number = finance.post("/rule-versions", {"note": "apart"}).get_json()["number"]
    page = f"/rule-versions/{number}"
    account = {"code": "5301.02", "name": "耗材处置", "name_en": "Disposal", "kind": "disposal"}
    assert finance.post(f"{page}/accounts", account).status_code == 200
    lines = [{"line": n, "account": code, "sign": s} for n, (code, s) in enumerate(
        [("1902", 1), ("1302.01", -1), ("5301.02", 1), ("1902", -1)], 1
    )]  # fmt: skip
    broken = finance.post(f"{page}/lines", {"event": "loss_store", "lines": lines[:3]})
    assert broken.status_code == 200
    assert {one["fault"] for one in finance.get(f"{page}/check").get_json()} == {"not_balanced"}
    is_problem(another(embedded).post(f"{page}/activate", {"from_period": "2026-04"}), 422, "rule-version-has-faults")
    whole = finance.post(f"{page}/lines", {"event": "loss_store", "lines": lines}).get_json()
    assert [one["account"] for one in whole["lines"] if one["event"] == "loss_store"] == [
        "1902", "1302.01", "5301.02", "1902",
    ]  # fmt: skip
    changed = finance.get(f"{page}/changes", against=2).get_json()
    assert [one["key"] for one in changed] == ["5301.02", "loss_store"]
    is_problem(finance.post(f"{page}/activate", {"from_period": "2026-04"}), 403, "same-person")
    active = another(embedded).post(f"{page}/activate", {"from_period": "2026-04"})
    assert active.get_json()["from_period"] == "2026-04", active.get_json()
    gone = finance.post(f"{page}/accounts", {"code": "5301.02"})
    is_problem(gone, 409, "not-a-rule-draft")


def test_a_gift_is_recorded_by_one_and_taken_by_another(embedded: World) -> None:
    gift = {
        "donor": "某基金会", "supplier": "SUP-GAUZE", "product": "GAUZE", "lot": "D1", "quantity": 10,
        "unit_price": "3.5", "location": "STORE",
    }  # fmt: skip
    buyer, finance = embedded.asking("buyer"), embedded.asking("finance")
    code = buyer.post("/donations", gift).get_json()["code"]
    is_problem(buyer.post(f"/donations/{code}/decision", {"takes": True}), 403, "same-person")
    taken = finance.post(f"/donations/{code}/decision", {"takes": True})
    assert (taken.status_code, taken.get_json()["state"]) == (201, "taken")
    listed = finance.get("/donations", state="taken").get_json()["donations"]
    assert [(one["code"], one["quantity"], one["period"]) for one in listed] == [(code, 10, "2026-03")]
    is_problem(finance.post("/donations/DON-0/decision", {"takes": True}), 404, "unknown-donation")
