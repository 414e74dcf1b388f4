"""How things stood before is kept in order, and the proof finds what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from spd.core import clock, pasts
from spd.encounters import EncounterPast
from spd.jobs import prove
from spd.places import Department, DepartmentPast, departments_at
from tests import build
from tests.build import NOW, Hospital

HOUR = timedelta(hours=1)


def renamed(session: Session, department: Department, name: str, at: datetime) -> None:
    before = pasts.values(DepartmentPast, department)
    department.name = name
    session.flush()
    pasts.keep(session, DepartmentPast, [(department, before)], at=at)


def past_of(record: Any, past: Any, **said: Any) -> Any:
    kept = {"record_id": record.id, "until_at": NOW + HOUR, "known": True} | pasts.values(past, record)
    return past(**kept | said)


@pytest.fixture
def told(session: Session, h: Hospital) -> Hospital:
    """A ward that was renamed twice, the second time twice in one file."""
    renamed(session, h.cardiology, "心内", NOW)
    renamed(session, h.cardiology, "心内科", NOW + 2 * HOUR)
    renamed(session, h.cardiology, "心血管内科", NOW + 2 * HOUR)
    session.flush()
    assert build.problems(session) == []
    return h


def found(session: Session) -> list[tuple[str, str]]:
    problems = build.problems(session)
    assert {problem.check for problem in problems} <= {"pasts"}
    return [(problem.table, problem.says) for problem in problems]


def test_a_past_out_of_order_is_found(session: Session, told: Hospital) -> None:
    session.add(past_of(told.cardiology, DepartmentPast))
    session.flush()
    assert found(session) == [("department_pasts", "ends before one that was kept earlier")]


def test_a_past_that_ends_in_time_to_come_is_found(session: Session, told: Hospital) -> None:
    session.add(past_of(told.surgery, DepartmentPast, until_at=clock.now() + HOUR))
    session.flush()
    assert found(session) == [("department_pasts", "ends in time to come")]
    assert prove(session, at=clock.now() + 2 * HOUR) == []


def test_a_thing_unknown_after_it_was_known_is_found(session: Session, told: Hospital) -> None:
    session.add(past_of(told.cardiology, DepartmentPast, until_at=NOW + 3 * HOUR, known=False))
    session.flush()
    assert found(session) == [("department_pasts", "unknown after it was known")]


@pytest.mark.parametrize("column", ["record_id", "department_id", "merged_into_id"])
def test_a_past_of_nothing_there_is_is_found(session: Session, told: Hospital, column: str) -> None:
    past = past_of(told.stay, EncounterPast, **{column: 987654})
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    elif column != "merged_into_id":
        session.execute(text(f"ALTER TABLE encounter_pasts DROP CONSTRAINT fk_encounter_pasts_{column}"))
    session.add(past)
    session.flush()
    assert found(session) == [("encounter_pasts", f"{column} is of nothing there is")]


def test_who_changes_later_is_kept_later_whatever_the_clock_said(session: Session, h: Hospital) -> None:
    first = h.cardiology.name
    renamed(session, h.cardiology, "心内", NOW + 2 * HOUR)
    renamed(session, h.cardiology, "心内科", NOW + HOUR)  # waited for the first, since an hour before it
    assert build.problems(session) == []

    def name_at(at: datetime) -> str | None:
        then = departments_at(at)
        return session.scalar(select(then.name).where(then.id == h.cardiology.id))

    assert [name_at(NOW + number * HOUR / 2) for number in (1, 3, 5)] == [first, first, "心内科"]
