"""Months over the interface: the list, the lock, and opening again by finance and an administrator."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy import insert

from spd.core.job_runs import JobRun
from spd.core.transaction import transaction
from tests.api.asking import World, is_problem
from tests.api.conftest import Hands

APRIL = datetime(2026, 4, 2, 2, tzinfo=UTC)


def test_the_books_are_proved_when_somebody_asks(embedded: World) -> None:
    finance = embedded.asking("finance")
    is_problem(embedded.asking("auditor").post("/verifications"), 403, "not-allowed")
    begun = finance.post("/verifications")
    assert begun.status_code == 202
    _wait()
    newest = finance.get("/verifications").get_json()[0]
    assert (newest["outcome"], newest["detail"]) == ("clean", "")
    assert finance.get("/closings/2026-02").get_json()["may_lock"]
    assert finance.post("/verifications").get_json()["task"] != begun.get_json()["task"]
    _wait()


def _wait() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("task-"):
            thread.join()


def test_a_month_is_locked_by_its_list_and_opened_again_by_two(embedded: World, clock: Hands) -> None:
    finance, admin = embedded.asking("finance"), embedded.asking("system_admin")
    is_problem(finance.post("/closings/2026-02/lock"), 409, "closing-list-open")
    told = finance.get("/closings/2026-02").get_json()
    assert (told["state"], told["may_lock"]) == ("open", False)
    assert {one["check"]: one["state"] for one in told["checks"] if one["state"] != "done"} == {"proof": "open"}
    with transaction(embedded.database) as session:
        row = {"job": "verify", "period": "x", "started_at": clock.now, "finished_at": clock.now, "outcome": "clean"}
        session.execute(insert(JobRun).values(detail="", **row))
    assert finance.get("/closings/2026-02").get_json()["may_lock"]
    is_problem(admin.post("/closings/2026-02/lock"), 403, "not-allowed")
    locked = finance.post("/closings/2026-02/lock")
    assert (locked.status_code, locked.get_json()["step"]) == (201, "closed")
    months = {one["period"]: one["state"] for one in finance.get("/closings", year=2026).get_json()}
    assert (months["2026-02"], months["2026-03"], months["2026-04"]) == ("closed", "open", "future")
    asked = finance.post("/closings/2026-02/reopenings", {"hours": 4, "reason": "forgotten"})
    assert asked.get_json()["step"] == "asked", asked.get_json()
    is_problem(finance.post("/closings/2026-02/reopenings/decision", {"agrees": True}), 403, "same-person")
    opened = admin.post("/closings/2026-02/reopenings/decision", {"agrees": True})
    assert opened.get_json()["step"] == "reopened"
    told = finance.get("/closings/2026-02").get_json()
    assert (told["state"], [one["step"] for one in told["steps"]]) == ("reopened", ["closed", "asked", "reopened"])
    is_problem(finance.post("/closings/2026-02/waivers", {"check": "proof", "reason": "x"}), 422, "nothing-to-wave")
