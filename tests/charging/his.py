"""A HIS of our own: a real server on this machine that answers as it is told, and knows what it has taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a secret of sixteen and more"


class His:
    """`answers` are used one by one, the last for ever: a status, "hang", "drop" (takes it, says nothing), "twice"."""

    def __init__(self) -> None:
        self.answers: list[Any] = [200]
        self.heard: list[dict[str, Any]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.forged = 0
        self.released = threading.Event()
        self.hanging = threading.Event()
        self.url = ""

    def hear(self, headers: Any, body: bytes) -> Any:
        """What is answered to one request."""
        signed = hmac.new(SECRET.encode(), headers["X-SPD-Timestamp"].encode() + b"." + body, hashlib.sha256)
        if headers["X-SPD-Signature"] != f"sha256={signed.hexdigest()}":
            self.forged += 1
        said = json.loads(body)
        assert headers["Idempotency-Key"] == said["id"]
        self.heard.append(said)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer in (200, "drop", "twice"):
            self.taken.setdefault(said["id"], said)
        return answer


def _handler(his: His) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = his.hear(self.headers, body)
            if answer == "drop":
                self.close_connection = True
                return
            if answer == "hang":
                his.hanging.set()
                his.released.wait(5)
                self.close_connection = True
                return
            said = b'{"id": "another"}' if answer == "wrong" else json.dumps({"id": json.loads(body)["id"]}).encode()
            for _ in range(2 if answer == "twice" else 1):
                self._say(answer if isinstance(answer, int) else 200, said)

        def _say(self, status: int, said: bytes) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", his.url + "/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    return Handler


@contextmanager
def serving() -> Iterator[His]:
    """The server, while it is asked."""
    his = His()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(his))
    server.daemon_threads = True
    his.url = f"http://127.0.0.1:{server.server_address[1]}/charges?hospital=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield his
    finally:
        his.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def until(happens: Callable[[], bool]) -> None:
    """Wait for it, two seconds at most."""
    for _ in range(200):
        if happens():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
