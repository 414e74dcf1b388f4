"""A recall at work: begun, broken off, taken up again, raced by people who move things."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from spd import recalls
from spd.core import tasks
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.settings import Settings
from spd.core.tasks import Task
from spd.core.transaction import reading, transaction
from spd.jobs import recalling, running
from spd.ledger import Item, ItemStateName
from spd.recalls import Meant
from spd.stock import deny_list
from spd.stock.holds import Hold
from tests import build
from tests.build import NOW, Hospital
from tests.recalls import acting

ZONE = Settings(database_url="sqlite://", secret_key="x" * 40).zone
LATER = NOW + timedelta(minutes=1)


def begin(database: Database, number: int) -> tuple[Hospital, str, list[str], int]:
    """A recall in force over so many stents in a ward, with the work of holding them asked for."""
    with transaction(database) as session:
        h = build.hospital(session)
        codes = build.stents(session, h, number)
        recall = acting.opened(session, h, Meant(product="STENT"), hold=False)
        task = recalling.ask(session, recalling.HOLD, recall.code, build.occasion(h.keeper))
        return h, recall.code, codes, task.id


def held(database: Database) -> tuple[int, int]:
    """Items on hold, and holds."""
    with reading(database) as session:
        items = session.scalar(select(func.count()).where(Item.state == ItemStateName.HELD)) or 0
        return items, session.scalar(select(func.count()).select_from(Hold)) or 0


def test_it_holds_part_by_part_and_tells_how_far(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "AT_ONCE", 2)
    _, code, _, task = begin(database, 5)
    assert running.run(database, task, now=lambda: LATER)
    assert held(database) == (5, 5)
    with reading(database) as session:
        done = tasks.get(session, task)
        assert (done.outcome, done.told, done.total) == ("done", '{"held": 5}', 5)
        recall = recalls.get_recall(session, code)
        assert (recall.held_at, recall.listed_at) == (LATER, LATER)
        assert recall.holding_took == timedelta(minutes=1)
        assert build.problems(session) == []


def test_asked_twice_it_is_one_work(database: Database) -> None:
    h, code, _, task = begin(database, 1)
    with transaction(database) as session:
        assert recalling.ask(session, recalling.HOLD, code, build.occasion(h.keeper)).id == task
        assert session.scalar(select(func.count()).select_from(Task)) == 1


def test_what_a_process_that_died_has_left_is_taken_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "AT_ONCE", 2)
    _, _, _, task = begin(database, 5)
    place, calls = recalls.hold, []

    def dies(*said: object) -> int:
        calls.append(said)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return place(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(recalls, "hold", dies)
    with pytest.raises(KeyboardInterrupt):
        running.run(database, task, now=lambda: LATER)
    assert held(database) == (2, 2)
    assert running.run_waiting(database, now=lambda: LATER) == 0  # it may still be at it
    assert running.run_waiting(database, now=lambda: LATER + timedelta(minutes=3)) == 1
    assert held(database) == (5, 5)


def test_what_comes_later_by_another_way_is_found_by_the_sweep(database: Database) -> None:
    """Goods that no bay judged: the target is off the list while they come."""
    h, code, _, task = begin(database, 2)
    running.run(database, task, now=lambda: LATER)
    with transaction(database) as session:
        note = build.note(session, h, h.stents, ("STENT", 1))
        target = deny_list.targets_of(session, code)[0]
        target.denied_at = None
        session.flush()
        late = build.receive(session, h, note, build.scan(build.STENT_DI, lot="L1", serial="LATE"))
        target.denied_at = NOW
    assert recalling.sweep(database, now=lambda: LATER, zone=ZONE) == 1
    assert recalling.sweep(database, now=lambda: LATER, zone=ZONE) == 0
    with reading(database) as session:
        assert session.scalar(select(Item.state).where(Item.code == late[0])) == "held"
        assert build.problems(session) == []


def test_people_who_move_things_meanwhile_lose_nothing_and_keep_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four people carry and use while the holds are placed: whatever they reach first is theirs, the rest is held."""
    monkeypatch.setattr(recalls, "AT_ONCE", 3)
    with transaction(database) as session:
        h = build.hospital(session)
        codes = build.stents(session, h, 24)
        code = acting.written(session, h, Meant(product="STENT")).code
    start = threading.Barrier(5)
    used: list[str] = []

    def attempt(act: Callable[[], object]) -> bool:
        for _ in range(20):
            try:
                act()
            except OperationalError:
                continue
            except Refusal:
                return False
            return True
        return False

    def nurse(mine: list[str]) -> None:
        start.wait()
        for one in mine:

            def use(one: str = one) -> None:
                with transaction(database) as session:
                    build.use(session, h, one)

            if attempt(use):
                used.append(one)

    people = [threading.Thread(target=nurse, args=(codes[number::4],)) for number in range(4)]
    for person in people:
        person.start()
    start.wait()
    with suppress(OperationalError), transaction(database) as session:
        recalls.open_recall(session, build.occasion(h.keeper), code)
    doing = recalling.Doing(database, h.keeper.id, lambda: LATER, day_of(LATER, ZONE), lambda _done, _total: None)
    recalling.hold_all(doing, code)
    for person in people:
        person.join()
    recalling.hold_all(doing, code)
    with reading(database) as session:
        recall = recalls.get_recall(session, code)
        balance = recalls.total(recalls.tie_out(session, recall))
        assert (balance.received, balance.used, balance.held, balance.free) == (24, len(used), 24 - len(used), 0)
        assert build.problems(session) == []
        late = recalls.uses_page(session, recall, seen=None)
        assert len(late) == len(used)
