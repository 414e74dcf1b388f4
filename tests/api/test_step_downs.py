"""Step-down over HTTP: run once and again, the sheet ties out, the cells are its parts; only finance runs it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem
from tests.api.test_orders import engaged
from tests.costing import given


def test_a_month_is_stepped_down_and_told(embedded: World) -> None:
    with transaction(embedded.database) as session:
        first = given.stepped_down(session, embedded.h).version
    clerk, auditor = engaged(embedded, "finance"), engaged(embedded, "auditor")
    assert is_problem(auditor.post("/step-downs", {"month": given.MONTH}), 403, "not-allowed")
    assert is_problem(clerk.post("/step-downs", {"month": "1999-01"}), 422, "nothing-to-step-down")
    assert is_problem(clerk.get("/step-downs/1999-01"), 404, "unknown-step-down")
    assert clerk.post("/step-downs", {"month": given.MONTH}).get_json()["version"] == first == 1
    for at, found in ((build.NOW, [1]), (build.NOW - timedelta(seconds=1), [])):
        made = auditor.get("/step-downs", as_of=at.isoformat()).get_json()["step_downs"]
        assert [one["version"] for one in made] == found
    sheet = auditor.get(f"/step-downs/{given.MONTH}").get_json()
    assert (sheet["total"], sheet["tie_out"]) == ("15300.11", "0.00")
    at_the_end = {row["department"]: row["final"] for row in sheet["departments"]}
    assert at_the_end["LOGI"] == at_the_end["LAB"] == "0.00"
    cells = auditor.get(f"/step-downs/{given.MONTH}/cells", item="staff").get_json()["cells"]
    logistics = [cell for cell in cells if cell["source"] == "LOGI" and cell["level"] == 1]
    assert sum(Decimal(cell["amount"]) for cell in logistics) == Decimal("1000.01")
    assert {(cell["driver"], cell["of_weight"]) for cell in logistics} == {("staff", "23.00")}
