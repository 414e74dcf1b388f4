"""The wire cut at every point between BEGIN and the answer, then the same request again: the ledger of a whole wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from api import create_app, queued
from spd import offline
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.ledger import Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict, Queued
from tests import build
from tests.faults.cutting import Wire, watched
from tests.faults.serving import TOKEN, scanned
from tests.faults.test_replay import furnished, told
from tests.offline.device import Device, sent

PIECES = 100
Body = dict[str, Any]


@dataclass
class Ward:
    """A ward with a heap of gauze and a stent that is used already, and a device in it."""

    app: Flask
    database: Database
    heap: str
    used: str
    device: Device

    def ask(self, path: str, body: Body) -> int:
        """The status of the answer."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return int(self.app.test_client().post(f"/api/v1{path}", json=body, headers=headers).status_code)

    def use(self) -> Body:
        """One piece of the heap, online."""
        return {"scan": self.heap, "department": "CARD", "quantity": 1, "request_key": str(uuid4())}

    def queue(self) -> Body:
        """Two events of the device: one piece of the heap, and the stent again, which is refused."""
        events = [
            self.device.use(self.heap, department="CARD", quantity=1),
            self.device.use(scanned(self.used), encounter="W-2"),
        ]
        return {"device": self.device.name, "events": [sent(one) for one in events]}

    def undoing(self) -> Body:
        """A piece of the heap used a moment ago, undone."""
        self.ask("/uses", self.use())
        with reading(self.database) as session:
            number = session.scalar(select(func.max(Movement.id)).where(Movement.kind == MovementKind.CONSUME))
        return {"movement_id": number, "reason": "扫错", "request_key": str(uuid4())}

    def ledger(self) -> Body:
        """What is on record, without the keys under which it was said."""
        books = told(self.database)
        assert books["problems"] == []
        with reading(self.database) as session:
            kept = [
                session.scalar(select(func.count()).select_from(one)) for one in (DeviceEvent, EventVerdict, Dispute)
            ]
            assert [str(one) for one in offline.problems(session)] == []
        return {name: books[name] for name in ("rows", "items", "postings")} | {"kept": kept}


def opened(database: Database) -> Ward:
    app = create_app(Settings(database_url="sqlite://", secret_key="signs nothing here"), database)
    with transaction(database) as session:
        h = furnished(session)
        gauze = build.note(session, h, h.gauzes, ("GAUZE", PIECES), code="N-G")
        (heap,) = build.receive(session, h, gauze, build.scan(build.GAUZE_CASE_DI, lot="G1"), count=PIECES // 50)
        stent = build.note(session, h, h.stents, ("STENT", 1), code="N-S")
        (used,) = build.receive(session, h, stent, build.scan(build.STENT_DI, serial="R1"))
        build.carry(session, h, [heap, used], h.ward)
        build.use(session, h, used, encounter="W-1")
        return Ward(app, database, heap, used, Device("PDA-1", h.keeper.id))


def points(there: Ward, path: str, say: Callable[[Ward], Body]) -> list[str]:
    """Every point that this request passes, once all is warm; the last is an answer that nobody hears."""
    for _ in range(2):
        body = say(there)
        with watched(there.database, Wire()) as wire:
            assert there.ask(path, body) in (200, 201)
    return wire.passed


REQUESTS: list[tuple[str, Callable[[Ward], Body]]] = [
    ("/uses", Ward.use), ("/uses/batch", Ward.queue), ("/reversals", Ward.undoing),
]  # fmt: skip


def cut_everywhere(there: Ward, path: str, say: Callable[[Ward], Body], *, again: Callable[[Body], Body]) -> int:
    """Each request cut at another point, and said again until it is answered. How many points there were."""
    passed = points(there, path, say)
    for number in range(len(passed) + 1):
        body = say(there)
        with watched(there.database, Wire(cut_at=number)) as wire:
            there.ask(path, body)
        assert (len(wire.passed) > number) == (number < len(passed)), f"point {number} of {passed} was not passed"
        assert there.ask(path, again(body)) in (200, 201), passed[min(number, len(passed) - 1)]
    return len(passed) + 1


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)


@pytest.mark.parametrize(("path", "say"), REQUESTS, ids=["use", "queue", "undo"])
def test_a_wire_cut_anywhere_leaves_the_ledger_of_a_whole_one(
    database: Database, new_database: Callable[[str], Database], path: str, say: Callable[[Ward], Body]
) -> None:
    cut, whole = opened(database), opened(new_database("sqlite"))
    asked = cut_everywhere(cut, path, say, again=dict)
    assert asked > 8
    for _ in range(2 + asked):
        assert whole.ask(path, say(whole)) in (200, 201)
    assert cut.ledger() == whole.ledger()
    whole.database.dispose()


def under_a_new_key(body: Body) -> Body:
    return body | {"request_key": str(uuid4())}


def test_a_retry_under_a_new_key_is_found(new_database: Callable[[str], Database]) -> None:
    """The fault that this test is for: a client that makes up a key for each attempt."""
    cut, whole = opened(new_database("sqlite")), opened(new_database("sqlite"))
    asked = cut_everywhere(cut, "/uses", Ward.use, again=under_a_new_key)
    for _ in range(2 + asked):
        whole.ask("/uses", whole.use())
    assert cut.ledger() != whole.ledger()


def kept_first_and_judged_once(queue: queued.Queue, events: Sequence[Queued]) -> offline.Received:
    """As `queued._together`, but in two transactions, and what is known already is taken for judged."""
    at = queue.brought.at
    with transaction(queued.database()) as session:
        before = offline.verdicts(session, [one.event_id for one in events])
        taken = offline.take(session, offline.lock(session, queue.device, at), events, queue.brought)
    if len(before) < len(events):
        with transaction(queued.database()) as session:
            queued.judge_ready(session, offline.lock(session, queue.device, at), at)
    return taken


def test_a_queue_that_is_kept_and_judged_apart_is_found(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queued, "_together", kept_first_and_judged_once)
    there = opened(new_database("sqlite"))
    passed = points(there, "/uses/batch", Ward.queue)
    half = passed.index("after commit") + 2
    body = there.queue()
    with watched(there.database, Wire(cut_at=half)):
        there.ask("/uses/batch", body)
    there.ask("/uses/batch", body)
    with pytest.raises(AssertionError, match="has no verdict"):
        there.ledger()
