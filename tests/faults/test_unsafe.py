"""PostgreSQL set to forget what it acknowledged: the program does not start on it, and says which setting it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from api import create_app
from spd.bench.postgresql import NoServer, Server, find_binaries
from spd.core import schema
from spd.core.database import Database, UnsafeDatabase
from spd.core.settings import Settings
from tests.faults.serving import Web

SETTINGS = Settings(database_url="postgresql://", secret_key="signs nothing here")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    """A PostgreSQL of these tests' own, to be set wrongly."""
    try:
        server = Server(find_binaries())
    except NoServer as reason:
        pytest.skip(str(reason))
    server.start()
    yield server
    server.stop()


def set_to(cluster: Server, setting: str, value: str) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            if connection.execute(f"SHOW {setting}").fetchone() == (value,):
                return
    raise AssertionError(f"{setting} did not become {value}")


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_setting_that_loses_acknowledged_work_is_refused_by_name(cluster: Server, setting: str) -> None:
    database = Database(cluster.url(cluster.create()))
    create_app(SETTINGS, database)
    database.dispose()
    set_to(cluster, setting, "off")
    try:
        with pytest.raises(UnsafeDatabase, match=f"{setting}=off"):
            create_app(SETTINGS, database)
    finally:
        set_to(cluster, setting, "on")
        database.dispose()
    create_app(SETTINGS, database)
    database.dispose()


def test_the_server_itself_does_not_start_on_such_a_database(new_database: Callable[[str], Database]) -> None:
    database = new_database("postgresql")
    schema.is_current(database)
    unsafe = Database(f"{database.url.render_as_string(hide_password=False)}?options=-csynchronous_commit%3Doff")
    web = Web(unsafe).start(wait=False)
    try:
        assert web.exit_code() != 0
        assert "synchronous_commit=off" in web.said()
    finally:
        web.close()
        unsafe.dispose()
        database.dispose()
