"""This file is the servers that are measured: ours, and a bare one that does only the limit's call."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask, request

WORKERS = 2
THREADS = 8
WORKER = "api.even_worker.EvenWorker"


def bare() -> Flask:
    """An application with one endpoint: parse, one call, commit, answer."""
    app = Flask("bare")
    url = os.environ["SPD_DATABASE_URL"]
    idle: list[psycopg.Connection] = []

    @app.post("/bare")
    def use() -> dict[str, int]:
        said = request.get_json()
        connection = idle.pop() if idle else psycopg.connect(url)
        found = connection.execute(
            "SELECT bench_use((SELECT id FROM items WHERE code = %s), %s)", (said["code"], said["key"])
        ).fetchone()
        connection.commit()
        idle.append(connection)
        assert found is not None
        return {"movement_id": found[0]}

    return app


@contextmanager
def serving(application: str, url: str, *, workers: int = WORKERS) -> Iterator[tuple[str, int]]:
    """A server of an application on a free port of this machine, under gunicorn as in production."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    said = os.environ | {"SPD_DATABASE_URL": url, "SPD_SECRET_KEY": "bench" * 8, "SPD_THREADS": str(THREADS)}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "--no-control-socket", "-k", WORKER, "-w", str(workers), "--threads",
            str(THREADS), "--keep-alive", "75", "--log-level", "warning", "-b", f"127.0.0.1:{port}", application,
        ],
        env=said,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it began")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not begin")
