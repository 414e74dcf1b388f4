"""Long work: done once, its progress told, its end kept, and what a dead process left is taken up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from spd.core import tasks
from spd.core.database import Database
from spd.core.errors import Refused
from spd.core.tasks import Task, UnknownTask
from spd.core.transaction import reading, transaction
from spd.jobs import running
from spd.jobs.running import Outcome, Work
from tests.build import NOW


class TooLate(Refused):
    """A refusal of these tests."""

    code = "too-late"
    say = {"zh": "太晚了。", "en": "Too late."}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(running, "_KINDS", {})
    yield


def asked(database: Database, kind: str = "sum", **said: object) -> int:
    with transaction(database) as session:
        return tasks.ask(session, kind, dict(said), title="合计", asked_by_id=7, at=NOW).id


def found(database: Database, number: int) -> Task:
    with reading(database) as session:
        return tasks.get(session, number)


def now() -> datetime:
    return NOW


def test_work_is_done_once_and_what_came_of_it_is_kept(database: Database) -> None:
    running.does("sum", lambda work: Outcome(told={"sum": sum(work.task.said["of"])}, file=("s.txt", b"6")))
    number = asked(database, of=[1, 2, 3])
    assert running.run(database, number, now=now)
    assert not running.run(database, number, now=now)
    task = found(database, number)
    assert (task.outcome, json.loads(task.told), task.file_name) == ("done", {"sum": 6}, "s.txt")


def test_progress_can_be_seen_while_it_is_under_way(database: Database) -> None:
    seen: list[tuple[int, int]] = []

    def count(work: Work) -> Outcome:
        work.progress(40, 100)
        task = found(database, work.task.id)
        seen.append((task.done, task.total))
        return Outcome(told={})

    running.does("sum", count)
    running.run(database, asked(database), now=now)
    assert seen == [(40, 100)]


def test_progress_never_waits_for_the_work_itself(database: Database) -> None:
    """On SQLite the work holds the only pen: the progress is left untold rather than waited for."""

    def write(work: Work) -> Outcome:
        with transaction(work.database) as session:
            tasks.ask(session, "other", {}, title="", asked_by_id=1, at=NOW)
            work.progress(1, 2)
        return Outcome(told={})

    running.does("sum", write)
    number = asked(database)
    running.run(database, number, now=now)
    assert found(database, number).outcome == "done"


def test_a_refusal_is_told_in_both_languages_and_a_bug_as_one(database: Database) -> None:
    def refuse(_work: Work) -> Outcome:
        raise TooLate()

    def break_(_work: Work) -> Outcome:
        raise ZeroDivisionError

    running.does("sum", refuse)
    running.does("bug", break_)
    refused, broken = asked(database), asked(database, "bug")
    running.run(database, refused, now=now)
    running.run(database, broken, now=now)
    told = json.loads(found(database, refused).told)
    assert (found(database, refused).outcome, told["zh"], told["en"]) == ("refused", "太晚了。", "Too late.")
    assert found(database, broken).outcome == "failed"


def test_what_a_dead_process_left_is_taken_up_and_what_is_alive_is_not(database: Database) -> None:
    ran: list[int] = []
    running.does("sum", lambda work: ran.append(work.task.id) or Outcome(told={}))
    left, alive = asked(database), asked(database)
    for number in (left, alive):
        with transaction(database) as session:
            tasks.claim(session, number, at=NOW)
    with transaction(database) as session:
        tasks.progress(session, alive, 1, 2, at=NOW + tasks.ABANDONED)
    later = NOW + tasks.ABANDONED + timedelta(seconds=1)
    assert running.run_waiting(database, now=lambda: later) == 1
    assert ran == [left]


def test_a_worker_leaves_kinds_of_work_it_does_not_know(database: Database) -> None:
    asked(database, "unheard-of")
    assert running.run_waiting(database, now=now) == 0


def test_somebody_elses_work_is_not_there(database: Database) -> None:
    number = asked(database)
    with reading(database) as session:
        assert tasks.get(session, number, asked_by_id=7).id == number
        with pytest.raises(UnknownTask):
            tasks.get(session, number, asked_by_id=8)


def test_long_work_is_left_to_a_worker_that_lives(database: Database) -> None:
    running.does("sum", lambda work: Outcome(told={"sum": 6}))
    number = asked(database)
    running.live(database, now=now)
    running.live(database, now=now)  # said again and again
    assert running.start_or_leave(database, number, now=now) is None
    assert not running.take_up_left(database, found(database, number), now=lambda: NOW + timedelta(seconds=19))
    assert running.run_waiting(database, now=now) == 1
    other = asked(database)
    dead = running.start_or_leave(database, other, now=lambda: NOW + timedelta(seconds=20))
    assert dead is not None
    dead.join()
    assert found(database, other).outcome == "done"


def test_work_that_a_worker_left_is_taken_up_by_whoever_asks_how_far_it_is(database: Database) -> None:
    running.does("sum", lambda work: Outcome(told={}))
    number = asked(database)
    assert running.take_up_left(database, found(database, number), now=lambda: NOW + timedelta(seconds=21))
    for thread in threading.enumerate():
        if thread.name == f"task-{number}":
            thread.join(5)
    assert found(database, number).outcome == "done"
