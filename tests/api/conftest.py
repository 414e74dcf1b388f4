"""This file is the applications of these tests: one per process, each test with a hospital of its own behind it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World
from tests.build import Hospital
from tests.compiled import share
from tests.hashing import CHEAP, with_hasher
from tests.written import watch

SECRET = "a long random text that signs the cookies of tests"


@dataclass
class Hands:
    """Those of the clock: they stand still until a test moves them."""

    now: datetime


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        with_hasher(patch, CHEAP)
        yield


@pytest.fixture(scope="session")
def app(new_database: Callable[[str], Database]) -> Flask:
    """The application. Which database it asks is for each test to say."""
    return create_app(Settings(database_url="sqlite:///nowhere.db", secret_key=SECRET), new_database("sqlite"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock of the doors, at the builders' hour."""
    hands = Hands(build.NOW)
    monkeypatch.setattr("spd.core.clock.now", lambda: hands.now)
    return hands


@pytest.fixture
def world(app: Flask, database: Database, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A hospital on SQLite and on PostgreSQL, for what writes; it is proved sound when the test is over."""
    with transaction(database) as session:
        h = build.hospital(session)
    yield from _opened(app, database, h, monkeypatch)


@pytest.fixture(scope="session")
def _furnished(new_database: Callable[[str], Database]) -> tuple[Path, Hospital]:
    """A hospital in a file that can be copied."""
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
    database.dispose()  # the last to leave folds the log into the file
    return Path(str(database.url.database)), h


@pytest.fixture
def embedded(
    app: Flask, _furnished: tuple[Path, Hospital], clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The same on SQLite alone, for what the database has no say in."""
    file, h = _furnished
    shutil.copyfile(file, tmp_path / "spd.db")
    database = share(Database(f"sqlite:///{tmp_path / 'spd.db'}"))
    yield from _opened(app, database, h, monkeypatch)
    database.dispose()


def _opened(app: Flask, database: Database, h: Hospital, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setitem(app.extensions, "spd.database", database)
    there = World(app, database, h)
    written = watch(database)
    yield there
    assert not written() or there.problems() == []
