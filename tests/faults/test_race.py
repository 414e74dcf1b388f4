"""Two hundred devices at once for a hundred things, over HTTP on PostgreSQL: each thing is used once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from api import create_app
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import transaction
from spd.ledger import store
from tests import build
from tests.faults.serving import TOKEN, Devices, Web, ask, complaints, left_of, open_ward, scanned

UNITS, CLIENTS = 100, 200


@pytest.fixture
def ward(new_database: Callable[[str], Database]) -> Iterator[Database]:
    database = new_database("postgresql")
    yield database
    database.dispose()


@pytest.fixture
def web(ward: Database) -> Iterator[Web]:
    server = Web(ward).start()
    yield server
    server.close()


def test_two_hundred_devices_use_a_hundred_units_a_hundred_times(ward: Database, web: Web) -> None:
    _, codes = open_ward(ward, UNITS)
    devices = Devices(web.port)
    devices.use_all([*codes, *codes], CLIENTS)
    told = Counter((status, said["code"]) for status, said in devices.refused.values())
    assert len(devices.acknowledged) == UNITS
    assert sum(told.values()) == CLIENTS - UNITS
    assert {status for status, _ in told} <= {409, 422}, told
    assert complaints(ward, devices, UNITS) == []


def test_two_hundred_devices_take_no_more_from_a_bulk_than_there_is(ward: Database, web: Web) -> None:
    h, _ = open_ward(ward, 1)
    with transaction(ward) as session:
        code = build.gauze(session, h, cases=3)

    def take(number: int) -> tuple[int, Any]:
        said = {"request_key": str(uuid4()), "scan": code, "department": "CARD", "quantity": 1 + number % 3}
        for _ in range(60):  # a bulk that many take from: who was too slow sends the same again
            answer = ask(web.port, "POST", "/api/v1/uses", said, patience=30)
            if answer[0] != 503 and answer[1].get("code") not in ("moved", "racing"):
                return answer
        return answer

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(take, range(CLIENTS)))
    taken = sum(told["quantity"] for status, told in answers if status == 201)
    told = Counter((status, said.get("code")) for status, said in answers)
    assert left_of(ward, code) == 150 - taken == 0, told
    assert set(told) <= {(201, None), (422, "not-enough"), (409, "already-recorded"), (409, "moved")}, told
    assert complaints(ward, Devices(0), told[201, None], bulk=True) == []


# Two who have both read the item before either writes: what the database then lets through.

GUARDED = "AND items.version = new.was"


def raced(database: Database, monkeypatch: pytest.MonkeyPatch, pairs: int = 4) -> tuple[Devices, int]:
    """Pairs of devices use one unit each; both of a pair have read it before one of them writes."""
    _, codes = open_ward(database, pairs)
    app = create_app(Settings(database_url="postgresql://", secret_key="signs nothing here"), database)
    met = {code: Barrier(2) for code in codes}
    write = store.write

    def after_both_have_read(session: Any, rows: store.Rows) -> None:
        for before, _ in rows.touched:
            try:
                met[before.code].wait(2)
            except BrokenBarrierError:
                break  # the other has been answered: this is a second try
        write(session, rows)

    monkeypatch.setattr(store, "write", after_both_have_read)
    devices = Devices(0)

    def use(code: str) -> None:
        key = uuid4()
        said = {"request_key": str(key), "scan": scanned(code), "encounter": "W-1"}
        answer = app.test_client().post("/api/v1/uses", json=said, headers={"Authorization": f"Bearer {TOKEN}"})
        if answer.status_code == 201:
            devices.acknowledged[key] = answer.get_json()
        else:
            devices.refused[key] = (answer.status_code, answer.get_json())

    with ThreadPoolExecutor(2 * pairs) as pool:
        list(pool.map(use, [*codes, *codes]))
    return devices, pairs


def without_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = str(store._AT_ONCE)
    assert GUARDED in statement
    monkeypatch.setattr(store, "_AT_ONCE", text(statement.replace(GUARDED, "")))


def without_unique_sequence(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE movements DROP CONSTRAINT uq_movements_sequence"))


def test_of_two_who_have_both_read_a_unit_one_uses_it(ward: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    devices, pairs = raced(ward, monkeypatch)
    assert (len(devices.acknowledged), len(devices.refused)) == (pairs, pairs)
    assert {said["code"] for _, said in devices.refused.values()} <= {"already-used", "already-recorded", "moved"}
    assert complaints(ward, devices, pairs) == []


@pytest.mark.parametrize("guard", ["condition", "sequence"])
def test_either_of_the_two_guards_is_enough(ward: Database, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    if guard == "condition":
        without_unique_sequence(ward)
    else:
        without_condition(monkeypatch)
    devices, pairs = raced(ward, monkeypatch)
    assert complaints(ward, devices, pairs) == []


def test_without_either_guard_this_check_finds_units_used_twice(
    ward: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_condition(monkeypatch)
    without_unique_sequence(ward)
    devices, pairs = raced(ward, monkeypatch)
    assert f"{pairs} used twice" in complaints(ward, devices, pairs)
