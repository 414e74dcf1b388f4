"""Connections that come at once are held by all processes of the server, about as many by each."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from spd.core.database import Database
from tests.faults.serving import PATIENCE, Web

MANY = 40
_ESTABLISHED = "01"


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells which process holds a connection")
def test_each_process_holds_about_as_many_connections(new_database: Callable[[str], Database]) -> None:
    server = Web(new_database("sqlite"))
    try:
        server.start()
        _until(lambda: len(_opened(server.port, 8)) == 2, "both processes accept")
        held = _opened(server.port, MANY)
        assert sum(held.values()) == MANY
        assert min(held.values()) >= MANY / 4, f"one process took nearly all: {dict(held)}"
    finally:
        server.close()


def _opened(port: int, many: int) -> Counter[int]:
    """How many each process holds of so many connections that are opened at once and have asked something."""
    with ExitStack() as stack:
        for _ in range(many):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        _until(lambda: sum(_held(port).values()) == many, "all are accepted")
        return _held(port)


def _until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def _held(port: int) -> Counter[int]:
    """How many accepted connections of the port each process holds."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inodes = {
        f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == _ESTABLISHED
    }  # fmt: skip
    held: Counter[int] = Counter()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            files = [str(file.readlink()) for file in (process / "fd").iterdir()]
        except OSError:
            continue  # it has ended, or is somebody else's
        if mine := len(inodes.intersection(files)):
            held[int(process.name)] = mine
    return held
