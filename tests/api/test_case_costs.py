"""Case costs and groups over HTTP: versions, control totals, the file, and a group's cases."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from spd.core.transaction import transaction
from spd.costing import CaseMethod
from tests import build
from tests.api.asking import World, is_problem
from tests.api.test_orders import engaged
from tests.costing import given

CITY = {"region": "示范", "year": 2026, "month": given.MONTH}


def test_cases_are_costed_paid_and_told(embedded: World) -> None:
    with transaction(embedded.database) as session:
        given.stepped_down(session, embedded.h)
        given.cases_costed(session, embedded.h, CaseMethod.TOP_DOWN)
    clerk, auditor = engaged(embedded, "finance"), engaged(embedded, "auditor")
    said = {"month": given.MONTH, "method": "top_down"}
    assert is_problem(auditor.post("/case-costs", said), 403, "not-allowed")
    assert is_problem(clerk.post("/case-costs", said | {"method": "bottom_up"}), 422, "no-unit-costs")
    assert is_problem(clerk.get(f"/case-costs/{given.MONTH}/bottom_up"), 404, "unknown-case-run")
    run = clerk.post("/case-costs", said).get_json()
    assert (run["version"], run["total"]) == (1, "15300.11")
    for at, found in ((build.NOW, [1]), (build.NOW - timedelta(seconds=1), [])):
        made = auditor.get("/case-costs", as_of=at.isoformat()).get_json()["runs"]
        assert [one["version"] for one in made] == found
    whole = auditor.get(f"/case-costs/{given.MONTH}/top_down").get_json()
    lines = auditor.get(f"/case-costs/{given.MONTH}/top_down/lines").get_json()["lines"]
    assert sum(Decimal(line["amount"]) for line in lines) == Decimal(whole["assigned"])
    assert sum(Decimal(item["amount"]) for item in whole["items"]) == Decimal(whole["assigned"])
    assert Decimal(whole["assigned"]) + Decimal(whole["unassigned"]) == Decimal(whole["total"])
    assert sum(Decimal(rest["amount"]) for rest in whole["rests"]) == Decimal(whole["unassigned"])
    with transaction(embedded.database) as session:
        given.told(session, embedded.h, "service-unit-costs", "period,service,unit_cost\n2026-03,S1,100\n")
        services = "encounter,period,service,quantity\nE-OUT,2026-03,S1,1\nE-OUT,2026-03,S2,50\n"
        given.told(session, embedded.h, "case-services", services)
    clerk.post("/case-costs", said | {"method": "bottom_up"})
    unpriced = auditor.get(f"/case-costs/{given.MONTH}/bottom_up").get_json()["unpriced"]
    assert (unpriced, whole["unpriced"]) == ([{"service": "S2", "cases": 1, "quantity": 50}], [])
    by_days = clerk.post("/case-costs", said | {"driver": "cases"}).get_json()
    assert (by_days["version"], by_days["driver"]) == (2, "cases")
    report = auditor.get("/groups", **CITY).get_json()
    (group,) = report["groups"]
    assert (group["code"], group["payment"], group["low"]) == ("FM19", "9510.00", 1)  # a low outlier: what was billed
    (case,) = auditor.get("/groups/cases", code="FM19", **CITY).get_json()
    assert (case["encounter"], case["outlier"], case["payment"]) == ("E-OUT", "low", "9510.00")
    assert auditor.get("/groups/payers").get_json() == [{"region": "示范", "year": 2026, "method": "drg"}]
    whole_cost = auditor.get("/groups", cost="top_down", until="2026-04", **CITY).get_json()
    lines = auditor.get(f"/case-costs/{given.MONTH}/top_down/lines").get_json()["lines"]
    mine = [Decimal(line["amount"]) for line in lines if line["encounter"] == "E-OUT"]
    assert Decimal(whole_cost["cost"]) == sum(mine) > 0
    assert is_problem(auditor.get("/groups", cost="cost_to_charge", **CITY), 404, "unknown-case-run")
    assert is_problem(auditor.get("/groups", version=7, **CITY), 404, "unknown-cost-table")
    assert is_problem(auditor.post("/groups", CITY), 403, "not-allowed")
    kept = clerk.post("/groups", CITY).get_json()
    assert kept == clerk.post("/groups", CITY).get_json()
    assert auditor.get("/groups", as_of=kept["made_at"], **CITY).get_json() == report
    assert auditor.get("/groups/cases", code="FM19", as_of=kept["made_at"], **CITY).get_json() == [case]
    before = auditor.get("/groups", as_of="2026-01-01T00:00:00Z", **CITY).get_json()
    assert [(one["code"], one["cost"]) for one in before["groups"]] == [("", "0.00")]  # nothing was told or used
    facts = clerk.post("/indicators", {"month": given.MONTH}).get_json()
    now = auditor.get("/indicators", month=given.MONTH).get_json()
    (drugs,) = [one for one in now if one["code"] == "drug_share"]
    behind = auditor.get("/indicators/drug_share/numerator", month=given.MONTH).get_json()
    assert sum(Decimal(one["amount"]) for one in behind) == Decimal(drugs["numerator_value"])
    assert auditor.get("/indicators/per_case/numerator", month=given.MONTH).get_json() == []  # /costs has it
    assert auditor.get("/indicators", month=given.MONTH, as_of=facts["made_at"]).get_json() == now
    then = clerk.get(f"/case-costs/{given.MONTH}/top_down", as_of="2026-01-01T00:00:00Z")
    assert is_problem(then, 404, "unknown-case-run")
