"""Uses that come at the same moment share a transaction, and each is answered as if it had come alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from api import intercepted
from api.gathered import AT_ONCE, Gathering
from spd.core.transaction import reading, transaction
from spd.interceptions.models import Interception
from spd.ledger import Moved
from tests import build
from tests.api.asking import Caller, World, label
from tests.api.conftest import Hands
from tests.reconciliation import given as charges
from tests.reconciliation.test_charged_first import EARLIER, charge_first, left
from tests.reconciliation.test_charged_first import told as messages

LONG = 30.0


class Line:
    """The uses of the application, made to wait until all that a test sends are in line."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.uses: intercepted.Uses = world.app.extensions["spd.uses"]
        self.commits = 0

    def at_once(self, nurse: Caller | Sequence[Caller], said: Sequence[dict[str, Any]]) -> list[TestResponse]:
        """The answers to these uses, in line in this order before the first of them is done; by one, or each by its."""
        who = [nurse] * len(said) if isinstance(nurse, Caller) else nurse
        free = threading.Event()
        with ThreadPoolExecutor(len(said) + 1) as pool:
            before = pool.submit(self.uses.take, None, lambda: free.wait(LONG))  # type: ignore[arg-type, return-value]
            _until(lambda: self.uses._busy)
            asked = []
            for number, (caller, one) in enumerate(zip(who, said, strict=True), 1):
                asked.append(pool.submit(caller.post, "/uses", one))
                _until(lambda number=number: self.uses.waiting == number)  # type: ignore[misc]
            self.commits = 0
            free.set()
            before.result()
            return [one.result() for one in asked]


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end, "they are not in line"
        time.sleep(0.001)


