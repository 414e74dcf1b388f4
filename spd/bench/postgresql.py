"""This file is a PostgreSQL server of our own for a while: started for a measurement or a test, gone when it ends."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


class NoServer(RuntimeError):
    """PostgreSQL cannot be run here; the message says why."""


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`, newest version first. Raises: NoServer."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    folders += [Path(place) for place in os.get_exec_path()]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("no PostgreSQL server here: neither /usr/lib/postgresql/*/bin nor PATH has initdb and postgres")


class Server:
    """One server in a temporary folder. It keeps its promises (fsync and the like stay on), as ours refuses it else."""

    def __init__(self, binaries: Path, **settings: str) -> None:
        self._binaries = binaries
        self._settings = settings
        self._owner = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self.folder = Path(tempfile.mkdtemp(prefix="spd-postgresql-"))
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self.port = 0
        self.user = self._owner or getpass.getuser()
        if self._owner:
            shutil.chown(self.folder, self._owner, self._owner)
        self._run("initdb", "-D", self._data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Start, and wait until it answers; on the same port as before, else on a free one. Raises: NoServer."""
        self.port = self.port or _free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "max_connections": 200, "shared_buffers": "64MB", "timezone": "UTC", "log_min_messages": "fatal",
            **self._settings,
        }  # fmt: skip
        command: list[object] = [self._binaries / "postgres", "-D", self._data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, **self._as(),
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        """Stop as an operator would, and remove everything."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server and all its children, as the power switch would; `start` brings it back."""
        assert self._process is not None, "it runs"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._process.kill()
        for child in children:
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(30)
        self._process = None

    def url(self, name: str) -> str:
        """The address of a database here."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{name}"

    def create(self, *, template: str = "template1") -> str:
        """The name of a new database, a copy of another. A name is never used twice: processes remember by it."""
        name = f"spd_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # Copied as files it takes little more than half the time; before version 15 there is no other way.
            how = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + how)
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def _execute(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))

    def _run(self, program: str, *arguments: object) -> None:
        words = [str(self._binaries / program), *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False, **self._as())
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NoServer(f"{program} failed: {done.stderr.strip()}")

    def _as(self) -> dict[str, Any]:
        return {"user": self._owner, "group": self._owner, "extra_groups": []} if self._owner else {}

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise NoServer(f"PostgreSQL did not start: {self._log.read_text(errors='replace')[-2000:]}")
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoServer("PostgreSQL did not answer within a minute")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
