"""This file is one server for these tests, with a migrated database that each copies: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from spd.bench.postgresql import NoServer, Server, find_binaries
from spd.core import schema
from spd.core.database import Database


@pytest.fixture(scope="session")
def _migrated() -> Iterator[tuple[Server, str]]:
    try:
        server = Server(find_binaries())
    except NoServer as reason:
        pytest.skip(str(reason))
    server.start()
    try:
        name = server.create()
        fresh = Database(server.url(name))
        schema.upgrade(fresh)
        fresh.dispose()
        yield server, name
    finally:
        server.stop()


@pytest.fixture(scope="session")
def new_url(_migrated: tuple[Server, str]) -> Callable[[], str]:
    """The address of an empty, migrated database on PostgreSQL, a new one each time."""
    server, name = _migrated
    return lambda: server.url(server.create(template=name))
