"""Uses in an emergency over the interface and by the job: listed, assigned, told of when they wait too long."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from spd.core.job_runs import JobRun
from spd.core.transaction import reading
from spd.jobs.emergencies import warn_of_emergencies
from tests import build
from tests.api.asking import Caller, World, label
from tests.api.test_offline import stents

SHANGHAI = ZoneInfo("Asia/Shanghai")


def nurse_of(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def used(world: World, number: int = 1) -> list[int]:
    """So many stents used on an unknown patient: their numbers on the list."""
    told = [
        nurse_of(world).post("/emergency-uses", {"scan": label(item), "department": "CARD"})
        for item in stents(world, number)
    ]
    assert [answer.status_code for answer in told] == [201] * number, told[0].get_json()
    return [answer.get_json()["number"] for answer in told]


def test_uses_are_listed_and_assigned_in_one_act(embedded: World) -> None:
    numbers = used(embedded, 2)
    nurse = nurse_of(embedded)
    assert [one["id"] for one in nurse.get("/emergency-uses", state="open").get_json()["uses"]] == numbers
    said = {"uses": numbers, "encounter": "W-1", "reason": "identified"}
    told = nurse.post("/emergency-uses/assignments", said).get_json()
    assert (told["encounter"], [line["cost"] for line in told["lines"]]) == ("E-1", ["8600.00", "8600.00"])
    assert nurse.get("/emergency-uses", state="open").get_json()["uses"] == []
    assert {one["encounter"] for one in nurse.get("/emergency-uses").get_json()["uses"]} == {"E-1"}
    nurse.refused("/emergency-uses/assignments", said, 409, "assigned-before")
    movement = told["lines"][0]["movement_id"]
    assert nurse.post("/reversals", {"movement_id": movement, "reason": "not used after all"}).status_code == 201
    states = [one["state"] for one in nurse.get("/emergency-uses").get_json()["uses"]]
    assert states == ["undone", "assigned"]


def test_another_wards_list_is_not_theirs(embedded: World) -> None:
    numbers = used(embedded)
    surgeon = embedded.asking("nurse", embedded.h.surgery)
    assert surgeon.get("/emergency-uses").get_json()["uses"] == []
    said = {"uses": numbers, "encounter": "W-1", "reason": "identified"}
    surgeon.refused("/emergency-uses/assignments", said, 404, "unknown-emergency-use")
    (item,) = stents(embedded, 1)
    surgeon.refused("/emergency-uses", {"scan": label(item), "department": "CARD"}, 403, "not-your-department")


def test_the_job_tells_of_what_is_open_too_long_once_an_hour(embedded: World) -> None:
    used(embedded)
    later = build.NOW + timedelta(hours=25)
    assert warn_of_emergencies(embedded.database, now=lambda: build.NOW, zone=SHANGHAI)
    assert warn_of_emergencies(embedded.database, now=lambda: later, zone=SHANGHAI)
    assert not warn_of_emergencies(embedded.database, now=lambda: later, zone=SHANGHAI)
    with reading(embedded.database) as session:
        runs = session.execute(select(JobRun.outcome, JobRun.detail).where(JobRun.job == "emergencies")).all()
    assert [tuple(run) for run in runs] == [("clean", "0/1"), ("late", "1/1")]
