"""A nurse whose network goes: the page stays, every scan is kept unreadable, and all of it is booked once."""

from __future__ import annotations

import logging
import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import BaseWSGIServer, make_server

from api import create_app
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict
from spd.staff import Grant, Staff
from tests import build
from tests.build import Hospital

PASSWORD = "a fictional password"


class Server:
    """The application on one port, which can be killed and started again. `lose`: the batch whose answer is lost."""

    def __init__(self, app: Flask, lose: int = 0) -> None:
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
        answer = self.app(environ, respond)
        if environ["PATH_INFO"].endswith("/uses/batch"):
            self.batches += 1
            if self.batches == self.lose:
                self.lost.set()
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)  # booked, and nobody hears of it
        return answer


@pytest.fixture
def ward(new_database: Callable[[str], Database]) -> Iterator[tuple[Database, Hospital, list[str], list[str]]]:
    """A ward with a nurse, 120 packs and two stents; its books are proved when the test is over."""
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        packs = build.packs(session, h, 120, 1)
        stents = build.stents(session, h, 2)
        build.carry(session, h, stents, h.ward)
        hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        nurse = Staff(code="n-1", name="某护士", password_hash=hashed, language="en")
        session.add(nurse)
        session.flush()  # its number goes into the grant
        session.add(Grant(staff_id=nurse.id, role="nurse", department_id=h.cardiology.id))
    yield database, h, packs, stents
    with reading(database) as session:
        assert build.problems(session) == []


@pytest.fixture
def serve(ward: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)
    made: list[Server] = []

    def start(lose: int = 0) -> Server:
        settings = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
        made.append(Server(create_app(settings, ward[0]), lose))
        return made[-1]

    yield start
    for server in made:
        if server.running:
            server.kill()


def enter(chromium: Browser, server: Server) -> Page:
    """The bedside page of a nurse who has just signed in, with what she needs without network."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en", accept_downloads=True)
    page = context.new_page()
    page.clock.set_system_time(build.NOW)
    page.set_default_timeout(10_000)
    page.goto(f"{server.address}/login")
    page.fill("#code", "n-1")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{server.address}/")
    page.goto(f"{server.address}/bedside")
    page.wait_for_selector("html[data-scan-ready]")
    page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    expect(page.locator("#offline")).to_have_attribute("data-state", "online")
    return page


def shoot(page: Page, code: str, title: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict [data-verdict=title], #verdict .verdict__title").first).to_contain_text(title)


def append(page: Page, codes: list[str]) -> None:
    """Events written down as scans write them, without the typing."""
    page.evaluate(
        """async (codes) => {
            const { DeviceStore } = await import('/static/js/offline/store.js');
            const { newKey } = await import('/static/js/ids.js');
            const store = await DeviceStore.open();
            const at = new Date().toISOString();
            for (const code of codes) await store.append('use', { scan: code }, { id: newKey(), at });
        }""",
        codes,
    )


def waiting(page: Page, n: int) -> None:
    expect(page.locator("#offline")).to_have_attribute("data-waiting", str(n), timeout=20_000)


def used(database: Database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).where(Movement.kind == MovementKind.CONSUME)) or 0


def test_the_server_dies_while_a_queue_is_sent_and_nothing_is_lost_or_doubled(
    ward: Any, serve: Callable[..., Server], chromium: Browser
) -> None:
    database, _, packs, _ = ward
    server = serve(lose=2)
    page = enter(chromium, server)
    server.kill()
    append(page, [*packs, packs[0], packs[1]])
    other = page.context.new_page()  # a second tab, from what is kept
    other.clock.set_system_time(build.NOW)
    other.goto(f"{server.address}/bedside")
    other.wait_for_selector("html[data-scan-ready]")
    server.start()
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    assert server.lost.wait(15)
    server.kill()
    assert 0 < used(database) < 120
    server.start()
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)
    assert used(database) == 120
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(DeviceEvent)) == 122
        assert session.scalar(select(func.count()).select_from(EventVerdict)) == 122
        assert session.scalars(select(Dispute.code)).all() == ["already-recorded"] * 2
    page.context.close()


def test_the_page_opens_without_network_and_keeps_nothing_that_can_be_read(
    ward: Any, serve: Callable[..., Server], chromium: Browser
) -> None:
    database, h, packs, stents = ward
    server = serve()
    page = enter(chromium, server)
    server.kill()
    page.goto(f"{server.address}/bedside")
    page.wait_for_selector("html[data-scan-ready]")
    waiting(page, 0)
    shoot(page, f"(01){stents[0].split('.')[0]}(17)280930(10)L1(21){stents[0].split('.')[1]}", "wristband")
    shoot(page, "W-1", "Stent")  # the stent that waited is kept with it
    shoot(page, packs[0], "Gauze")
    page.wait_for_timeout(850)  # sooner it would be one reading
    shoot(page, packs[0], "not counted again")
    waiting(page, 2)
    kept = page.evaluate(
        """async () => {
            const asked = indexedDB.open('spd-offline');
            const database = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
            let text = '';
            const bytes = (value) => Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte)).join('');
            const read = (value) => {
                if (value instanceof ArrayBuffer) return bytes(value);
                if (ArrayBuffer.isView(value)) return read(value.buffer);
                if (value instanceof CryptoKey) return `key ${value.extractable}`;
                if (value === null || typeof value !== 'object') return String(value);
                return Object.entries(value).map(([name, one]) => `${name}=${read(one)}`).join(';');
            };
            for (const name of database.objectStoreNames) {
                const all = database.transaction(name).objectStore(name).getAll();
                text += read(await new Promise((done) => { all.onsuccess = () => done(all.result); }));
            }
            for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys())
                text += await (await caches.match(request)).text();
            return text + JSON.stringify(localStorage);
        }"""
    )
    for secret in ("W-1", "E-1", packs[0], stents[0], h.stay.patient_name):
        assert secret not in kept
    assert "key false" in kept
    server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)
    with reading(database) as session:
        rows = session.execute(
            select(Item.code, Movement.encounter_id)
            .join(Movement, Movement.item_id == Item.id)
            .where(Movement.kind == MovementKind.CONSUME)
        ).all()
    assert {(row.code, row.encounter_id) for row in rows} == {(stents[0], h.stay.id), (packs[0], None)}
    page.context.close()


def test_the_queue_of_a_dead_device_comes_as_a_file(
    ward: Any, serve: Callable[..., Server], chromium: Browser, tmp_path: Path
) -> None:
    database, _, packs, _ = ward
    server = serve()
    page = enter(chromium, server)
    server.kill()
    shoot(page, packs[0], "Gauze")
    shoot(page, packs[1], "Gauze")
    waiting(page, 2)
    with page.expect_download() as download:
        page.click("[data-offline=export]")
    file = tmp_path / "queue.json"
    download.value.save_as(file)
    assert packs[0] not in file.read_text()
    page.context.close()
    server.start()
    other = enter(chromium, server)
    other.goto(f"{server.address}/safety/queue-file")
    other.set_input_files("[name=file]", file)
    other.click("#queue-file button")
    expect(other.locator("#queue-told")).to_contain_text("Brought: 2")
    assert used(database) == 2
    other.context.close()
