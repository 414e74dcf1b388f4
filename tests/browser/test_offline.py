"""A nurse whose network goes: the page stays, every scan is kept unreadable, and all of it is booked once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from spd.core.transaction import reading
from spd.ledger import Item, Movement, MovementKind
from tests.browser.cut import Server, Ward, enter, shoot, used, waiting
from tests.browser.draining import drained_through_a_kill


def test_the_server_dies_while_a_queue_is_sent_and_nothing_is_lost_or_doubled(
    ward: Ward, serve: Callable[..., Server], chromium: Browser
) -> None:
    assert drained_through_a_kill(ward, serve, chromium) == []


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
