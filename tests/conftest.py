"""This file is the databases and the browser of the tests: what wants a database runs on SQLite and on PostgreSQL.

`database` is fresh and migrated, for what commits. `session` is one transaction, rolled back, for all the rest.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from spd.bench.postgresql import NoServer, Server, find_binaries
from spd.core import heap, schema
from spd.core.database import Database
from spd.core.transaction import transaction
from tests import build
from tests.browser.user import CHROMIUM, FLAGS
from tests.build import Hospital
from tests.compiled import share

# The suite tries the same code with the same examples, so that red means a change; new ones are for the deep profile.
settings.register_profile("suite", derandomize=True, database=None, print_blob=True)
settings.register_profile("deep", max_examples=2000, print_blob=True)  # --hypothesis-profile=deep
settings.load_profile("suite")

KINDS = ("sqlite", "postgresql")
MEMORY, ENOUGH = Path("/dev/shm"), 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Databases live in memory where there is room: they still wait for the disk at each commit, but it answers."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None  # asked again
    gc.disable()  # while tests are collected: what is loaded stays, and a third of the time went into looking for more


def pytest_collection_finish() -> None:
    """The tests and what they load stay: they are not searched for garbage a thousand times."""
    gc.enable()
    heap.settle()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server of this test process."""
    try:
        binaries = find_binaries()
    except NoServer as reason:
        pytest.skip(str(reason))
    # Sweeping a table whose rows all went with a test leaves the planner sure that it is empty: joins of thousands
    # of rows, which the next test writes and never commits, then go round in circles for minutes.
    server = Server(binaries, autovacuum="off")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "spd.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgresql_template(postgresql: Server) -> str:
    name = postgresql.create()
    _migrate(postgresql.url(name))
    return name


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Database]]:
    """Makes a fresh migrated database of a kind, whenever called; all go when the tests end."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            file = tmp_path_factory.mktemp("database") / "spd.db"
            shutil.copyfile(request.getfixturevalue("_sqlite_template"), file)
            made.append(share(Database(f"sqlite:///{file}")))
        else:
            server: Server = request.getfixturevalue("postgresql")
            template: str = request.getfixturevalue("_postgresql_template")
            made.append(share(Database(server.url(server.create(template=template)))))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Iterator[Database]:
    """A database of the test's own, fresh and migrated."""
    server: Server | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    fresh = new_database(request.param)
    yield fresh
    fresh.dispose()
    if server is None:
        shutil.rmtree(Path(str(fresh.url.database)).parent)
    else:
        server.drop(str(fresh.url.database))


@pytest.fixture(scope="session")
def kept_database(new_database: Callable[[str], Database]) -> Callable[[str], Database]:
    """The one database of a kind in which every `session` begins and ends with nothing."""
    kept: dict[str, Database] = {}

    def of(kind: str) -> Database:
        if kind not in kept:
            kept[kind] = new_database(kind)
        return kept[kind]

    return of


@pytest.fixture(scope="session")
def kept_hospital(new_database: Callable[[str], Database]) -> Callable[[str], tuple[Database, Hospital]]:
    """The one database of a kind in which every `h` is, as it was built, when its test begins and when it ends."""
    kept: dict[str, tuple[Database, Hospital]] = {}

    def of(kind: str) -> tuple[Database, Hospital]:
        if kind not in kept:
            database = new_database(kind)
            with transaction(database) as session:
                kept[kind] = database, build.hospital(session)
        return kept[kind]

    return of


@pytest.fixture(params=KINDS)
def session(
    request: pytest.FixtureRequest,
    kept_database: Callable[[str], Database],
    kept_hospital: Callable[[str], tuple[Database, Hospital]],
) -> Iterator[Session]:
    """One transaction in a migrated database, rolled back at the end: what a service gets from its door.

    For a test that asks for `h` too, the hospital is there.
    """
    kind = request.param
    database = kept_hospital(kind)[0] if "h" in request.fixturenames else kept_database(kind)
    begun = database.session()
    yield begun
    begun.rollback()
    begun.close()


@pytest.fixture
def h(session: Session, kept_hospital: Callable[[str], tuple[Database, Hospital]]) -> Hospital:
    """The builders' hospital, in this test's transaction."""
    return build.found(session, kept_hospital(session.get_bind().dialect.name)[1])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this test process: Playwright runs once in a process, so nobody starts another."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def _migrate(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.dispose()  # the last to leave folds SQLite's log into the file, which can then be copied
