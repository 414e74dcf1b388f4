"""Budgets over the interface: a department reads how its own stands, and nobody else's."""

from __future__ import annotations

from tests.api.asking import World
from tests.api.own import MONTH


def test_a_department_sees_how_its_own_budget_stands_alone(embedded: World) -> None:
    finance = embedded.asking("finance")
    number = finance.post("/budgets/versions", {"from_period": MONTH}).get_json()["number"]
    lines = [{"department": code, "basis": "month", "amount": "100"} for code in ("CARD", "SURG")]
    assert finance.post(f"/budgets/versions/{number}/lines", {"lines": lines}).status_code == 200
    chief = embedded.asking("finance", language="zh-Hans")
    chief.headers["Authorization"] = f"Bearer {embedded.token('finance', 'auditor')}"
    approved = chief.post(f"/budgets/versions/{number}/approve")
    assert approved.status_code in (200, 201), approved.get_json()
    assert len(finance.get(f"/budgets/versions/{number}").get_json()["lines"]) == 2
    assert finance.get("/budgets/releases", month=MONTH).get_json() == []
    finance.post("/budgets/releases", {"month": MONTH, "department": "CARD", "reason": "Heart week"})
    assert [one["reason"] for one in finance.get("/budgets/releases", month=MONTH).get_json()] == ["Heart week"]
    seen = {
        name: [
            row["department"] for row in embedded.asking("head_nurse", place).get("/budgets", month=MONTH).get_json()
        ]
        for name, place in (("CARD", embedded.h.cardiology), ("SURG", embedded.h.surgery))
    }
    assert seen == {"CARD": ["CARD"], "SURG": ["SURG"]}
    nurse = embedded.asking("head_nurse", embedded.h.cardiology)
    days = {"month": MONTH, "basis": "bed_day"}
    stays = nurse.get("/budgets/measured", department="CARD", **days).get_json()
    assert {one["code"] for one in stays} == {"E-1", "E-2"}
    assert nurse.get("/budgets/measured", department="SURG", **days).status_code == 403
