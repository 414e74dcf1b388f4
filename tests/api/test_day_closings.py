"""Days over the interface: a ward signs its own and sees its own, finance sees all."""

from __future__ import annotations

from tests.api.asking import World, is_problem

DAY = {"department": "CARD", "day": "2026-03-02"}


def test_a_ward_signs_its_own_day_and_nobody_elses(embedded: World) -> None:
    mine, other = (embedded.asking("head_nurse", place) for place in (embedded.h.cardiology, embedded.h.surgery))
    is_problem(other.post("/day-closings", DAY), 403, "not-allowed")
    is_problem(other.get("/day-closings/day", **DAY), 403, "not-allowed")
    told = mine.get("/day-closings/day", **DAY).get_json()
    assert (told["state"], told["remaining"], told["signed"]) == ("open", [], [])
    signed = mine.post("/day-closings", DAY)
    assert signed.status_code == 201, signed.get_json()
    assert signed.get_json()["state"] == "closed"
    assert [one["version"] for one in signed.get_json()["signed"]] == [1]
    is_problem(mine.post("/day-closings", DAY), 409, "day-closed")


def test_the_month_shows_a_reader_its_own_departments(embedded: World) -> None:
    seen = {
        name: {row["department"] for row in who.get("/day-closings", month="2026-03").get_json()}
        for name, who in (
            ("ward", embedded.asking("head_nurse", embedded.h.cardiology)), ("finance", embedded.asking("finance")),
        )
    }  # fmt: skip
    assert seen == {"ward": {"CARD"}, "finance": {"CARD", "SURG"}}
