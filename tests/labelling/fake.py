"""This file is a printer on this machine that jams as it is told to."""

from __future__ import annotations

import socketserver
import threading
from typing import Any

FINE = b"\x02030,0,0,0245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
NO_PAPER = FINE.replace(b"030,0,0", b"030,1,0")


class Line(socketserver.BaseRequestHandler):
    """One connection: labels in, states out."""

    server: FakePrinter

    def handle(self) -> None:
        heard, answer = b"", FINE
        while part := self.request.recv(65536):
            heard += part
            while b"^XZ\n" in heard:
                text, heard = heard.split(b"^XZ\n", 1)
                self.server.seen += 1
                act = self.server.script.pop(self.server.seen, None)
                if act == "drop":
                    return
                self.server.printed.append(text + b"^XZ\n")
                if act == "drop after":
                    return
                answer = act or FINE
            while b"~HS" in heard:
                heard = heard.replace(b"~HS", b"", 1)
                self.request.sendall(answer)


class FakePrinter(socketserver.ThreadingTCPServer):
    """script: what it does at the n-th label it ever gets: drop, drop after, or the state it answers."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, script: dict[int, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.script = dict(script or {})
        self.printed: list[bytes] = []
        self.seen = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __exit__(self, *trouble: object) -> None:
        self.shutdown()
        super().__exit__(*trouble)
