"""This file is a served demo hospital and a real browser in front of it, as its users have it."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import WSGIRequestHandler, make_server

from api import create_app
from spd import policies
from spd.core import clock
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.demo import DemoSummary, generate
from spd.ledger import verify
from spd.staff import Grant, Staff
from tests import build
from tests.browser.cut import PASSWORD, Server, Ward
from tests.browser.user import Hospital, User
from tests.compiled import share
from tests.demo_file import BEDS, made_once
from tests.hashing import CHEAP
from tests.written import watch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def _demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoSummary]:
    """A small demo hospital in a file that can be copied."""
    file = shutil.copyfile(made_once(tmp_path_factory), tmp_path_factory.mktemp("demo") / "spd.db")
    database = Database(f"sqlite:///{file}")
    summary = generate(database, now=clock.now(), beds=int(BEDS))  # it is there: this tells of it
    database.dispose()  # the last to leave folds the log into the file
    assert not summary.created
    return file, summary


class KeptOpen(WSGIRequestHandler):
    """Connections stay open between requests, as those of a real server do: a page asks for thirty files."""

    protocol_version = "HTTP/1.1"


@pytest.fixture(scope="session")
def _served(new_database: Callable[[str], Database]) -> Iterator[tuple[Flask, str]]:
    """The application on a free port of this machine. Which database it asks is for each test to say."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
    app = create_app(settings, new_database("sqlite"))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=KeptOpen)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hospital(
    _demo: tuple[Path, DemoSummary],
    _served: tuple[Flask, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Hospital]:
    """The demo hospital, the test's own, served; its books are proved when the test is over."""
    (file, summary), (app, address) = _demo, _served
    shutil.copyfile(file, tmp_path / "spd.db")
    database = share(Database(f"sqlite:///{tmp_path / 'spd.db'}"))
    monkeypatch.setitem(app.extensions, "spd.database", database)
    written = watch(database)
    yield Hospital(address, database, summary)
    if written():
        with reading(database) as session:
            assert verify.problems(session) == []
    database.dispose()


@pytest.fixture
def enter(hospital: Hospital, chromium: Browser, _served: tuple[Flask, str]) -> Iterator[Callable[..., User]]:
    """Lets somebody in with a browser of their own; whatever that browser complained of fails the test."""
    users: list[User] = []

    def come(code: str, *, phone: bool = True, language: str = "en", by_password: bool = False) -> User:
        user = User(hospital, chromium, phone=phone)
        users.append(user)
        if by_password:
            user.log_in(code, language)
        else:
            user.come_in(_served[0], code, language)
        return user

    yield come
    wrong = [said for user in users for said in user.complaints]
    for user in users:
        user.context.close()
    assert wrong == []


@pytest.fixture
def ward(new_database: Callable[[str], Database]) -> Iterator[Ward]:
    """A ward with a nurse, 120 packs and two stents; its books are proved when the test is over."""
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        policies.settle(session, build.occasion(h.keeper), f"{policies.UNTESTED}unnamed", "warn")
        packs = build.packs(session, h, 120, 1)
        stents = build.stents(session, h, 2)
        build.carry(session, h, stents, h.ward)
        hashed = CHEAP.hash(PASSWORD)
        nurse = Staff(code="n-1", name="某护士", password_hash=hashed, language="en")
        session.add(nurse)
        session.flush()  # its number goes into the grant
        session.add(Grant(staff_id=nurse.id, role="nurse", department_id=h.cardiology.id))
    yield database, h, packs, stents
    with reading(database) as session:
        assert build.problems(session) == []


@pytest.fixture
def serve(ward: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)
    made: list[Server] = []

    def start(**how: Any) -> Server:
        settings = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
        made.append(Server(create_app(settings, ward[0]), **how))
        return made[-1]

    yield start
    for server in made:
        if server.running:
            server.kill()
