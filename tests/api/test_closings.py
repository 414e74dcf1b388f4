"""Months over the interface: the list, the lock, and opening again by finance and an administrator."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest
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


def test_finance_sees_and_sets_the_closing_calendar(embedded: World) -> None:
    finance = embedded.asking("finance")
    told = finance.get("/closings/calendar", year=2026).get_json()
    assert [(one["from_on"], one["last_day"], one["state"]) for one in told["calendars"]] == [(None, 31, "holds")]
    assert told["first"] == "2026-04-01"
    april = {"from_on": "2026-04-01", "last_day": 25}
    tried = finance.get("/closings/calendar", year=2026, **april).get_json()["months"]
    assert [(one["last_on"], one["days"], one["turns"], one["changed"]) for one in tried[2:5]] == [
        ("2026-03-31", 31, False, False), ("2026-04-25", 25, True, True), ("2026-05-25", 30, False, True),
    ]  # fmt: skip
    assert not any(one["changed"] for one in finance.get("/closings/calendar", year=2026).get_json()["months"])
    said = april | {"reason": "the finance office"}
    is_problem(embedded.asking("auditor").post("/closings/calendar", said), 403, "not-allowed")
    key = str(uuid4())
    answers = [finance.post("/closings/calendar", said | {"request_key": key}) for _ in range(2)]
    assert [(one.status_code, one.get_json()["state"]) for one in answers] == [(201, "to_come")] * 2
    after = embedded.asking("auditor").get("/closings/calendar", year=2026).get_json()
    assert [one["last_day"] for one in after["calendars"]] == [31, 25]
    assert (after["first"], after["months"][3]["last_on"]) == ("2026-05-01", "2026-04-25")


@pytest.mark.parametrize(
    ("from_on", "last_day", "code"),
    [
        ("2026-03-01", 25, "calendar-not-to-come"), ("2026-02-01", 25, "calendar-not-to-come"),
        ("2026-04-02", 25, "calendar-not-to-come"), ("2026-04-01", 30, "bad-calendar"),
    ],
)  # fmt: skip
def test_a_calendar_of_days_that_were_is_neither_tried_nor_set(
    embedded: World, from_on: str, last_day: int, code: str
) -> None:
    finance = embedded.asking("finance", language="en")
    said = {"from_on": from_on, "last_day": last_day}
    is_problem(finance.get("/closings/calendar", year=2026, **said), 422, code)
    finance.refused("/closings/calendar", said | {"reason": "x"}, 422, code)
    is_problem(finance.get("/closings/calendar", year=2026, from_on=from_on), 422, "invalid")
