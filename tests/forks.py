"""This file is where the tests' own processes come from: one that has loaded the program, which each is forked from.

Loading takes seconds of processor time, and the suite starts a hundred commands and servers.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path

from spd.cli.main import MODULES

ROOT = Path(__file__).parents[1]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *(f"spd.cli.{module}" for module in set(MODULES.values())),
        "api",
        "gunicorn.app.wsgiapp",
        "gunicorn.workers.gthread",
        "tests.cli.running",
        "tests.faults.serving",
    ]
)


def begin(environment: Mapping[str, str], *, output: Mapping[int, Path]) -> None:
    """Be a process as a shell starts one: at the project's root, with this environment and these files as output."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in output.items():
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), number)
