"""Usage review over HTTP: looked at, judged with a why, opened again; an auditor only reads."""

from __future__ import annotations

from spd.core.transaction import transaction
from spd.costing import CaseMethod
from tests.api.asking import World, is_problem
from tests.api.test_orders import engaged
from tests.costing import given


def test_what_stands_out_is_judged(embedded: World) -> None:
    with transaction(embedded.database) as session:
        given.stepped_down(session, embedded.h)
        given.cases_costed(session, embedded.h, CaseMethod.TOP_DOWN)
    quality, auditor = engaged(embedded, "quality"), engaged(embedded, "auditor")
    said = {"month": given.MONTH, "region": "示范", "year": 2026}
    assert is_problem(auditor.post("/reviews/look", said), 403, "not-allowed")
    assert quality.post("/reviews/look", said).get_json() == {"cases": 0, "found": 1}  # it used nothing: special only
    assert quality.post("/reviews/look", said).get_json()["found"] == 0
    (one,) = auditor.get("/reviews", month=given.MONTH, waiting=True).get_json()["reviews"]
    assert (one["subject"], one["of"], one["why"], one["score"]) == ("special", "E-OUT", "low", None)
    number = one["id"]
    assert is_problem(
        quality.post(f"/reviews/{number}/verdict", {"verdict": "reasonable", "note": "x"}), 422, "not-that-verdict"
    )
    told = {"verdict": "submitted", "note": "单议"}
    assert quality.post(f"/reviews/{number}/verdict", told).get_json()["verdict"] == "submitted"
    assert is_problem(quality.post(f"/reviews/{number}/verdict", told), 409, "review-decided")
    assert quality.post(f"/reviews/{number}/reopen", {"note": "补充"}).get_json()["verdict"] == ""
    whole = auditor.get(f"/reviews/{number}").get_json()
    assert [act["verdict"] for act in whole["acts"]] == ["submitted", ""]
    assert is_problem(auditor.get("/reviews/999"), 404, "unknown-review")
