"""This file is a served ward whose server can be killed, and a nurse's browser in front of it."""

from __future__ import annotations

import logging
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import BaseWSGIServer, make_server

from api.static_files import address
from spd.core.database import Database
from spd.core.transaction import reading
from spd.ledger import Movement, MovementKind
from tests import build
from tests.browser.user import let_in

PASSWORD = "a fictional password"
Ward = tuple[Database, build.Hospital, list[str], list[str]]
"""Its database, its hospital, its packs, its stents."""
JS = Path(__file__).parents[2] / "api" / "static" / "js"


@dataclass(frozen=True)
class Planted:
    """A fault in a script: what stands there, and what is put in its place."""

    file: str
    right: str
    wrong: str

    def script(self) -> str:
        """The script with the fault in it."""
        text = (JS / self.file).read_text(encoding="utf-8")
        assert self.right in text, f"{self.file} has no {self.right!r}"
        return text.replace(self.right, self.wrong, 1)


class Server:
    """The application on one port, which can be killed and started again.

    lose: the number of the batch whose answer is lost; drop: of the one that is lost before it is heard.
    """

    def __init__(self, app: Flask, lose: int = 0, drop: int = 0, planted: Planted | None = None) -> None:
        self.drop, self.planted = drop, planted
        self.app, self.lose, self.batches = app, lose, 0
        self.lost = threading.Event()
        # Below those that the kernel lends out, or a browser that asks while nobody listens takes ours.
        self.port = random.randint(20_000, 30_000)
        self.running: BaseWSGIServer | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        with socket.socket() as listening:
            # What the killed one had accepted may still be open.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listening.bind(("127.0.0.1", self.port))
            listening.listen(64)
            self.running = make_server("127.0.0.1", self.port, self, threaded=True, fd=listening.fileno())
        threading.Thread(target=self.running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def kill(self) -> None:
        assert self.running is not None
        self.running.shutdown()
        self.running.server_close()
        self.running = None

    def __call__(self, environ: dict[str, Any], respond: Callable[..., Any]) -> Any:
        if self.planted and environ["PATH_INFO"] == address(f"js/{self.planted.file}"):
            respond("200 OK", [("Content-Type", "text/javascript"), ("Cache-Control", "no-store")])
            return [self.planted.script().encode()]
        batch = environ["PATH_INFO"].endswith("/uses/batch")
        self.batches += batch
        if batch and self.batches == self.drop:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)  # it never came
            return []
        answer = self.app(environ, respond)
        if batch and self.batches == self.lose:
            self.lost.set()
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)  # booked, and nobody hears of it
        return answer


def enter(chromium: Browser, server: Server, path: str = "/bedside", language: str = "en", who: str = "n-1") -> Page:
    """A page of a nurse who has just signed in, with what she needs without network."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale=language, accept_downloads=True)
    page = context.new_page()
    page.clock.set_system_time(build.NOW)
    page.set_default_timeout(10_000)
    let_in(server.app, context, server.address, who, language)
    page.goto(f"{server.address}{path}")
    page.wait_for_selector("html[data-scan-ready]")
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    expect(page.locator("#offline")).to_have_attribute("data-state", "online")
    return page


def shoot(page: Page, code: str, title: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict [data-verdict=title], #verdict .verdict__title").first).to_contain_text(title)


def append(page: Page, codes: list[str], **more: str) -> None:
    """Events written down as scans write them, without the typing."""
    page.evaluate(
        """async ([at_store, at_ids, codes, more]) => {
            const { DeviceStore } = await import(at_store);
            const { newKey } = await import(at_ids);
            const store = await DeviceStore.open();
            const at = new Date().toISOString();
            for (const code of codes) await store.append('use', { scan: code, ...more }, { id: newKey(), at });
        }""",
        [address("js/offline/store.js"), address("js/ids.js"), codes, more],
    )


def waiting(page: Page, n: int) -> None:
    expect(page.locator("#offline")).to_have_attribute("data-waiting", str(n), timeout=20_000)


def used(database: Database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).where(Movement.kind == MovementKind.CONSUME)) or 0
