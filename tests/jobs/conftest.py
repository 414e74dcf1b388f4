"""This file is a mail server for the tests of jobs."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest


class _Mail(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one message. Source: RFC 5321."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        text: list[str] | None = None
        while line := self.rfile.readline():
            said = line.decode().rstrip("\r\n")
            if text is not None:
                if said == ".":
                    self.server.taken.append("\n".join(text))  # type: ignore[attr-defined]
                    text = None
                    self.wfile.write(b"250 taken\r\n")
                else:
                    text.append(said)
            elif said.upper() == "DATA":
                text = []
                self.wfile.write(b"354 go on\r\n")
            elif said.upper() == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 well\r\n")


@pytest.fixture
def post() -> Iterator[Any]:
    """A mail server of this test's own."""
    with socketserver.TCPServer(("127.0.0.1", 0), _Mail) as server:
        server.taken = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
