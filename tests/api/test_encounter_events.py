"""Events of stays over HTTP: a verdict each, kept once, and what makes no sense yet on a list."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World

ADMIT = {
    "message": "A1", "source": "HIS", "event": "admit", "encounter": "N-1", "department": "CARD", "patient": "P-9",
    "patient_name": "王小明", "happened_at": "2026-03-02T08:00:00+08:00",
}  # fmt: skip
DISCHARGE = {"message": "A2", "event": "discharge", "encounter": "N-2", "happened_at": "2026-03-02T09:00:00+08:00"}


@pytest.fixture
def his(embedded: World) -> Caller:
    return embedded.asking("integration")


def test_one_event_is_kept_once_and_never_another_way(embedded: World, his: Caller) -> None:
    assert his.post("/encounter-events", ADMIT).get_json()["outcome"] == "applied"
    again = his.post("/encounter-events", ADMIT).get_json()
    assert (again["outcome"], again["repeated"]) == ("applied", True)
    his.refused("/encounter-events", ADMIT | {"bed": "9", "request_key": str(uuid4())}, 409, "event-changed")
    his.refused("/encounter-events", DISCHARGE | {"message": "A3", "event": "merge"}, 422, "event-incomplete")
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    seen = nurse.get("/encounters/N-1").get_json()
    assert (seen["patient_name"], seen["merged_into"], seen["cancelled"]) == ("王*明", None, False)


def test_a_batch_gives_each_its_verdict_and_what_waits_is_listed(embedded: World, his: Caller) -> None:
    future = ADMIT | {"message": "A9", "happened_at": "2026-03-09T08:00:00+08:00"}
    told = his.post("/encounter-events/batch", {"events": [DISCHARGE, ADMIT, future]}).get_json()["verdicts"]
    assert [(one["outcome"], one["reason"]) for one in told] == [
        ("waiting", "unknown-encounter"), ("applied", ""), ("refused", "event-in-future"),
    ]  # fmt: skip
    admin = embedded.asking("system_admin")
    (waits,) = admin.get("/encounter-events", waiting=True).get_json()["events"]
    assert (waits["message"], "patient_name" in waits) == ("A2", False)
    aside = admin.post(f"/encounter-events/{waits['id']}/set-aside", {"reason": "外院"})
    assert aside.status_code == 201
    assert admin.get("/encounter-events", waiting=True).get_json()["events"] == []
    assert len(his.get("/encounter-events").get_json()["events"]) == 2


def test_what_was_used_on_a_stay_is_read_at_its_survivor(embedded: World, his: Caller) -> None:
    with transaction(embedded.database) as session:
        build.use(session, embedded.h, build.stents(session, embedded.h)[0])
    merge: dict[str, Any] = {
        "message": "M", "event": "merge", "encounter": "E-1", "survivor": "E-2",
        "happened_at": "2026-03-02T09:59:00+08:00",
    }  # fmt: skip
    assert his.post("/encounter-events", merge).get_json()["outcome"] == "applied"
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    (used,) = nurse.get("/encounters/E-2/uses").get_json()["uses"]
    assert (used["encounter"], used["implant"], used["undone"]) == ("E-1", True, False)
    assert [one["code"] for one in nurse.get("/encounters").get_json()["encounters"]] == ["E-2"]


def test_patients_are_merged_by_their_numbers(embedded: World, his: Caller) -> None:
    merge = {
        "message": "M1", "event": "merge_patient", "patient": "P-E-1", "survivor": "P-E-2",
        "happened_at": "2026-03-02T08:00:00+08:00",
    }  # fmt: skip
    assert his.post("/encounter-events", merge).get_json()["outcome"] == "applied"
    lacking = merge | {"message": "M2", "event": "discharge", "request_key": str(uuid4())}
    his.refused("/encounter-events", lacking, 422, "event-incomplete")
    (kept,) = [one for one in his.get("/encounter-events").get_json()["events"] if one["event"] == "merge_patient"]
    assert (kept["encounter"], kept["patient"], kept["survivor"]) == ("", "P-E-1", "P-E-2")
