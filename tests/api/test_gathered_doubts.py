"""What comes with others is still its own: person, device, key, alarm, wait; and who leads them may die."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.gathered import Gathering
from spd import policies, trace_codes
from spd.core.transaction import reading, transaction
from spd.interceptions.models import Interception
from spd.ledger import Item, Movement, MovementKind
from spd.staff import Staff
from tests import build
from tests.api.asking import Caller, World
from tests.api.test_gathered import LONG, Line, _until, kept, line, nurse, on_patient, stents
from tests.api.test_uses import boxed

__all__ = ["line", "nurse"]


def uses(world: World) -> dict[str, tuple[int, str, int | None]]:
    """Who used each thing, by which device, for which department."""
    with reading(world.database) as session:
        query = select(Item.code, Movement.staff_id, Movement.device, Movement.department_id)
        query = query.join(Item, Item.id == Movement.item_id).where(Movement.kind == MovementKind.CONSUME)
        return {code: (staff, device, department) for code, staff, device, department in session.execute(query)}


def number_of(world: World, caller: Caller) -> int:
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    with reading(world.database) as session:
        return session.scalars(select(Staff.id).where(Staff.code.endswith(token[:8]))).one()


def by(caller: Caller, device: str) -> Caller:
    return Caller(caller.world, caller.headers | {"X-Device": device})


def test_each_is_of_who_scanned_it_with_what_they_hold(world: World, nurse: Caller, line: Line) -> None:
    with transaction(world.database) as session:
        policies.settle(session, build.occasion(world.h.keeper), "use.other_ward_stock", "transfer")
        first, second, third = build.packs(session, world.h, 3)
    other = world.asking("nurse", world.h.surgery)
    callers = [by(nurse, "PDA-1"), by(other, "PDA-2"), by(nurse, "PDA-3")]
    told = line.at_once(callers, [{"scan": code} for code in (first, second, third)])
    assert ([one.status_code for one in told], line.commits) == ([201] * 3, 1)
    mine, theirs, ward = number_of(world, nurse), number_of(world, other), world.h.cardiology.id
    assert uses(world) == {
        first: (mine, "PDA-1", ward), second: (theirs, "PDA-2", world.h.surgery.id), third: (mine, "PDA-3", ward)
    }  # fmt: skip
    assert kept(world) == ["other-ward-stock"]
    assert world.problems() == []


def test_who_may_not_is_refused_beside_who_may_and_it_is_kept_under_their_name(
    world: World, nurse: Caller, line: Line
) -> None:
    first, second, third = stents(world, 3)
    stranger = world.asking("nurse", world.h.surgery)
    with transaction(world.database) as session:
        build.hold(session, world.h, second)
    said = [on_patient(first), on_patient(second), on_patient(third, department="CARD")]
    told = line.at_once([nurse, stranger, stranger], said)
    assert [one.get_json().get("code") for one in told] == [None, "held", "not-your-department"]
    with reading(world.database) as session:
        caught = session.execute(select(Interception.rule, Interception.staff_id)).all()
    assert {tuple(one) for one in caught} == {
        ("held", number_of(world, stranger)), ("not-your-department", number_of(world, stranger))
    }  # fmt: skip
    assert set(uses(world)) == {first}


def test_one_key_for_two_things_does_the_first_and_tells_the_second(world: World, nurse: Caller, line: Line) -> None:
    first, second, third = stents(world, 3)
    key = str(uuid4())
    said = [on_patient(third), on_patient(first, request_key=key), on_patient(second, request_key=key)]
    told = [one.status_code for one in line.at_once(nurse, said)]
    assert (told[0], sorted(told[1:])) == (201, [201, 409])
    assert len(uses(world)) == 2
    assert world.problems() == []


def test_the_alarm_of_a_code_sold_before_is_kept_and_those_beside_it_go_on(
    world: World, nurse: Caller, line: Line
) -> None:
    code = "81000000000000000102"
    boxed(world, code)
    assert nurse.post("/uses", on_patient(code)).status_code == 201
    first, second = stents(world, 2)
    told = line.at_once(nurse, [on_patient(first), on_patient(code), on_patient(second)])
    assert [one.status_code for one in told] == [201, 409, 201]
    with reading(world.database) as session:
        assert [alarm.code for alarm, *_ in trace_codes.open_alarms(session)] == [code]


def test_a_lock_on_one_thing_is_waited_for_by_its_own_use_alone(world: World, nurse: Caller, line: Line) -> None:
    if world.database.is_sqlite:
        pytest.skip("it has one lock for all")
    codes = stents(world, 4)
    with ThreadPoolExecutor(1) as pool:
        with transaction(world.database) as session:
            session.execute(select(Item.id).where(Item.code == codes[1]).with_for_update())
            told = pool.submit(line.at_once, nurse, [on_patient(code) for code in codes])
            _until(lambda: set(uses(world)) == {codes[0], *codes[2:]})
            assert not told.done()
        assert {one.status_code for one in told.result()} == {201}
    assert set(uses(world)) == set(codes)


class Killed(BaseException):
    """What ends a thread."""


@pytest.fixture
def dying() -> Iterator[tuple[Gathering[int, int], threading.Event]]:
    def together(asked: Sequence[int]) -> list[int | None]:
        raise Killed

    waiting, free = Gathering[int, int](together), threading.Event()
    waiting.patience = LONG
    yield waiting, free
    free.set()


def test_where_the_leader_is_ended_those_behind_it_go_alone(
    dying: tuple[Gathering[int, int], threading.Event],
) -> None:
    waiting, free = dying
    with ThreadPoolExecutor(5) as pool:
        before = pool.submit(waiting.take, 0, lambda: int(free.wait(LONG)))
        _until(lambda: waiting._busy)
        told: list[Any] = []
        for one in range(1, 4):
            told.append(pool.submit(waiting.take, one, lambda one=one: one * 100))  # type: ignore[misc]
            _until(lambda one=one: waiting.waiting == one)  # type: ignore[misc]
        free.set()
        before.result()
        with pytest.raises(Killed):
            told[0].result(LONG)
        assert [one.result(LONG) for one in told[1:]] == [200, 300]
    assert waiting.take(4, lambda: 400) == 400, "the turn was passed on"
    assert not waiting._busy


def test_many_that_come_and_leave_at_once_are_each_done_once_and_none_waits_for_ever() -> None:
    done: list[int] = []
    guard = threading.Lock()

    def one_alone(one: int) -> int:
        with guard:
            done.append(one)
        return one

    def together(asked: Sequence[int]) -> list[int | None]:
        if asked[0] % 7 == 0:
            raise RuntimeError("the database is gone")
        return [one_alone(one) if one % 3 else None for one in asked[: 1 + asked[0] % 5]]

    waiting = Gathering[int, int](together)
    waiting.patience = 0.0002
    with ThreadPoolExecutor(16) as pool:
        told = [pool.submit(waiting.take, one, lambda one=one: one_alone(one)) for one in range(4000)]  # type: ignore[misc]
        assert [one.result(LONG) for one in told] == list(range(4000))
    assert sorted(done) == list(range(4000))
    assert (waiting.waiting, waiting._busy) == (0, False)
