"""This file is a served demo hospital and a real browser in front of it, as its users have it."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from api import create_app
from spd.core import clock
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading
from spd.demo import DemoSummary, generate
from spd.ledger import verify
from tests.browser.user import CHROMIUM, FLAGS, Hospital, User

pytestmark = pytest.mark.browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def _demo(new_database: Callable[[str], Database]) -> tuple[Path, DemoSummary]:
    """A small demo hospital in a file that can be copied; made once, since it takes the longest of all."""
    database = new_database("sqlite")
    summary = generate(database, now=clock.now(), beds=20)
    database.dispose()  # the last to leave folds the log into the file
    return Path(str(database.url.database)), summary


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def hospital(_demo: tuple[Path, DemoSummary], tmp_path: Path) -> Iterator[Hospital]:
    """The demo hospital, the test's own, served; its books are proved when the test is over."""
    file, summary = _demo
    shutil.copyfile(file, tmp_path / "spd.db")
    url = f"sqlite:///{tmp_path / 'spd.db'}"
    database = Database(url)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(Settings(database_url=url, secret_key="a long random text that signs cookies"), database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Hospital(f"http://127.0.0.1:{server.server_port}", database, summary)
    server.shutdown()
    server.server_close()
    thread.join()
    with reading(database) as session:
        assert verify.problems(session) == []
    database.dispose()


@pytest.fixture
def enter(hospital: Hospital, chromium: Browser) -> Iterator[Callable[..., User]]:
    """Lets somebody in with a browser of their own; whatever that browser complained of fails the test."""
    users: list[User] = []

    def let_in(code: str, *, phone: bool = True, language: str = "en") -> User:
        users.append(User(hospital, chromium, phone=phone))
        users[-1].log_in(code, language)
        return users[-1]

    yield let_in
    wrong = [said for user in users for said in user.complaints]
    for user in users:
        user.context.close()
    assert wrong == []
