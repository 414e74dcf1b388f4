"""This file is the `spd` command as its user runs it: a process of its own, its output, its exit status."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests import forks

PATIENCE = 120


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: bytes
    said: str
    """What it wrote to standard error."""


def run(database: Path, *words: str, given: str | bytes | None = None) -> Done:
    """Run `spd` with these words on a SQLite file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPD_")}
    environment |= {"SPD_DATABASE_URL": f"sqlite:///{database}", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as place:
        files = {name: Path(place) / name for name in ("in", "out", "err")}
        files["in"].write_bytes(given.encode() if isinstance(given, str) else given or b"")
        process = forks.FORKS.Process(target=_become, args=(words, environment, files))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise AssertionError(f"{words} did not end within {PATIENCE} s")
        return Done(process.exitcode, files["out"].read_bytes(), files["err"].read_text(encoding="utf-8"))


def _become(words: tuple[str, ...], environment: dict[str, str], files: dict[str, Path]) -> None:
    """Be the command: its words, its environment, its standard files."""
    forks.begin(environment, output={1: files["out"], 2: files["err"]})
    os.dup2(os.open(files["in"], os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0, "r", encoding="utf-8")
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
    sys.argv = ["spd", *words]
    from spd.cli import main

    main()
    sys.stdout.flush()