@pytest.fixture
def line(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    there = Line(world)
    monkeypatch.setattr(there.uses, "patience", LONG)

    def committed(_connection: Any) -> None:
        there.commits += 1

    event.listen(world.database.engine, "commit", committed)
    yield there
    event.remove(world.database.engine, "commit", committed)


@pytest.fixture
def nurse(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def stents(world: World, number: int) -> list[str]:
    with transaction(world.database) as session:
        return build.stents(session, world.h, number)


def on_patient(code: str, **more: Any) -> dict[str, Any]:
    return {"scan": label(code), "encounter": "W-1"} | more


def what_differs_not(answer: TestResponse) -> dict[str, Any]:
    told: dict[str, Any] = answer.get_json()
    return {name: value for name, value in told.items() if name not in ("movement_id", "item")}


def test_they_share_one_transaction_and_are_told_what_one_alone_is_told(
    world: World, nurse: Caller, line: Line
) -> None:
    codes = stents(world, 7)
    alone = nurse.post("/uses", on_patient(codes[0]))
    told = line.at_once(nurse, [on_patient(code) for code in codes[1:]])
    assert [(one.status_code, one.get_json()["item"]) for one in told] == [(201, code) for code in codes[1:]]
    assert line.commits == 1
    assert all(what_differs_not(one) == what_differs_not(alone) for one in told)
    assert len({one.get_json()["movement_id"] for one in told}) == 6


def test_no_more_than_ten_are_written_together(world: World, nurse: Caller, line: Line) -> None:
    told = line.at_once(nurse, [on_patient(code) for code in stents(world, AT_ONCE + 3)])
    assert {one.status_code for one in told} == {201}
    assert line.commits == 2


def test_one_that_is_refused_is_refused_alone_and_kept(world: World, nurse: Caller, line: Line) -> None:
    first, held, second, last = stents(world, 4)
    with transaction(world.database) as session:
        build.hold(session, world.h, held)
    told = line.at_once(nurse, [on_patient(one) for one in (first, held, second, "00000", last)])
    assert [one.status_code for one in told] == [201, 422, 201, 404, 201]
    assert told[1].get_json()["code"] == "held"
    assert sorted(kept(world)) == ["held", "unknown-item"]


def test_what_is_found_at_one_that_goes_on_is_told_and_kept_with_it(world: World, clock: Hands, line: Line) -> None:
    codes = stents(world, 2)
    clock.now = build.NOW.replace(year=2028, month=9, day=30)  # the last of its days
    nurse = Caller(world, {"Authorization": f"Bearer {world.token('nurse', department=world.h.cardiology, days=1000)}"})
    told = line.at_once(nurse, [on_patient(code) for code in codes])
    assert [[one["error"] for one in answer.get_json()["cautions"]] for answer in told] == [["E07"], ["E07"]]
    assert line.commits == 1
    assert len(kept(world)) == 2


def test_a_charge_that_came_before_is_confirmed_by_as_many_as_it_charged(
    world: World, nurse: Caller, line: Line
) -> None:
    with transaction(world.database) as session:
        charge_first(session, world.h)
        charges.keep(session, world.h, charges.line(world.h, quantity=2, at=EARLIER, encounter=world.h.stay.code))
    told = line.at_once(nurse, [on_patient(code) for code in stents(world, 4)])
    assert line.commits == 1
    assert [[one["error"] for one in answer.get_json()["cautions"]] for answer in told] == [[], [], ["E19"], ["E19"]]
    with reading(world.database) as session:
        assert left(session, world.h) == []
        assert messages(session) == [("charge", 1), ("charge", 1)]
        assert build.problems(session) == []


def kept(world: World) -> list[str]:
    """The rules that found something."""
    with reading(world.database) as session:
        return list(session.scalars(select(Interception.rule).order_by(Interception.id)))


def test_one_thing_scanned_by_two_is_used_once(world: World, nurse: Caller, line: Line) -> None:
    same, other = stents(world, 2)
    told = line.at_once(nurse, [on_patient(other), on_patient(same), on_patient(same)])
    assert [one.status_code for one in told] == [201, 201, 409]
    assert told[2].get_json()["code"] == "already-recorded"


def test_a_request_sent_twice_at_once_is_done_once(world: World, nurse: Caller, line: Line) -> None:
    one, other = stents(world, 2)
    said = on_patient(one, request_key=str(uuid4()))
    told = [answer.get_json() for answer in line.at_once(nurse, [on_patient(other), said, said])]
    assert told[1]["repeated"] is False
    assert told[2] == told[1] | {"repeated": True}


def test_where_somebody_was_quicker_each_is_judged_alone(
    world: World, nurse: Caller, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quicker(*_: Any) -> None:
        raise Moved(item="X")

    codes = stents(world, 3)
    monkeypatch.setattr("spd.consumption.several.ledger.write_together", quicker)
    told = line.at_once(nurse, [on_patient(code) for code in codes])
    assert [(one.status_code, one.get_json()["item"]) for one in told] == [(201, code) for code in codes]
    assert line.commits == 3


def test_who_has_waited_long_enough_goes_alone(
    world: World, nurse: Caller, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.uses, "patience", 0.01)
    stuck = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(line.uses.take, None, lambda: stuck.wait(LONG))  # type: ignore[arg-type, return-value]
        _until(lambda: line.uses._busy)
        assert nurse.post("/uses", on_patient(stents(world, 1)[0])).status_code == 201
        assert not before.done()
        stuck.set()


def test_each_is_told_its_own_and_none_is_told_is_done_alone() -> None:
    groups: list[Sequence[int]] = []

    def together(asked: Sequence[int]) -> list[int | None]:
        groups.append(asked)
        return [-one if one % 2 else None for one in asked[:3]]

    line, free = Gathering[int, int](together), threading.Event()
    line.patience = LONG
    with ThreadPoolExecutor(8) as pool:
        before = pool.submit(line.take, 0, lambda: int(free.wait(LONG)))
        _until(lambda: line._busy)
        told = []
        for one in range(1, 6):
            told.append(pool.submit(line.take, one, lambda one=one: one * 100))  # type: ignore[misc]
            _until(lambda one=one: line.waiting == one)  # type: ignore[misc]
        free.set()
        before.result()
        assert [one.result() for one in told] == [-1, 200, -3, 400, 500]
    assert groups == [[1, 2, 3, 4, 5]]
    assert line.take(7, lambda: 700) == 700, "nobody waits: it is nobody's turn but its own"


def test_what_goes_wrong_in_one_is_told_to_it_alone() -> None:
    def together(_: Sequence[int]) -> list[int | None]:
        raise RuntimeError("the database is gone")

    def alone() -> int:
        raise ValueError("mine")

    line, free = Gathering[int, int](together), threading.Event()
    line.patience = LONG
    with ThreadPoolExecutor(4) as pool:
        before = pool.submit(line.take, 0, lambda: int(free.wait(LONG)))
        _until(lambda: line._busy)
        bad = pool.submit(line.take, 1, alone)
        _until(lambda: line.waiting == 1)
        good = pool.submit(line.take, 2, lambda: 2)
        _until(lambda: line.waiting == 2)
        free.set()
        before.result()
        with pytest.raises(ValueError, match="mine"):
            bad.result()
        assert good.result() == 2
    assert line.take(3, lambda: 3) == 3, "the turn was passed on"
