"""Usage review over HTTP: looked at, judged with a why, opened again; an auditor only reads."""

from __future__ import annotations

from datetime import timedelta

from spd.core.transaction import transaction
from spd.costing import CaseMethod
from tests.api.asking import World, is_problem
from tests.api.conftest import Hands
from tests.api.test_orders import engaged
from tests.costing import given


def test_what_stands_out_is_judged(embedded: World, clock: Hands) -> None:
    with transaction(embedded.database) as session:
        given.stepped_down(session, embedded.h)
        given.cases_costed(session, embedded.h, CaseMethod.TOP_DOWN)
    quality, auditor = engaged(embedded, "quality"), engaged(embedded, "auditor")
    before = clock.now.isoformat()
    clock.now += timedelta(minutes=1)
    said = {"month": given.MONTH, "region": "示范", "year": 2026}
    assert is_problem(auditor.post("/reviews/look", said), 403, "not-allowed")
    assert quality.post("/reviews/look", said).get_json() == {"cases": 0, "found": 1}  # it used nothing: special only
    assert quality.post("/reviews/look", said).get_json()["found"] == 0
    (one,) = auditor.get("/reviews", month=given.MONTH, waiting=True).get_json()["reviews"]
    assert (one["subject"], one["of"], one["why"], one["score"]) == ("special", "E-OUT", "low", None)
    assert one["payer"] == "示范|2026|drg"
    assert auditor.get("/reviews", payer="示范|2026|dip").get_json()["reviews"] == []
    number = one["id"]
    assert is_problem(
        quality.post(f"/reviews/{number}/verdict", {"verdict": "reasonable", "note": "x"}), 422, "not-that-verdict"
    )
    told = {"verdict": "submitted", "note": "单议"}
    found_at = clock.now.isoformat()
    clock.now += timedelta(minutes=1)
    assert quality.post(f"/reviews/{number}/verdict", told).get_json()["verdict"] == "submitted"
    assert is_problem(quality.post(f"/reviews/{number}/verdict", told), 409, "review-decided")
    clock.now += timedelta(minutes=1)
    assert quality.post(f"/reviews/{number}/reopen", {"note": "补充"}).get_json()["verdict"] == ""
    whole = auditor.get(f"/reviews/{number}").get_json()
    assert [act["verdict"] for act in whole["acts"]] == ["submitted", ""]
    assert [(one["encounter"], one["value"]) for one in whole["measured"]] == [("E-OUT", "9510.00")]
    for at, verdict, acts in (
        (found_at, "", 0),
        (whole["acts"][0]["done_at"], "submitted", 1),
        (clock.now.isoformat(), "", 2),
    ):
        then = auditor.get(f"/reviews/{number}", as_of=at).get_json()
        assert (then["verdict"], len(then["acts"])) == (verdict, acts)
        (listed,) = auditor.get("/reviews", month=given.MONTH, as_of=at).get_json()["reviews"]
        assert listed == {name: then[name] for name in listed}
        waiting = auditor.get("/reviews", waiting=True, as_of=at).get_json()["reviews"]
        assert [one["id"] for one in waiting] == ([] if verdict else [number])
    assert auditor.get("/reviews", as_of=before).get_json()["reviews"] == []
    assert is_problem(auditor.get(f"/reviews/{number}", as_of=before), 404, "unknown-review")
    assert is_problem(auditor.get("/reviews/999"), 404, "unknown-review")
