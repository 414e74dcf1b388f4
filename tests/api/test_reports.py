"""Saved reports over the interface: whoever saved one has it, and nobody else."""

from __future__ import annotations

from tests.api.asking import World


def test_a_saved_report_is_of_who_saved_it(embedded: World) -> None:
    mine = embedded.asking("head_nurse", embedded.h.cardiology)
    theirs = embedded.asking("head_nurse", embedded.h.surgery)
    saved = mine.post("/reports", {"name": "monthly", "report": "products"}).get_json()
    assert [one["name"] for one in mine.get("/reports").get_json()] == ["monthly"]
    assert theirs.get("/reports").get_json() == []
    assert theirs.post(f"/reports/{saved['id']}/stop").status_code in (403, 404)
    assert mine.get("/reports").get_json()[0]["stopped_at"] is None
