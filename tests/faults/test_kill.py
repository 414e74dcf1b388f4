"""kill -9 while devices scan: of the whole web server, and of PostgreSQL with all its children.

They find a server that answers before it has committed, and a PostgreSQL that does (docs/testing.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from spd.bench.postgresql import NoServer, Server, find_binaries
from spd.core import schema
from spd.core.database import Database
from tests.faults.serving import Devices, Web, complaints, open_ward
from tests.faults.shooting import under_fire

CLIENTS = 16


@pytest.mark.slow
def test_kills_of_the_web_server_lose_nothing_and_do_nothing_twice(new_database: Callable[[str], Database]) -> None:
    scans, kills = 720, 3
    database = new_database("postgresql")
    _, codes = open_ward(database, scans)
    web = Web(database).start()
    devices = Devices(web.port)

    def shoot() -> None:
        web.kill()
        web.start()

    try:
        assert under_fire(devices, codes, shoot, kills=kills, clients=CLIENTS) == kills
    finally:
        web.close()
    assert devices.unanswered > 0, "no scan was under way at any kill"
    assert devices.refused == {}
    assert len(devices.acknowledged) == scans
    assert complaints(database, devices, scans) == []
    database.dispose()


@pytest.fixture
def cluster() -> Iterator[Server]:
    """A PostgreSQL of this test's own, to be killed."""
    try:
        server = Server(find_binaries())
    except NoServer as reason:
        pytest.skip(str(reason))
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_kills_of_postgresql_lose_nothing_that_was_acknowledged(cluster: Server) -> None:
    scans, kills = 400, 2
    database = Database(cluster.url(cluster.create()))
    schema.upgrade(database)
    _, codes = open_ward(database, scans)
    web = Web(database).start()
    devices = Devices(web.port)
    database.dispose()

    def shoot() -> None:
        cluster.kill()
        cluster.start()

    try:
        assert under_fire(devices, codes, shoot, kills=kills, clients=CLIENTS) == kills
    finally:
        web.close()
    assert devices.unanswered > 0, "no scan was under way at any kill"
    assert devices.refused == {}
    assert complaints(database, devices, scans) == []
    database.dispose()
