"""This file is the demo hospital that tests look at, made once for all processes of a run by its own command."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.cli.running import run

BEDS = "10"


def made_once(factory: pytest.TempPathFactory) -> Path:
    """A file with it, to be copied or only read; whoever asks first makes it, others wait."""
    mine = factory.getbasetemp()
    place = mine.parent if os.environ.get("PYTEST_XDIST_WORKER") else mine
    file = place / "demo.db"
    with (place / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            making = place / "making.db"
            done = run(making, "demo", "--no-serve", "--beds", BEDS, "--json")
            assert done.status == 0, done.said
            making.rename(file)
    return file
