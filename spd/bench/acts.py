"""This file is the acts that clients repeat: the bare call, our own function, our HTTP endpoint."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from uuid import uuid4

import psycopg

from spd import consumption
from spd.bench.hospital import STAFF, TOKEN, occasion
from spd.core import clock
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.transaction import transaction
from spd.offline import START, Queued, digest

_databases: dict[str, Database] = {}
_lock = threading.Lock()


def bare_call(url: str) -> Callable[[str], None]:
    """The limit's call made by the driver: find the item's number, one call, commit."""
    connection = psycopg.connect(url)
    connection.prepare_threshold = 0

    def act(code: str) -> None:
        connection.execute("SELECT bench_use((SELECT id FROM items WHERE code = %s), %s)", (code, uuid4()))
        connection.commit()

    return act


def record_use(url: str) -> Callable[[str], None]:
    """`consumption.record_use` in its own transaction, on a patient of the ward."""
    with _lock:
        database = _databases.setdefault(url, Database(url, pool_size=40))

    def act(code: str) -> None:
        ward = code.partition(".W")[2][:2]
        with transaction(database) as session:
            consumption.record_use(
                session, consumption.UseScanned(occasion=occasion(), item=code, encounter=f"WB{ward}")
            )

    return act


def post_use(host: str, port: int) -> Callable[[str], None]:
    """POST /api/v1/uses with the whole label, over one kept connection."""
    post = _poster(host, port, "/api/v1/uses")

    def act(code: str) -> None:
        di, _, serial = code.partition(".")
        said = {
            "request_key": str(uuid4()),
            "scan": f"]d201{di}172912311022B\x1d21{serial}",
            "encounter": f"WB{serial[1:3]}",
        }
        status, body = post(json.dumps(said).encode())
        if status != 201:
            raise RuntimeError(f"{status}: {body[:300]!r}")

    return act


def post_batch(host: str, port: int) -> Callable[[str], None]:
    """POST /api/v1/uses/batch as a device with a queue: each of the codes, blanks between, an event of its chain."""
    post = _poster(host, port, "/api/v1/uses/batch")
    device, kept = f"B-{uuid4()}", [START]

    def event(code: str) -> dict[str, object]:
        di, _, serial = code.partition(".")
        now = clock.now().replace(microsecond=0)
        said = {"scan": f"]d201{di}172912311022B\x1d21{serial}", "encounter": f"WB{serial[1:3]}"}
        queued = Queued(
            event_id=request_key(now), device=device, sequence=len(kept), kind="use", payload=said, clock_at=now,
            offset_ms=0, previous=kept[-1], hash=START, staff_id=STAFF,
        )  # fmt: skip
        kept.append(digest(queued))
        return {
            "event_id": str(queued.event_id), "sequence": queued.sequence, "kind": "use", "payload": said,
            "clock_at": now.isoformat(), "offset_ms": 0, "previous": kept[-2].hex(), "hash": kept[-1].hex(),
        }  # fmt: skip

    def act(codes: str) -> None:
        events = [event(code) for code in codes.split(" ")]
        status, body = post(json.dumps({"device": device, "events": events}).encode())
        if status != 200 or body.count(b'"verdict":"done"') != len(events):
            raise RuntimeError(f"{status}: {body[:300]!r}")

    return act


def post_bare(host: str, port: int) -> Callable[[str], None]:
    """POST to the endpoint that does nothing but the limit's call."""
    post = _poster(host, port, "/bare")

    def act(code: str) -> None:
        status, body = post(json.dumps({"code": code, "key": str(uuid4())}).encode())
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")

    return act


def _poster(host: str, port: int, path: str) -> Callable[[bytes], tuple[int, bytes]]:
    """A client as lean as can be, so that it is the server that is measured."""
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()

    def post(body: bytes) -> tuple[int, bytes]:
        connection.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += _more(connection)
        top, _, rest = answer.partition(b"\r\n\r\n")
        length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += _more(connection)
        return int(top[9:12]), rest

    return post


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        raise RuntimeError("the server closed the connection")
    return got
