"""This file is the real server of these tests, on a port of its own, and devices that scan at it until answered."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, policies, receiving
from spd.accounting import proof
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.transaction import reading, transaction
from spd.ledger import EntryRow, Item, Movement, Request, verify
from spd.staff import Token
from tests import build, forks
from tests.api.asking import digest
from tests.build import Hospital

TOKEN = "the token of a nurse"
PATIENCE = 60.0  # seconds a device goes on asking


class Web:
    """gunicorn in a process group of its own, so that all of it can be killed at once."""

    def __init__(self, database: Database) -> None:
        self._url = database.url.render_as_string(hide_password=False)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: ForkServerProcess | None = None
        # A file: a pipe that nobody reads would stop the server once it is full.
        self._said = Path(tempfile.mkstemp(prefix="spd-server-")[1])

    def start(self, *, wait: bool = True) -> Web:
        """Start it, and wait until it answers."""
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ |= {"SPD_DATABASE_URL": self._url, "SPD_SECRET_KEY": "signs nothing here", "SPD_THREADS": "8"}
        self._process = forks.FORKS.Process(target=_serve, args=(self.port, environ, self._said))
        self._process.start()
        until = time.monotonic() + PATIENCE
        while wait and not self._answers():
            assert time.monotonic() < until, "the server does not answer"
            assert self._process.is_alive(), self.said()
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            return ask(self.port, "GET", "/healthz")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """Kill the master and its workers, as the power switch would."""
        if self._process is not None:
            assert self._process.pid
            with suppress(ProcessLookupError):  # it ended by itself, or has no group of its own yet
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.join(PATIENCE)
            self._process = None

    def close(self) -> None:
        """Kill it for good."""
        self.kill()
        self._said.unlink()

    def exit_code(self) -> int | None:
        """How it ended by itself."""
        assert self._process is not None
        self._process.join(PATIENCE)
        return self._process.exitcode

    def said(self) -> str:
        """What it wrote to standard error."""
        return self._said.read_text(errors="replace")


def _serve(port: int, environment: dict[str, str], said: Path) -> None:
    """Be gunicorn, as its command is, in a group of its own."""
    os.setsid()
    forks.begin(environment, output={1: Path(os.devnull), 2: said})
    sys.argv = [
        "gunicorn", "wsgi:app", "--no-control-socket", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--threads", "8", "--worker-class", "api.even_worker.EvenWorker", "--log-level", "critical",
    ]  # fmt: skip
    from gunicorn.app.wsgiapp import run

    run()


def ask(port: int, method: str, path: str, body: Any = None, *, patience: float = 10.0) -> tuple[int, Any]:
    """Status and content of one answer. Raises: OSError, where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Accept-Language": "en"}
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def open_ward(database: Database, units: int) -> tuple[Hospital, list[str]]:
    """A hospital with so many stents in its ward, and a nurse whose device has a token."""
    with transaction(database) as session:
        h = build.hospital(session)
        policies.settle(session, build.occasion(h.keeper), f"{policies.UNTESTED}unnamed", "warn")
        until = datetime.now(UTC) + timedelta(days=1)
        session.add(Token(staff_id=h.nurse.id, name="device", digest=digest(TOKEN), expires_at=until))
        return h, _received(session, h, units)


def _received(session: Session, h: Hospital, units: int) -> list[str]:
    delivery = build.note(session, h, h.stents, ("STENT", units))
    scans = [build.scan(build.STENT_DI, serial=f"U{number:05d}") for number in range(units)]
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper), delivery=delivery.code, location=h.ward.code,
        arrivals=[receiving.Arrived(scan=scan) for scan in scans],
    )  # fmt: skip
    return [item.code for item in receiving.receive(session, said).items]


def scanned(code: str) -> str:
    """What the scanner reads off a stent."""
    return f"]d201{build.STENT_DI}1728093010L1\x1d21{code.partition('.')[2]}"


@dataclass
class Devices:
    """Devices that each keep a scan, with its key, until it is answered; and what they were answered."""

    port: int
    acknowledged: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    refused: dict[UUID, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    unanswered: int = 0
    _lock: Lock = field(default_factory=Lock)

    def use_all(self, codes: Sequence[str], clients: int) -> None:
        """Use every item, by so many devices at once."""
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self.use, codes))

    def use(self, code: str) -> None:
        """Use one item: the same request under the same key, until there is an answer."""
        key = request_key(datetime.now(UTC))
        said = {"request_key": str(key), "scan": scanned(code), "encounter": "W-1"}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                status, told = ask(self.port, "POST", "/api/v1/uses", said)
            except OSError:
                status, told = 0, {}
            if status in (0, 503):
                with self._lock:
                    self.unanswered += 1
                time.sleep(0.05)
                continue
            with self._lock:
                if status == 201:
                    self.acknowledged[key] = told
                else:
                    self.refused[key] = (status, told)
            return
        raise AssertionError(f"no answer for {code} in {PATIENCE:.0f} s")


def complaints(database: Database, devices: Devices, uses: int, *, bulk: bool = False) -> list[str]:
    """What is wrong after devices were answered: lost, done twice, or books that do not prove. Empty is the proof."""
    found = []
    with reading(database) as session:
        made = {row.request_key: row for row in session.execute(_CONSUMED)}
        lost = [key for key in devices.acknowledged if key not in made]
        other = [k for k, told in devices.acknowledged.items() if k in made and made[k].id != told["movement_id"]]
        items = [row.item_id for row in made.values()]
        entries = session.execute(
            select(func.count()).select_from(EntryRow).join(Movement).where(Movement.kind == "consume")
        ).scalar_one()
        if lost:
            found.append(f"{len(lost)} acknowledged and lost")
        if other:
            found.append(f"{len(other)} acknowledged as another movement")
        if len(set(items)) != len(items) and not bulk:
            found.append(f"{len(items) - len(set(items))} used twice")
        if len(items) != uses:
            found.append(f"{len(items)} uses in place of {uses}")
        if entries != uses:
            found.append(f"{entries} entries in place of {uses}")
        found += [str(problem) for problem in [*verify.problems(session), *proof.problems(session)]]
    return found


_CONSUMED = select(Movement.request_key, Movement.id, Movement.item_id).where(Movement.kind == "consume")


def left_of(database: Database, code: str) -> int:
    """What is left of a bulk."""
    with reading(database) as session:
        return ledger.get_item_state(session, code).quantity


__all__ = ["Devices", "Item", "Request", "Web", "ask", "complaints", "left_of", "open_ward", "scanned"]
